"""How much work waits, and how many workers there are for it, for metrics: cheap enough to ask every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from clipzy.jobs import tombstones
from clipzy.jobs.deliveries import DeliveryStatus
from clipzy.jobs.lifecycle import Status
from clipzy.storage.database import database_time
from clipzy.storage.tables import jobs, webhook_deliveries, workers


@dataclass(frozen=True, slots=True)
class Backlog:
    """`oldest_s`: seconds that the oldest queued job has waited, 0 without one. `webhooks`: deliveries not yet taken or given up.

    `undeleted`: deleted jobs and videos whose files could not be deleted yet.
    """

    oldest_s: float
    workers_alive: int
    webhooks: int
    undeleted: int


def read_backlog(database: sa.Engine, worker_lost_after_s: float) -> Backlog:
    """Ask the database; raises what SQLAlchemy raises where it is away."""
    queued = jobs.c.status == Status.QUEUED.value
    pending = webhook_deliveries.c.status == DeliveryStatus.PENDING.value
    with database.connect() as connection:
        moment = database_time(connection)
        oldest = connection.scalar(sa.select(jobs.c.created_at).where(queued).order_by(jobs.c.created_at).limit(1))
        heard = workers.c.last_seen_at > moment - timedelta(seconds=worker_lost_after_s)
        alive = connection.scalar(sa.select(sa.func.count()).select_from(workers).where(heard))
        webhooks = connection.scalar(sa.select(sa.func.count()).select_from(webhook_deliveries).where(pending))
        undeleted = tombstones.count_stuck(connection)
    # by the database's clock against the API's, which may be a moment ahead
    oldest_s = 0.0 if oldest is None else max((moment - oldest).total_seconds(), 0.0)
    return Backlog(oldest_s, alive or 0, webhooks or 0, undeleted)
