"""Rows of the table of jobs as records, and a new job as its row.

Config and style can have megabytes, and another version may have written the config differently: records without them do not read them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from clipzy.errors import JobUnreadable
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.origin import Origin
from clipzy.jobs.records import Ending, Job, JobError, JobFiles, JobWebhook, Outcome, Standing, work_hash
from clipzy.storage.artifacts import from_json, to_json
from clipzy.storage.tables import jobs
from clipzy.style.config import JobConfig

Record = TypeVar("Record", Standing, Outcome, Ending, JobFiles, JobWebhook)


def job_values(job: Job) -> dict[str, Any]:
    """The row of a new job."""
    return {
        **{
            name: getattr(job, name)
            for name in ("job_id", "video_id", "template_video_id", "webhook_url", "owner", "priority", "style_given")
        },
        "metadata": dict(job.metadata),
        "origin": None if job.origin is None else to_json(Origin, job.origin),
        "config": to_json(JobConfig, job.config),
        "work_hash": work_hash(job),
        "status": Status.QUEUED.value,
        "progress_percent": 0,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "artifacts": {},
        "warnings": list(job.warnings),
        "attempt": 0,
        "lost_attempts": 0,
    }


def job_of(row: sa.Row[Any]) -> Job:
    """A whole row as a job.

    Raises:
        JobUnreadable: its config is none of this version's.
    """
    values = _values_of(row)
    for private in ("work_hash", "lost_attempts", "style_given"):
        del values[private]
    try:
        config = from_json(JobConfig, values["config"])
    except ValidationError as exc:
        raise JobUnreadable(
            "the job was created by another version of the engine and cannot be read by this one; send it again"
        ) from exc
    return Job(**{**values, "config": config, "warnings": tuple(values["warnings"])})


def selected(kind: type[Record]) -> sa.Select[Any]:
    """Selects the columns of that kind of record, for `record_of`."""
    return sa.select(*(jobs.c[each.name] for each in fields(kind)))


def record_of(kind: type[Record], row: sa.Row[Any]) -> Record:
    """Columns as that kind of record."""
    return kind(**_values_of(row))


def _values_of(row: sa.Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    for name, read in _READ.items():
        if values.get(name) is not None:
            values[name] = read(values[name])
    return values


# Columns whose values are others in records
_READ: Mapping[str, Callable[[Any], Any]] = {
    "status": Status,
    "current_stage": Stage,
    "error": partial(from_json, JobError),
    "origin": partial(from_json, Origin),
}
