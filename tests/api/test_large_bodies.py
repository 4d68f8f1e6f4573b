"""Bodies of megabytes: checked as small ones are, while others are answered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.rest import STYLE_JSON, data, error
from clipzy.api.schemas import own_data

PADDING = " " * (200 << 10)
JSON = {"content-type": "application/json"}


def test_others_are_answered_while_a_large_body_is_checked(service, monkeypatch):
    """However long that takes; then its own answer comes."""
    begun, may_end = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        assert may_end.wait(20)
        return False

    monkeypatch.setattr(own_data, "_depth_over", slow)
    body = f'{{"video_id": "{service.add_video()}", "metadata": {{"order": 1}}{PADDING}}}'
    with ThreadPoolExecutor(1) as pool:
        created = pool.submit(service.client.post, "/api/v1/jobs", content=body, headers=JSON)
        try:
            assert begun.wait(10)
            data(service.client.get("/livez", timeout=5))
        finally:
            may_end.set()
        assert data(created.result())["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"config": {"quality": "ultra"}, "video": 1}', JSON),
        ("{}", JSON),
        ("[]", JSON),
        ("null", JSON),
        ('{"video_id": ', JSON),
        ('{"video_id": "vid_x"}', {"content-type": "text/plain"}),
        ('{"video_id": "vid_x"}', {**JSON, "idempotency-key": "é".encode()}),
    ],
    ids=["fields", "nothing", "a list", "null", "half", "text", "header"],
)
def test_a_large_body_is_refused_as_a_small_one(client, body, headers):
    """In the same words."""
    small = client.post("/api/v1/jobs", content=body, headers=headers)
    large = client.post("/api/v1/jobs", content=PADDING + body, headers=headers)
    refused, as_large = (error(each, 422, each.json()["error"]["code"]) for each in (small, large))
    assert [each["field"] for each in as_large.get("fields", [])] == [
        each["field"] for each in refused.get("fields", [])
    ]
    assert as_large["code"] == refused["code"]


def test_a_large_style_is_taken(service):
    """With all its beats, in order."""
    beats = [{"timestamp_ms": number, "confidence": 0.9, "frequency": "bass"} for number in range(5_000)]
    style = {**STYLE_JSON, "detected_beats": beats}
    job_id = service.add_job(video_id=service.add_video(), config={"style": style})
    given = service.store.get_job(job_id).config.style
    assert [beat.timestamp_ms for beat in given.detected_beats] == list(range(5_000))
