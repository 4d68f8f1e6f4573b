"""Styles that come with a job: what is answered of them is what the document promises."""

from __future__ import annotations

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
