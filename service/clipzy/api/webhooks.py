"""Webhooks, as callers see them: which URLs are accepted, what they are sent, and how a job's delivery went."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, status

from clipzy.api import examples
from clipzy.api.dependencies import AskedStanding, Provided
from clipzy.api.documentation import GUARDED, answers
from clipzy.api.envelope import Success
from clipzy.api.schemas.webhooks import JobEnded, WebhookDelivery
from clipzy.errors import JobNotFound, NotFound
from clipzy.jobs.deliveries import delivery_of
from clipzy.jobs.records import JobWebhook
from clipzy.jobs.url_guard import allowed_networks, check_url
from clipzy.settings import Settings

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=GUARDED)
# What the engine calls, for the document alone: nothing is served here.
calls = APIRouter()


@calls.post(
    "jobEnded",
    operation_id="jobEnded",
    summary="A job has ended",
    status_code=status.HTTP_204_NO_CONTENT,
    response_description="Accepted; any status from 200 to 299.",
    responses={"default": {"description": "Rejected: retried up to three times, as are answers that take over 10 s."}},
)
def job_ended(
    body: JobEnded,
    webhook_id: Annotated[str, Header(description="The same for every attempt.", examples=["msg_abc123"])],
    webhook_timestamp: Annotated[str, Header(description="Seconds since 1970.", examples=["1769860801"])],
    webhook_signature: Annotated[
        str, Header(description="As in Standard Webhooks; only where WEBHOOK_SECRET is set.", examples=["v1,K5oZfz…"])
    ] = "",
) -> None:
    """Sent to the `webhook_url` of a job, once it is completed, failed or cancelled."""


@router.get(
    "/{job_id}/webhook",
    operation_id="getJobWebhook",
    summary="Delivery of a job's webhook",
    responses=answers("Webhook delivered", examples.DELIVERY, JobNotFound, NotFound),
)
def read_webhook(job: AskedStanding, services: Provided) -> Success[WebhookDelivery]:
    """Each attempt to tell the job's webhook of its end; there is none before that end."""
    delivery = delivery_of(services.store.database, job.job_id)
    if delivery is None:
        url = services.store.read(JobWebhook, job.job_id, None).webhook_url
        why = "it has no webhook_url" if url is None else f"it is {job.status} and has not ended yet"
        raise NotFound(f"job {job.job_id} has no delivery: {why}")
    return Success[WebhookDelivery](message=f"Webhook is {delivery.status.value}", data=WebhookDelivery.of(delivery))


def check_target(url: str | None, settings: Settings) -> None:
    """Check the webhook's URL of a request, if it has one.

    Raises:
        ValidationFailed: the engine must not call it.
    """
    if url is not None:
        check_url(url, allowed_networks(settings.webhook_allowed_networks))
