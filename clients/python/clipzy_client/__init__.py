"""Client of the Clipzy ML Engine: `Client` and `AsyncClient`, the models that they answer, and the errors that they raise."""

from __future__ import annotations

from clipzy_client.async_client import AsyncClient
from clipzy_client.calls import AsUploaded
from clipzy_client.client import Client
from clipzy_client.errors import ApiError, ClipzyError
from clipzy_client.models.health import Health, HealthStatus
from clipzy_client.models.jobs import (
    Artifact,
    Job,
    JobConfig,
    JobError,
    JobEvent,
    JobPage,
    JobResult,
    JobStatus,
    Stage,
    WebhookDelivery,
    WebhookEvent,
)
from clipzy_client.models.style import StyleDNA
from clipzy_client.models.videos import Video, VideoMetadata, VideoPage
from clipzy_client.settings import Polling, Retries, Timeouts
from clipzy_client.version import __version__
from clipzy_client.webhooks import verify_webhook

__all__ = [
    "ApiError",
    "Artifact",
    "AsUploaded",
    "AsyncClient",
    "Client",
    "ClipzyError",
    "Health",
    "HealthStatus",
    "Job",
    "JobConfig",
    "JobError",
    "JobEvent",
    "JobPage",
    "JobResult",
    "JobStatus",
    "Polling",
    "Retries",
    "Stage",
    "StyleDNA",
    "Timeouts",
    "Video",
    "VideoMetadata",
    "VideoPage",
    "WebhookDelivery",
    "WebhookEvent",
    "__version__",
    "verify_webhook",
]
