"""Remembers which request created which job, so that a client that heard no answer may send it again.

A claim is written in the transaction that creates its job. Of two equal requests at once the database lets one through;
the other finds the first one's job. A claim counts for 24 hours, and goes with its job where that is deleted before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clipzy.errors import IdempotencyConflict
from clipzy.storage.database import database_time
from clipzy.storage.tables import idempotency_keys as table

LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under a key of its owner's. `body_hash`: SHA-256 of what it asks for, in hexadecimal."""

    owner: str | None
    key: str
    body_hash: str


def new_claim(owner: str | None, key: str, body: Mapping[str, Any]) -> Claim:
    """The claim of a request; the order of its body's keys does not matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return Claim(owner, key, hashlib.sha256(canonical.encode()).hexdigest())


def find(connection: sa.Connection, claim: Claim) -> str | None:
    """The id of the job that the same request has created; None where it is new.

    Raises:
        IdempotencyConflict: the key came with another request.
    """
    young = table.c.created_at > database_time(connection) - LIFETIME
    row = connection.execute(sa.select(table.c.body_hash, table.c.job_id).where(_same_key(claim), young)).one_or_none()
    if row is None:
        return None
    body_hash, job_id = row
    if body_hash != claim.body_hash:
        raise IdempotencyConflict(
            "this Idempotency-Key was used with another request before; use a new key for each request"
        )
    return str(job_id)


def record(connection: sa.Connection, claim: Claim, job_id: str) -> None:
    """Write down that a request creates a job.

    Raises:
        sqlalchemy.exc.IntegrityError: the key is taken.
    """
    moment = database_time(connection)
    connection.execute(sa.delete(table).where(_same_key(claim), table.c.created_at <= moment - LIFETIME))
    row = {"owner": claim.owner or "", "key": claim.key, "body_hash": claim.body_hash}
    connection.execute(sa.insert(table).values(**row, job_id=job_id, created_at=moment))


def forget(connection: sa.Connection, job_id: str) -> None:
    """Drop the claim of a job that is deleted."""
    connection.execute(sa.delete(table).where(table.c.job_id == job_id))


def sweep(connection: sa.Connection) -> int:
    """Drop the claims that no longer count; answers how many."""
    old = table.c.created_at <= database_time(connection) - LIFETIME
    return connection.execute(sa.delete(table).where(old)).rowcount


def _same_key(claim: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.owner == (claim.owner or ""), table.c.key == claim.key)
