"""Deletes stored files that no row names, which a fault may leave: a storage that was away, a machine that went down.

Whoever ends a job or deletes a video removes its files himself; this is for what he could not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import sqlalchemy as sa

from clipzy.jobs.lifecycle import TERMINAL
from clipzy.jobs.records import now
from clipzy.storage.objects import JOBS, VIDEOS, ObjectStore, job_id_of
from clipzy.storage.tables import jobs, videos
from clipzy.telemetry import log

# Longer than any upload takes from its last byte to its row, and any stage from its first file to its checkpoint.
AGE = timedelta(days=1)
AT_ONCE = 500


def sweep_orphans(database: sa.Engine, objects: ObjectStore, age: timedelta = AGE) -> int:
    """Delete files older than `age` that belong to no video and to no job, or to an ended job that does not name them.

    Answers how many. Any number of workers may do so at once.
    """
    deleted = 0
    for prefix, kept in ((VIDEOS, _kept_of_videos), (JOBS, _kept_of_jobs)):
        old = _older(objects, prefix, age)
        while keys := frozenset(islice(old, AT_ONCE)):
            with database.connect() as connection:
                orphans = keys - kept(connection, keys)
            objects.delete(tuple(orphans))
            deleted += len(orphans)
    if deleted:
        log.warning("deleted stored files that nothing named", files=deleted)
    return deleted


def _older(objects: ObjectStore, prefix: str, age: timedelta) -> Iterator[str]:
    moment = now() - age
    return (key for key, written_at in objects.list_with_times(prefix) if written_at < moment)


def _kept_of_videos(connection: sa.Connection, keys: frozenset[str]) -> frozenset[str]:
    return frozenset(connection.scalars(sa.select(videos.c.storage_key).where(videos.c.storage_key.in_(keys))))


def _kept_of_jobs(connection: sa.Connection, keys: frozenset[str]) -> frozenset[str]:
    ids = {job_id_of(key) for key in keys}
    rows = connection.execute(sa.select(jobs.c.job_id, jobs.c.status, jobs.c.artifacts).where(jobs.c.job_id.in_(ids)))
    named: set[str] = set()
    active: set[str] = set()
    for job_id, status, artifacts in rows:
        named.update(artifacts.values())
        if status not in TERMINAL:
            active.add(job_id)
    return frozenset(key for key in keys if key in named or job_id_of(key) in active)
