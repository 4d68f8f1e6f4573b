"""Styles that come with a job: what is answered of them is what the document promises."""

from __future__ import annotations

import json

import pytest

from api.rest import STYLE_JSON, error
from clipzy.stages.style_extraction import _now


@pytest.mark.parametrize(
    "moment",
    ["2026-01-31T12:00:42Z", "2026-01-31T12:00:42.123456+05:30", "2024-02-29T23:59:59-11:00"],
)
def test_a_style_says_when_it_was_found(service, moment):
    """Any moment with its zone, which comes back as it was."""
    job_id = service.add_job(video_id=service.add_video(), config={"style": STYLE_JSON | {"created_at": moment}})
    assert service.store.get_job(job_id).config.style.created_at == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-01-31",
        "2026-01-31T12:00:42",
        "2026-02-30T12:00:42Z",
        "2026-01-31T25:00:42Z",
        "2026-01-31 12:00:42Z",
        "2026-01-31T12:00:42Z\n",
        "2026-01-31T12:00:42+24:00",
        "٢٠٢٦-01-31T12:00:42Z",
    ],
)
def test_a_style_of_no_moment_is_refused(service, text):
    """By the field's name: answers promise a date-time there, which clients read as one."""
    body = {"video_id": service.add_video(), "config": {"style": STYLE_JSON | {"created_at": text}}}
    refused = error(service.client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == ["config.style.created_at"]
    assert "ISO 8601" in refused["detail"]


def test_what_the_engine_writes_is_taken_back(service):
    """In UTC, to the second."""
    body = STYLE_JSON | {"created_at": _now()}
    service.add_job(video_id=service.add_video(), config={"style": body})


def edited(path, value):
    """The style with another value somewhere."""
    whole = json.loads(json.dumps(STYLE_JSON))
    *way, last = path.split(".")
    part = whole
    for step in way:
        part = part[int(step)] if step.isdigit() else part[step]
    part[last] = value
    return whole


BOUNDS = {
    "audio_style.compression_ratio": 8.0,
    "primary_transition.duration_ms": 60_000,
    "text_overlays.0.duration_ms": 604_800_000,
    "text_overlays.0.start_ms": 604_800_000,
    "detected_beats.0.timestamp_ms": 604_800_000,
    "source_duration_seconds": 604_800.0,
}


@pytest.mark.parametrize("path", BOUNDS)
def test_numbers_of_a_style_are_bounded(service, path):
    """The largest is taken; what is over it is refused by name, whole numbers of thousands of figures too."""
    most = BOUNDS[path]
    service.add_job(video_id=service.add_video(), config={"style": edited(path, most)})
    for over in (most + 1, 10**300 if isinstance(most, int) else 1e300):
        body = {"video_id": service.add_video(), "config": {"style": edited(path, over)}}
        refused = error(service.client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")
        assert [each["field"] for each in refused["fields"]] == [f"config.style.{path}"]
