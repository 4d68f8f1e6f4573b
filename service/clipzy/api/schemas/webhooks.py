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
        description="From its first stage to its end; null where none began.", examples=[72.4]
    )
    output_video_url: str | None = Field(
        default=None,
        description="The rendered file, where there is one: `file:///…` on local storage, on S3 a link good for an hour.",
        examples=["file:///storage/jobs/job_abc123/4fJq/output.mp4"],
    )
    error: JobError | None = Field(default=None, description="Only when failed: why.", examples=[None])
    metadata: dict[str, Any] | None = Field(
        default=None, description="The caller's own data, where there are any.", examples=[{"order": 4711}]
    )


class WebhookAttempt(Answered):
    """One try."""

    at: Moment = Field(description="When it began.")
    seconds: float = Field(ge=0, description="How long it took.", examples=[0.21])
    status_code: int | None = Field(description="What the receiver answered; null where it did not.", examples=[204])
    error: str | None = Field(description="What went wrong before there was an answer.")


class WebhookDelivery(Answered):
    """What is told of a job's end, and how that went."""

    delivery_id: str = Field(description="The `webhook-id` of every attempt.", examples=["msg_abc123"])
    url: str = Field(description="Where it is sent to.", examples=["https://your-app.example.com/hooks/clipzy"])
    status: DeliveryStatus = Field(description="`failed` after the fourth attempt.")
    attempts: list[WebhookAttempt] = Field(description="Those that have ended, the first one first.")
    created_at: Moment = Field(description="When the job ended.")
    ended_at: Moment | None = Field(description="When it was delivered or given up; null until then.")

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
