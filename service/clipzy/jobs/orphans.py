"""Deletes stored files of ended jobs that no row names, which a fault may leave: a storage that was away, a worker that died.

The worker that ends a job removes its files; this is for those that it could not. Only files of jobs that this database knows are
looked at: others in the storage may be somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa

from clipzy.jobs.lifecycle import TERMINAL
from clipzy.jobs.records import now
from clipzy.storage.keys import JOBS, job_id_of
from clipzy.storage.objects import ObjectStore
from clipzy.storage.tables import jobs
from clipzy.telemetry import log

AGE = timedelta(days=1)  # longer than any worker that was taken over needs to notice
AT_ONCE = 500


def sweep_orphans(database: sa.Engine, objects: ObjectStore, age: timedelta = AGE) -> int:
    """Delete files older than `age` below ended jobs that do not name them.

    Answers how many. Any number of workers may do so at once.
    """
    deleted = 0
    old = _older(objects, age)
    while keys := frozenset(islice(old, AT_ONCE)):
        orphans = _orphans(database, keys)
        objects.delete(tuple(orphans))
        deleted += len(orphans)
    if deleted:
        log.warning("deleted stored files that nothing named", files=deleted)
    return deleted


def _older(objects: ObjectStore, age: timedelta) -> Iterator[str]:
    moment = now() - age
    return (key for key, written_at in objects.list_with_times(JOBS) if written_at < moment)


def _orphans(database: sa.Engine, keys: frozenset[str]) -> frozenset[str]:
    ended = sa.and_(jobs.c.job_id.in_({job_id_of(key) for key in keys}), jobs.c.status.in_(TERMINAL))
    with database.connect() as connection:
        rows = connection.execute(sa.select(jobs.c.job_id, jobs.c.artifacts).where(ended)).all()
    named = {key for row in rows for key in row.artifacts.values()}
    known = {row.job_id for row in rows}
    return frozenset(key for key in keys if job_id_of(key) in known and key not in named)
