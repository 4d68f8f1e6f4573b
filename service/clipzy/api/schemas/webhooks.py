"""Webhooks on the wire: what a job's end is told with, and how its delivery went."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from pydantic import Field

from clipzy.api.schemas.base import Answered, Moment
from clipzy.api.schemas.jobs import JobError
from clipzy.jobs import deliveries
from clipzy.jobs.deliveries import DeliveryStatus


class JobEnded(Answered):
    """What is POSTed to a job's `webhook_url` once it has ended; the fields with a default are left out where there is nothing to tell."""

    job_id: str = Field(description="Id of the job.", examples=["job_abc123"])
    status: Literal["completed", "failed", "cancelled"] = Field(description="How it ended.", examples=["completed"])
    progress_percent: int = Field(ge=0, le=100, description="100 only when completed.", examples=[100])
    processing_time_seconds: float | None = Field(
        description="Seconds from the start of its first stage to its end; null if none started.", examples=[72.4]
    )
    output_video_url: str | None = Field(
        default=None,
        description="The rendered file, if any: `file:///…` on local storage; on S3, a link valid for an hour.",
        examples=["file:///storage/jobs/job_abc123/4fJq/output.mp4"],
    )
    error: JobError | None = Field(default=None, description="Only if it failed: why.", examples=[None])
    metadata: dict[str, Any] | None = Field(
        default=None, description="The caller's own data, if any.", examples=[{"order": 4711}]
    )


class WebhookAttempt(Answered):
    """One try."""

    at: Moment = Field(description="When it began.")
    seconds: float = Field(ge=0, description="How long it took.", examples=[0.21])
    status_code: int | None = Field(
        description="Status of the receiver's answer; null if there was none.", examples=[204]
    )
    error: str | None = Field(description="Why there was no answer.")


class WebhookDelivery(Answered):
    """What is told of a job's end, and how that went."""

    delivery_id: str = Field(description="The `webhook-id` of every attempt.", examples=["msg_abc123"])
    url: str = Field(description="The receiver.", examples=["https://your-app.example.com/hooks/clipzy"])
    status: DeliveryStatus = Field(description="`failed` after four attempts.")
    attempts: list[WebhookAttempt] = Field(description="Finished attempts, in order.")
    created_at: Moment = Field(description="When the job ended.")
    ended_at: Moment | None = Field(description="When it was delivered or abandoned; null until then.")

    @classmethod
    def of(cls, delivery: deliveries.Delivery) -> WebhookDelivery:
        """How that delivery went."""
        return cls(
            delivery_id=delivery.delivery_id,
            url=delivery.url,
            status=delivery.status,
            attempts=[WebhookAttempt(**asdict(attempt)) for attempt in delivery.log],
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
        )
