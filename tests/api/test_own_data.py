"""A caller's own data and wishes on a job: metadata and priority."""

from __future__ import annotations

import pytest

from api.rest import data, error


def nested(depth: int) -> dict:
    """Objects within objects, so many."""
    return {"a": nested(depth - 1)} if depth > 1 else {}


def test_metadata_come_back_as_they_went(service):
    """In the answer, the status, the result and the list."""
    sent = {
        "order": 4711,
        "tags": ["a", "ü"],
        "pattern\\u0000": "\\u0000 is six characters",
        "deep": {"price": 1.5, "paid": None, "sent": False},
    }
    video_id = service.add_video()
    created = data(service.client.post("/api/v1/jobs", json={"video_id": video_id, "metadata": sent, "priority": 7}))
    service.finish_extraction(created["job_id"])
    url = f"/api/v1/jobs/{created['job_id']}"
    [listed] = data(service.client.get("/api/v1/jobs", params={"video_id": video_id}))["jobs"]
    for told in (created, data(service.client.get(url)), data(service.client.get(f"{url}/result")), listed):
        assert (told["metadata"], told["priority"]) == (sent, 7)


@pytest.mark.parametrize(
    "metadata", [nested(8), {"a": "x" * 16_376}, {"a": [[[[[[[]]]]]]]}], ids=["deep", "long", "lists"]
)
def test_metadata_may_reach_their_bounds(client, metadata):
    """What lies just within is no reason to refuse: it is the video that is not found."""
    error(client.post("/api/v1/jobs", json={"video_id": "vid_gone", "metadata": metadata}), 404, "VIDEO_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("metadata", "nested(9)"),
        ("metadata", '{"a": [[[[[[[[]]]]]]]]}'),
        ("metadata", '{"a": "' + "x" * 16_377 + '"}'),
        ("metadata", '{"a": NaN}'),
        ("metadata", '{"a": "\\ud800"}'),
        ("metadata", '{"a": "\\u0000"}'),
        ("metadata", '{"a": [{"\\u0000": 1}]}'),
        ("metadata", "[]"),
        ("metadata", '"text"'),
        ("priority", "-1"),
        ("priority", "2147483648"),
        ("priority", "1.5"),
        ("priority", '"1"'),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_out_of_bounds_is_named(client, field, value):
    """Too deep, too long, no JSON, no object; no whole number that the queue takes."""
    value = value.replace("nested(9)", '{"a":' * 8 + "{}" + "}" * 8)
    content = f'{{"video_id": "vid_x", "{field}": {value}}}'
    refused = client.post("/api/v1/jobs", content=content, headers={"content-type": "application/json"})
    [fault] = error(refused, 422, "VALIDATION_ERROR")["fields"]
    assert fault["field"] == field
