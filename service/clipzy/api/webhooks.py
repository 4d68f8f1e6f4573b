"""Webhooks, as callers see them: which URLs are accepted, and how a job's delivery went."""

from __future__ import annotations

from fastapi import APIRouter

from clipzy.api import examples
from clipzy.api.dependencies import AskedJob, Provided
from clipzy.api.documentation import GUARDED, answers
from clipzy.api.envelope import Success
from clipzy.api.schemas.webhooks import WebhookDelivery
from clipzy.errors import JobNotFound, NotFound
from clipzy.jobs.deliveries import delivery_of
from clipzy.jobs.url_guard import allowed_networks, check_url
from clipzy.settings import Settings

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=GUARDED)


@router.get(
    "/{job_id}/webhook",
    operation_id="getJobWebhook",
    summary="Delivery of a job's webhook",
    responses=answers("Webhook delivered", examples.DELIVERY, JobNotFound, NotFound),
)
def read_webhook(job: AskedJob, services: Provided) -> Success[WebhookDelivery]:
    """Each attempt to tell the job's webhook of its end; there is none before that end."""
    delivery = delivery_of(services.store.database, job.job_id)
    if delivery is None:
        why = "it has no webhook_url" if job.webhook_url is None else f"it is {job.status}, and tells of its end"
        raise NotFound(f"job {job.job_id} has no delivery: {why}")
    return Success[WebhookDelivery](message=f"Webhook is {delivery.status.value}", data=WebhookDelivery.of(delivery))


def check_target(url: str | None, settings: Settings) -> None:
    """Judge the URL that a caller wants to be told at; none is fine.

    Raises:
        ValidationFailed: the engine must not be sent there.
    """
    if url is not None:
        check_url(url, allowed_networks(settings.webhook_allowed_networks))
