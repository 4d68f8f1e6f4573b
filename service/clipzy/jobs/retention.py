"""Deletes what has had its time: jobs that ended RETENTION_DAYS ago, uploads of that age that nothing names any more, orphans, unused analyses."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from clipzy.errors import JobAlreadyProcessing, JobNotFound, StorageUnavailable, VideoInUse, VideoNotFound
from clipzy.jobs.deletion import delete_job, delete_video
from clipzy.jobs.folders import Folders
from clipzy.jobs.orphans import sweep_orphans
from clipzy.jobs.store import Store
from clipzy.jobs.tombstones import MOST_FAILURES, work_off
from clipzy.storage.database import database_time
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log

INTERVAL_S = 600.0
# A minute, more or less: workers may live for less than an interval, and those that a deployment starts together shall not look together
FIRST_LOOK_S = 30.0, 90.0
ORPHANS_INTERVAL_S = 6 * 3600.0  # they are rare, and all of the storage has to be listed
ANALYSES_DAYS = 30  # of disuse, where RETENTION_DAYS says nothing: a disk is no archive, and they can be made again
MOST_AT_ONCE = 50  # of each kind: between two sweeps is time to stop
MOST_STAYED = 10_000  # that are remembered: they are read again by each sweep


@dataclass(frozen=True, slots=True)
class Swept:
    """How many jobs, videos and idempotency keys a sweep has deleted; `odd`: how many stay for what is wrong with them alone."""

    jobs: int = 0
    videos: int = 0
    keys: int = 0
    odd: int = field(default=0, compare=False)

    @property
    def has_more(self) -> bool:
        """Whether there may be more to delete: the storage answers, and this was no empty sweep."""
        return self.jobs > 0 or self.videos > 0 or self.odd > 0


def sweep(store: Store, objects: ObjectStore, days: int, stayed: set[str] | None = None) -> Swept:
    """Delete up to 50 jobs that ended more than `days` days ago and up to 50 unused videos of that age, with their files.

    A video stays while a job names it, ended or not, and while it is another video's default template. With 0 days only
    idempotency keys go, after their 24 hours. What cannot be deleted stays and holds up no other; after three in a row the
    storage counts as away, and the rest stays too. Several workers may sweep at once.

    `stayed`: ids that earlier sweeps could not delete and this one passes over; its own are added.
    """
    stayed = set() if stayed is None else stayed
    keys = store.forget_old_claims()
    if days == 0:
        return Swept(keys=keys)
    with store.database.connect() as connection:
        oldest = database_time(connection) - timedelta(days=days)  # a worker's own clock may be years ahead
    # first the jobs, whose videos may then be named no more
    jobs, odd_jobs = _delete_each(
        _oldest(partial(store.jobs_ended_before, oldest), stayed), partial(delete_job, store, objects), stayed
    )
    videos, odd_videos = _delete_each(
        _oldest(partial(store.videos_unused_since, oldest), stayed), partial(delete_video, store, objects), stayed
    )
    if jobs or videos:
        log.info("deleted what was older than RETENTION_DAYS", jobs=jobs, videos=videos)
    return Swept(jobs, videos, keys, odd_jobs + odd_videos)


def keep_sweeping(
    store: Store,
    objects: ObjectStore,
    folders: Folders,
    days: int,
    stop: threading.Event,
    *,
    most_cached_bytes: int,
    forget_checkpoints: Callable[[threading.Event], int],
    is_eldest: Callable[[], bool],
) -> None:
    """Sweep about a minute after the start and every ten minutes until `stop` is set, tombstones too; for orphans every six hours.

    What fails is tried again the next time. `most_cached_bytes`: that analyses may take. `forget_checkpoints`: drops what the queue remembers of ended jobs.
    `is_eldest`: whether this worker is the one that looks for orphans.
    """
    next_look = time.monotonic()
    stayed: set[str] = set()
    steps: tuple[Callable[[], object], ...] = (
        # first what needs neither database nor storage
        partial(forget_analyses, folders, days, most_cached_bytes),
        # of jobs that another worker has taken over and ended
        partial(folders.sweep, store.active_jobs),
        partial(forget_checkpoints, stop),
        partial(work_off, store.database, objects, stop),
        partial(_sweep_all, store, objects, days, stop, stayed),
    )
    pause_s = min(random.uniform(*FIRST_LOOK_S), INTERVAL_S)  # noqa: S311 (no secret)
    while not stop.wait(pause_s):
        pause_s = INTERVAL_S
        for step in steps:
            _try(step)
        if time.monotonic() >= next_look and _try(partial(_sweep_orphans, store, objects, is_eldest)):
            next_look = time.monotonic() + ORPHANS_INTERVAL_S


def _sweep_orphans(store: Store, objects: ObjectStore, is_eldest: Callable[[], bool]) -> None:
    """Once for all workers: each would list all of the storage."""
    if is_eldest():
        sweep_orphans(store.database, objects)


def _sweep_all(store: Store, objects: ObjectStore, days: int, stop: threading.Event, stayed: set[str]) -> None:
    """Sweep until nothing more can be deleted; what could not be, in this look or one before, is tried again once all else is gone."""
    known = len(stayed)
    while sweep(store, objects, days, stayed).has_more:
        if stop.is_set():
            return
        known = len(stayed)
    # three failures mean that the storage was away, and that not all was looked at
    if len(stayed) - known < MOST_FAILURES or len(stayed) > MOST_STAYED:
        stayed.clear()


def _try(step: Callable[[], object]) -> bool:
    """Take a step of a look; False where it failed, which holds up no other."""
    try:
        step()
    except Exception:  # noqa: BLE001 (a database or a storage that is away, each with errors of its own)
        log.exception("what has had its time could not be deleted; it is tried again")
        return False
    return True


def forget_analyses(folders: Folders, days: int, most_bytes: int) -> None:
    """Remove what this worker has measured of videos that no job has used in `days` days, in 30 where that is 0, or for which there is no room."""
    if forgotten := folders.forget_unused(days or ANALYSES_DAYS, most_bytes):
        log.info("forgot analyses that were not used for long", videos=forgotten)


def _oldest(find: Callable[[int], Sequence[str]], stayed: Collection[str]) -> Sequence[str]:
    """The ids of what has had its time, of as many as a sweep deletes; `find` answers so many, the oldest first."""
    return [each for each in find(MOST_AT_ONCE + len(stayed)) if each not in stayed][:MOST_AT_ONCE]


def _delete_each(ids: Sequence[str], delete: Callable[[str], None], stayed: set[str]) -> tuple[int, int]:
    """Delete what can be deleted; answers how many, and how many stay for what is wrong with them alone."""
    deleted = odd = failures = 0
    # in any order: else the few that cannot be deleted would always come first
    for each in random.sample(ids, len(ids)):
        try:
            delete(each)
        except (JobNotFound, JobAlreadyProcessing, VideoNotFound, VideoInUse):
            continue  # another sweep was faster, or a new job names the video since the look
        except (StorageUnavailable, OSError) as error:
            log.warning("what is older than RETENTION_DAYS stays with its files", id=each, error=str(error))
            stayed.add(each)
            failures += 1
            if failures == MOST_FAILURES:
                break
            continue
        except sa.exc.SQLAlchemyError:
            raise  # the database is away, for all of them
        except Exception:  # noqa: BLE001 (whatever is in one row, such as what another version wrote, it holds up no other)
            log.exception("what is older than RETENTION_DAYS stays: it cannot be read", id=each)
            stayed.add(each)
            odd += 1
            continue
        failures = 0
        deleted += 1
    return deleted, odd
