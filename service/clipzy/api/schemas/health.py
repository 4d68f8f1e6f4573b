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
        description="Version of the engine; the part after the plus is the id of its code.",
        examples=["0.1.0+f239a69113b1"],
    )
    database: bool = Field(description="Whether it answers and accepts writes.")
    storage: bool = Field(description="Whether it answers, with its bucket or a writable folder.")
    networks: dict[str, bool] = Field(description="Whether each network answers, by name; empty if unknown.")
    jobs_queued: int | None = Field(ge=0, description="Waiting jobs; null while the database is unavailable.")
    jobs_processing: int | None = Field(ge=0, description="Running jobs; null while the database is unavailable.")


class AliveResponse(Answered):
    """The process answers."""

    alive: bool = True
