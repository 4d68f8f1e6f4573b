"""How the engine is."""

from __future__ import annotations

from clipzy_client.models.base import Answer, OpenEnum


class HealthStatus(OpenEnum):
    """`degraded`: jobs are accepted, but wait until the networks answer. `unhealthy`: they are not accepted."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class Health(Answer):
    """How each part of the engine is; the counts are None while the database is away."""

    status: HealthStatus
    version: str
    database: bool
    storage: bool
    networks: dict[str, bool]
    jobs_queued: int | None = None
    jobs_processing: int | None = None
