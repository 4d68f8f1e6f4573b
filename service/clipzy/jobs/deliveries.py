"""The table of webhook deliveries: what is due, what is being sent, and how each attempt went.

A delivery is written in the transaction that ends its job, so that none is lost and none is made up. A worker that takes one
moves its due moment on before it sends it. Should the worker die, it is due again: it is sent at least once.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from clipzy.storage.artifacts import from_json, to_json
from clipzy.storage.database import database_time
from clipzy.storage.tables import webhook_deliveries as table
from clipzy.telemetry import log

MOST_ATTEMPTS = 4  # the first, and three retries
# For one attempt, with room to write its outcome down; then another worker may take the delivery.
LEASE = timedelta(seconds=30)
UNREADABLE_WAITS = timedelta(minutes=10)  # for a worker of the version that wrote it
MOST_FOR_ONE = 5  # deliveries of one owner, and to one host, that a worker has under way at once
LOOK_AHEAD = 1000  # deliveries that are looked at for some that need not wait


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
    owner: str | None
    host: str  # with its port, as in the URL


def new_delivery(job_id: str, url: str, moment: datetime, owner: str | None) -> dict[str, Any]:
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
        "owner": owner,
        "host": _host(url),
    }


def take_due(database: sa.Engine, most: int, under_way: Collection[Delivery] = ()) -> tuple[Delivery, ...]:
    """Take up to `most` deliveries that are due, for the length of the lease; each is given to one taker alone.

    The oldest come first, but with those that the taker has `under_way` none is of an owner, or to a host, that has
    `MOST_FOR_ONE` already: receivers that hang hold up their owner, and nobody else.

    One with more than `MOST_ATTEMPTS` is only to be recorded as failed: its takers died before they could. One that cannot
    be read is left to others for ten minutes, and costs its receiver no attempt.
    """
    with database.begin() as connection:
        moment = database_time(connection)
        due = sa.and_(table.c.status == DeliveryStatus.PENDING.value, table.c.due_at <= moment)
        taken = []
        for delivery_id in islice(_fair(connection, due, under_way), most):
            ours = table.c.delivery_id == delivery_id
            claim = sa.update(table).where(ours, due).values(attempts=table.c.attempts + 1, due_at=moment + LEASE)
            if connection.execute(claim).rowcount == 0:  # another taker was faster
                continue
            try:
                taken.append(_delivery(connection.execute(sa.select(table).where(ours)).one()))
            except (ValueError, TypeError) as error:  # what one row holds must not keep the others from being sent
                log.error("a webhook's delivery cannot be read; it waits", delivery_id=delivery_id, error=str(error))
                later = {"attempts": table.c.attempts - 1, "due_at": moment + UNREADABLE_WAITS}
                connection.execute(sa.update(table).where(ours).values(**later))
    return tuple(taken)


def _fair(connection: sa.Connection, due: sa.ColumnElement[bool], under_way: Collection[Delivery]) -> Iterator[str]:
    """Ids of deliveries that are due, the oldest first, without those that have to wait for others of their kind."""
    owners, hosts = Counter(each.owner for each in under_way), Counter(each.host for each in under_way)
    # left out by the database, so that whatever waits of theirs, others are seen behind it
    full = [owner for owner, number in owners.items() if owner is not None and number >= MOST_FOR_ONE]
    busy = [host for host, number in hosts.items() if number >= MOST_FOR_ONE]
    others = (_none_of(table.c.owner, full), _none_of(table.c.host, busy))
    asked = sa.select(table.c.delivery_id, table.c.url, table.c.owner, table.c.host)
    for row in connection.execute(asked.where(due, *others).order_by(table.c.due_at).limit(LOOK_AHEAD)).all():
        host = row.host or _host(row.url)
        if hosts[host] >= MOST_FOR_ONE or (row.owner is not None and owners[row.owner] >= MOST_FOR_ONE):
            continue
        hosts[host] += 1
        owners[row.owner] += 1
        yield row.delivery_id


def _none_of(column: sa.Column[str], values: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.or_(column.is_(None), column.not_in(values))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:  # it fails by itself
        return url


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
    """Give back a taken delivery that was not sent: the attempt does not count, and it is due after the lease."""
    with database.begin() as connection:
        values = {"attempts": table.c.attempts - 1, "due_at": database_time(connection) + LEASE}
        connection.execute(sa.update(table).where(_still_taken(delivery)).values(**values))


def delivery_of(database: sa.Engine, job_id: str) -> Delivery | None:
    """The delivery of a job that has ended; None where it has no webhook, or has not ended."""
    with database.connect() as connection:
        row = connection.execute(sa.select(table).where(table.c.job_id == job_id)).one_or_none()
    return None if row is None else _delivery(row)


def forget(connection: sa.Connection, job_id: str) -> None:
    """Drop the delivery of a job that is deleted."""
    connection.execute(sa.delete(table).where(table.c.job_id == job_id))


def _still_taken(delivery: Delivery) -> sa.ColumnElement[bool]:
    """That nobody else has taken it meanwhile."""
    return sa.and_(table.c.delivery_id == delivery.delivery_id, table.c.attempts == delivery.attempts)


def _delivery(row: sa.Row[Any]) -> Delivery:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    return Delivery(
        **{
            **values,
            "host": values["host"] or _host(values["url"]),
            "status": DeliveryStatus(values["status"]),
            "log": tuple(from_json(Attempt, attempt) for attempt in values["log"]),
        }
    )
