"""The one writer of a job's status: every change is a compare-and-set on the state machine's table.

Each function works on the caller's transaction, so that what belongs together is committed together, and answers
False, having written nothing, where the job has moved on meanwhile. Times are the database's: the machines that begin and end a job may differ in theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from clipzy.jobs.deliveries import new_delivery
from clipzy.jobs.lifecycle import BANDS, MOVES, Stage, Status
from clipzy.jobs.records import JobError
from clipzy.storage.artifacts import to_json
from clipzy.storage.database import database_time
from clipzy.storage.tables import jobs, webhook_deliveries


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a finished stage adds to its job: sentences for the user, storage keys by file name, the Style DNA.

    `anew`: it takes the place of all that the job's stages brought before, under another version of the engine. `withdrawn`: the sentences that
    go then, while those that the job began with stay.
    """

    warnings: Sequence[str] = ()
    artifacts: Mapping[str, str] = field(default_factory=dict)
    style_json: Mapping[str, Any] | None = None
    anew: bool = False
    withdrawn: Sequence[str] = ()


def begin_stage(connection: sa.Connection, job_id: str, stage: Stage) -> bool:
    """Note that a stage begins; the first one takes the job from queued to processing."""
    moment = database_time(connection)
    first_percent = BANDS[stage][0]
    begun = {"current_stage": stage.value, "progress_percent": _at_least(first_percent), "updated_at": moment}
    if _move(connection, job_id, Status.PROCESSING, {**begun, "started_at": moment}):
        return True
    return _write(connection, jobs.c.job_id == job_id, _is(Status.PROCESSING), values=begun)


def claim_attempt(connection: sa.Connection, job_id: str) -> tuple[int, int] | None:
    """Count an attempt at the present stage: (its number, how many before it the worker did not survive).

    None where the job is no longer processing.
    """
    row = connection.execute(
        sa.update(jobs)
        .where(jobs.c.job_id == job_id, _is(Status.PROCESSING))
        .values(attempt=jobs.c.attempt + 1, lost_attempts=jobs.c.lost_attempts + 1)
        .returning(jobs.c.attempt, jobs.c.lost_attempts)
    ).one_or_none()
    return None if row is None else (row.attempt, row.lost_attempts - 1)


def give_back_attempt(connection: sa.Connection, job_id: str, attempt: int) -> bool:
    """The worker stops in order: this attempt no longer counts as lost; those before it do."""
    mine = jobs.c.attempt == attempt, jobs.c.lost_attempts > 0
    return _write(connection, jobs.c.job_id == job_id, *mine, values={"lost_attempts": jobs.c.lost_attempts - 1})


def report_progress(connection: sa.Connection, job_id: str, attempt: int, percent: int) -> bool:
    """Raise the progress; False where the job or a newer attempt has gone further already."""
    return _write(
        connection,
        jobs.c.job_id == job_id,
        _is(Status.PROCESSING),
        jobs.c.attempt == attempt,
        jobs.c.progress_percent < percent,
        values={"progress_percent": percent, "updated_at": database_time(connection)},
    )


def finish_stage(connection: sa.Connection, job_id: str, stage: Stage, result: StageResult) -> bool:
    """Add what the stage brought."""
    added = _added(connection, job_id, result)
    if added is None:
        return False
    values = {
        **added,
        "lost_attempts": 0,
        "progress_percent": _at_least(BANDS[stage][1]),
        "updated_at": database_time(connection),
    }
    return _write(connection, jobs.c.job_id == job_id, _is(Status.PROCESSING), values=values)


def complete(connection: sa.Connection, job_id: str, result: StageResult, output_key: str | None) -> bool:
    """Add what the last stage brought and end the job well; the output becomes visible with the status."""
    added = _added(connection, job_id, result)
    if added is None:
        return False
    return _end(connection, job_id, Status.COMPLETED, {**added, "output_key": output_key, "progress_percent": 100})


def fail(connection: sa.Connection, job_id: str, error: JobError) -> bool:
    """End the job with an error."""
    return _end(connection, job_id, Status.FAILED, {"error": to_json(JobError, error)})


def cancel(connection: sa.Connection, job_id: str) -> bool:
    """End the job by its owner's wish."""
    return _end(connection, job_id, Status.CANCELLED, {})


def _end(connection: sa.Connection, job_id: str, to: Status, values: dict[str, Any]) -> bool:
    moment = database_time(connection)
    if not _move(
        connection, job_id, to, {**values, "completed_at": moment, "updated_at": moment, "current_stage": None}
    ):
        return False
    about = sa.select(jobs.c.started_at, jobs.c.webhook_url, jobs.c.owner).where(jobs.c.job_id == job_id)
    job = connection.execute(about).one()
    if job.started_at is not None:
        seconds = max((moment - job.started_at).total_seconds(), 0.0)
        _write(connection, jobs.c.job_id == job_id, values={"processing_time_seconds": seconds})
    if job.webhook_url is not None:
        delivery = new_delivery(job_id, job.webhook_url, moment, job.owner)
        connection.execute(sa.insert(webhook_deliveries).values(**delivery))
    return True


def _move(connection: sa.Connection, job_id: str, to: Status, values: dict[str, Any]) -> bool:
    sources = [status.value for status, onward in MOVES.items() if to in onward]
    return _write(
        connection, jobs.c.job_id == job_id, jobs.c.status.in_(sources), values={**values, "status": to.value}
    )


def _added(connection: sa.Connection, job_id: str, result: StageResult) -> dict[str, Any] | None:
    row = connection.execute(
        sa.select(jobs.c.warnings, jobs.c.artifacts).where(jobs.c.job_id == job_id, _is(Status.PROCESSING))
    ).one_or_none()
    if row is None:
        return None
    told = [warning for warning in row.warnings if warning not in result.withdrawn]
    stored = {} if result.anew else row.artifacts
    warnings = list(dict.fromkeys([*told, *result.warnings]))  # each sentence once
    added: dict[str, Any] = {"warnings": warnings, "artifacts": {**stored, **result.artifacts}}
    if result.style_json is not None:
        added["style_json"] = dict(result.style_json)
    return added


def _write(connection: sa.Connection, *where: sa.ColumnElement[bool], values: Mapping[str, Any]) -> bool:
    return connection.execute(sa.update(jobs).where(*where).values(**values)).rowcount == 1


def _is(status: Status) -> sa.ColumnElement[bool]:
    return jobs.c.status == status.value


def _at_least(percent: int) -> sa.ColumnElement[int]:
    return sa.case((jobs.c.progress_percent < percent, percent), else_=jobs.c.progress_percent)
