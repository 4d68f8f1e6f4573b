"""Deletes what has had its time: jobs that ended RETENTION_DAYS ago, uploads of that age that nothing names any more, orphans, unused analyses."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from clipzy.errors import JobAlreadyProcessing, JobNotFound, VideoInUse, VideoNotFound
from clipzy.jobs.deletion import delete_job, delete_video
from clipzy.jobs.folders import Folders
from clipzy.jobs.orphans import sweep_orphans
from clipzy.jobs.records import now
from clipzy.jobs.store import Store
from clipzy.jobs.tombstones import work_off
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log

INTERVAL_S = 600.0
ORPHANS_INTERVAL_S = 6 * 3600.0  # they are rare, and all of the storage has to be listed
ANALYSES_DAYS = 30  # of disuse, where RETENTION_DAYS says nothing: a disk is no archive, and they can be made anew
MOST_AT_ONCE = 50  # of each kind: between two sweeps is time to stop


@dataclass(frozen=True, slots=True)
class Swept:
    """How many jobs, videos and idempotency keys a sweep has deleted."""

    jobs: int = 0
    videos: int = 0
    keys: int = 0

    @property
    def is_full(self) -> bool:
        """Whether there may be more of a kind."""
        return MOST_AT_ONCE in (self.jobs, self.videos)


def sweep(store: Store, objects: ObjectStore, days: int) -> Swept:
    """Delete up to 50 jobs that ended more than `days` days ago and up to 50 unused videos of that age, with their files.

    A video stays while a job names it, ended or not, and while it is another video's default template. With 0 days only
    idempotency keys go, after their 24 hours. Several workers may sweep at once.
    """
    keys = store.forget_old_claims()
    if days == 0:
        return Swept(keys=keys)
    oldest = now() - timedelta(days=days)
    # first the jobs, whose videos may then be named no more
    jobs = sum(_delete_job(store, objects, job_id) for job_id in store.jobs_ended_before(oldest, MOST_AT_ONCE))
    videos = sum(
        _delete_video(store, objects, video_id) for video_id in store.videos_unused_since(oldest, MOST_AT_ONCE)
    )
    if jobs or videos:
        log.info("deleted what was older than RETENTION_DAYS", jobs=jobs, videos=videos)
    return Swept(jobs, videos, keys)


def keep_sweeping(
    store: Store,
    objects: ObjectStore,
    folders: Folders,
    days: int,
    stop: threading.Event,
    *,
    forget_checkpoints: Callable[[threading.Event], int],
) -> None:
    """Sweep every ten minutes until `stop` is set, tombstones too, for orphans every six hours; one that fails is tried again the next time.

    `forget_checkpoints` drops what the queue remembers of ended jobs.
    """
    next_look = time.monotonic()
    while not stop.wait(INTERVAL_S):
        try:
            # first what needs neither database nor storage
            forget_analyses(folders, days)
            # of jobs that another worker has taken over and ended
            folders.sweep(store.active_jobs)
            forget_checkpoints(stop)
            work_off(store.database, objects, stop)
            while sweep(store, objects, days).is_full and not stop.is_set():
                pass
            if time.monotonic() >= next_look:
                sweep_orphans(store.database, objects)
                next_look = time.monotonic() + ORPHANS_INTERVAL_S
        except Exception:  # noqa: BLE001 (a database or a storage that is away, each with errors of its own)
            log.exception("what is older than RETENTION_DAYS could not be deleted; it is tried again")


def forget_analyses(folders: Folders, days: int) -> None:
    """Remove what this worker has measured of videos that no job has used in `days` days, in 30 where that is 0."""
    if forgotten := folders.forget_unused(days or ANALYSES_DAYS):
        log.info("forgot analyses that were not used for long", videos=forgotten)


def _delete_job(store: Store, objects: ObjectStore, job_id: str) -> bool:
    with suppress(JobNotFound, JobAlreadyProcessing):  # another sweep was faster
        delete_job(store, objects, job_id)
        return True
    return False


def _delete_video(store: Store, objects: ObjectStore, video_id: str) -> bool:
    with suppress(VideoNotFound, VideoInUse):  # a new job names it since the look
        delete_video(store, objects, video_id)
        return True
    return False
