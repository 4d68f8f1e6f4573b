"""A webhook's delivery on the wire."""

from __future__ import annotations

from pydantic import Field

from clipzy.api.schemas.base import Answered, Moment
from clipzy.jobs import deliveries
from clipzy.jobs.deliveries import DeliveryStatus


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
            attempts=[
                WebhookAttempt(at=tried.at, seconds=tried.seconds, status_code=tried.status_code, error=tried.error)
                for tried in delivery.log
            ],
            created_at=delivery.created_at,
            ended_at=delivery.ended_at,
        )
