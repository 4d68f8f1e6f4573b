"""How the engine is, on the wire."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from clipzy.api.schemas.base import Answered


class Health(StrEnum):
    """`degraded`: jobs are accepted, but wait until the networks answer. `unhealthy`: they are not accepted."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class HealthResponse(Answered):
    """How each part of the engine is."""

    status: Health
    version: str = Field(
        description="Of the engine; after the plus the id of its code.", examples=["0.1.0+f239a69113b1"]
    )
    database: bool = Field(description="Whether it answers, and takes writes.")
    storage: bool = Field(description="Whether it answers, and has its bucket, or a folder that takes writes.")
    networks: dict[str, bool] = Field(
        description="Whether each network answers, by name; empty where that could not be found out in time."
    )
    jobs_queued: int | None = Field(ge=0, description="Jobs that wait; null while the database is away.")
    jobs_processing: int | None = Field(ge=0, description="Jobs that run; null while the database is away.")


class AliveResponse(Answered):
    """The process answers."""

    alive: bool = True
