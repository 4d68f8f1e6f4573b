"""Jobs that another version of the engine wrote down, as the API tells of them: it needs their config for nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from api.rest import data, error
from clipzy.storage.tables import videos
from workshop import rewrite_as_of_old


@pytest.fixture
def old_job(service):
    """The id of one, queued."""
    job_id = service.add_job(video_id=service.add_video(), webhook_url="https://example.com/hook")
    rewrite_as_of_old(service.store, job_id)
    return job_id


def test_it_is_shown_cancelled_and_deleted(service, old_job):
    """As any job."""
    address = f"/api/v1/jobs/{old_job}"
    assert data(service.client.get(address))["status"] == "queued"
    assert old_job in [each["job_id"] for each in data(service.client.get("/api/v1/jobs"))["jobs"]]
    assert data(service.client.post(f"{address}/cancel"))["status"] == "cancelled"
    assert data(service.client.get(address))["status"] == "cancelled"
    assert data(service.client.get(f"{address}/webhook"))["status"] == "pending"
    assert data(service.client.delete(address))["deleted"] is True
    error(service.client.delete(address), 404, "JOB_NOT_FOUND")


def test_it_has_neither_output_nor_webhook_yet(service, old_job):
    """Which is said, the one with what can be done."""
    refused = error(service.client.get(f"/api/v1/jobs/{old_job}/output"), 404, "NOT_FOUND")
    assert "created by another version of the engine" in refused["detail"]
    refused = error(service.client.get(f"/api/v1/jobs/{old_job}/webhook"), 404, "NOT_FOUND")
    assert "it is queued and has not ended yet" in refused["detail"]
    error(service.client.delete(f"/api/v1/jobs/{old_job}"), 409, "JOB_ALREADY_PROCESSING")


def test_a_video_that_cannot_be_read_takes_no_other_with_it(service):
    """It is left out of the list, with a word in the log; asked for by its id it is told of, and it can be deleted."""
    odd, sound = service.add_video(), service.add_video()
    with service.store.database.begin() as connection:
        connection.execute(sa.update(videos).where(videos.c.video_id == odd).values(metadata={"width": "wide"}))
    with capture_logs() as lines:
        page = data(service.client.get("/api/v1/videos", params={"video_id": [odd, sound]}))
    assert ([each["video_id"] for each in page["videos"]], page["total"]) == ([sound], 2)
    assert [line["id"] for line in lines if line["log_level"] == "warning"] == [odd]
    for refused in (
        service.client.get(f"/api/v1/videos/{odd}"),
        service.client.post("/api/v1/jobs", json={"video_id": odd}),
    ):
        assert "uploaded to another version of the engine" in error(refused, 404, "VIDEO_NOT_FOUND")["detail"]
    assert data(service.client.delete(f"/api/v1/videos/{odd}"))["deleted"] is True


def test_the_same_request_again_leads_to_it(service):
    """Under the same Idempotency-Key."""
    body, headers = {"video_id": service.add_video()}, {"Idempotency-Key": "of an older version"}
    job_id = data(service.client.post("/api/v1/jobs", json=body, headers=headers))["job_id"]
    rewrite_as_of_old(service.store, job_id)
    assert data(service.client.post("/api/v1/jobs", json=body, headers=headers))["job_id"] == job_id
