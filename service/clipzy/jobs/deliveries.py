"""The book of webhook deliveries: what is due, who has taken it, and how each attempt went.

A delivery is written in the transaction that ends its job, so that none is lost and none is made up. Whoever takes one
moves its due moment on before he sends it: should he die, it is due again, and is sent at least once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from clipzy.storage.artifacts import from_json, to_json
from clipzy.storage.database import database_time
from clipzy.storage.tables import webhook_deliveries as table

MOST_ATTEMPTS = 4  # the first, and three retries
# For one attempt, with room to write its outcome down; then another worker may take the delivery.
LEASE = timedelta(seconds=30)


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: when it began, how long it took in seconds, and the receiver's status or what went wrong before there was one."""

    at: datetime
    seconds: float
    status_code: int | None
    error: str | None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status_code is not None and 200 <= self.status_code < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """What has to be told about a job, and to whom. `delivery_id` is the receiver's `webhook-id`, the same at each attempt."""

    delivery_id: str
    job_id: str
    url: str
    status: DeliveryStatus
    attempts: int
    due_at: datetime
    log: tuple[Attempt, ...]
    created_at: datetime
    ended_at: datetime | None


def new_delivery(job_id: str, url: str, moment: datetime) -> dict[str, Any]:
    """A row of a delivery that is due at once."""
    return {
        "delivery_id": f"msg_{secrets.token_urlsafe(16)}",
        "job_id": job_id,
        "url": url,
        "status": DeliveryStatus.PENDING.value,
        "attempts": 0,
        "due_at": moment,
        "log": [],
        "created_at": moment,
    }


def take_due(database: sa.Engine, most: int) -> tuple[Delivery, ...]:
    """Take up to `most` deliveries that are due, for the length of the lease; each is given to one taker alone.

    One with more than `MOST_ATTEMPTS` is only to be recorded as failed: its takers died before they could.
    """
    with database.begin() as connection:
        moment = database_time(connection)
        due = sa.and_(table.c.status == DeliveryStatus.PENDING.value, table.c.due_at <= moment)
        found = connection.scalars(sa.select(table.c.delivery_id).where(due).order_by(table.c.due_at).limit(most)).all()
        taken = []
        for delivery_id in found:
            row = connection.execute(
                sa.update(table)
                .where(table.c.delivery_id == delivery_id, due)
                .values(attempts=table.c.attempts + 1, due_at=moment + LEASE)
                .returning(table)
            ).one_or_none()
            if row is not None:  # else another taker was faster
                taken.append(_delivery(row))
    return tuple(taken)


def record(database: sa.Engine, delivery: Delivery, attempt: Attempt, *, retry_in_s: float) -> None:
    """Write down how an attempt at a taken delivery went; after the fourth that failed there is no other."""
    with database.begin() as connection:
        moment = database_time(connection)
        values: dict[str, Any] = {"log": [to_json(Attempt, each) for each in (*delivery.log, attempt)]}
        if attempt.delivered:
            values |= {"status": DeliveryStatus.DELIVERED.value, "ended_at": moment}
        elif delivery.attempts >= MOST_ATTEMPTS:
            values |= {"status": DeliveryStatus.FAILED.value, "ended_at": moment}
        else:
            values |= {"due_at": moment + timedelta(seconds=retry_in_s)}
        connection.execute(sa.update(table).where(_still_taken(delivery)).values(**values))


def put_back(database: sa.Engine, delivery: Delivery) -> None:
    """Give a taken delivery back of which nothing was sent: the attempt does not count, and it is due after the lease."""
    with database.begin() as connection:
        values = {"attempts": table.c.attempts - 1, "due_at": database_time(connection) + LEASE}
        connection.execute(sa.update(table).where(_still_taken(delivery)).values(**values))


def delivery_of(database: sa.Engine, job_id: str) -> Delivery | None:
    """The delivery of a job that has ended; None where it has no webhook, or has not ended."""
    with database.connect() as connection:
        row = connection.execute(sa.select(table).where(table.c.job_id == job_id)).one_or_none()
    return None if row is None else _delivery(row)


def forget(connection: sa.Connection, job_ids: Sequence[str]) -> None:
    """Drop the deliveries of jobs that are deleted."""
    connection.execute(sa.delete(table).where(table.c.job_id.in_(job_ids)))


def _still_taken(delivery: Delivery) -> sa.ColumnElement[bool]:
    """That nobody else has taken it meanwhile."""
    return sa.and_(table.c.delivery_id == delivery.delivery_id, table.c.attempts == delivery.attempts)


def _delivery(row: sa.Row[Any]) -> Delivery:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    return Delivery(
        **{
            **values,
            "status": DeliveryStatus(values["status"]),
            "log": tuple(from_json(Attempt, attempt) for attempt in values["log"]),
        }
    )
