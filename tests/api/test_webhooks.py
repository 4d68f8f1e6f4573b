"""Webhooks as callers see them: URLs that are refused, and the log of a delivery."""

from __future__ import annotations

import pytest

from api.rest import data, error
from clipzy.api.app import create_app
from clipzy.errors import ConfigurationError
from clipzy.jobs.deliveries import Attempt, record, take_due
from clipzy.jobs.records import now

HOOK = "https://hooks.example.com/clipzy"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:9/",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "https://a:b@x.org/",
    ],
)
def test_a_webhook_into_the_house_is_refused(service, clips, url):
    """By the job's route and the upload's alike, naming the field."""
    client = service.client
    as_job = client.post("/api/v1/jobs", json={"video_id": service.add_video(), "webhook_url": url})
    files = {"file": ("a.mp4", (clips / "clip.mp4").read_bytes())}
    as_upload = client.post("/api/v1/videos/upload", files=files, data={"webhook_url": url})
    for refused in (as_job, as_upload):
        assert error(refused, 422, "VALIDATION_ERROR")["fields"][0]["field"] == "webhook_url"


def test_the_operator_may_allow_his_own_network(own_service):
    """What he allows is accepted; a setting that cannot be read is told of at the start."""
    with own_service(webhook_allowed_networks="10.0.0.0/8") as service:
        service.add_job(video_id=service.add_video(), webhook_url="http://10.1.2.3/hook")
        services = service.services
        object.__setattr__(services, "settings", services.settings.model_copy(update={"webhook_allowed_networks": "x"}))
        with pytest.raises(ConfigurationError, match="WEBHOOK_ALLOWED_NETWORKS"):
            create_app(services)


def test_a_delivery_can_be_followed(own_service):
    """None before the job's end; then pending, with each attempt as it was, and delivered in the end."""
    with own_service() as service:
        job_id = service.add_job(video_id=service.add_video(), webhook_url=HOOK)
        url = f"/api/v1/jobs/{job_id}/webhook"
        assert "queued" in error(service.client.get(url), 404, "NOT_FOUND")["detail"]
        data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
        pending = data(service.client.get(url))
        assert (pending["status"], pending["url"], pending["attempts"]) == ("pending", HOOK, [])
        database = service.store.database
        for attempt in (Attempt(now(), 10.0, None, "no answer within 10 s"), Attempt(now(), 0.2, 204, None)):
            [taken] = take_due(database, 1)
            record(database, taken, attempt, retry_in_s=0)
        told = data(service.client.get(url))
        assert told["delivery_id"] == pending["delivery_id"]
        assert [each["status_code"] for each in told["attempts"]] == [None, 204]
        assert told["attempts"][0]["error"] == "no answer within 10 s"
        assert told["status"] == "delivered"
        assert told["ended_at"].endswith("Z")


def test_a_job_without_a_webhook_has_no_delivery(service):
    """404 that says so, also after its end; an unknown job is not found."""
    job_id = service.add_job()
    data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    assert "no webhook_url" in error(service.client.get(f"/api/v1/jobs/{job_id}/webhook"), 404, "NOT_FOUND")["detail"]
    error(service.client.get("/api/v1/jobs/job_gone/webhook"), 404, "JOB_NOT_FOUND")
