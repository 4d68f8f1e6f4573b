"""Polls the database for all followed jobs together: one query each tick, however many clients follow.

One small record of each job is kept, as long as somebody follows it. A slow client misses the changes in between and sees the job as
it stands now.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi.concurrency import run_in_threadpool

from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Standing
from clipzy.jobs.store import Store
from clipzy.storage.database import AWAY
from clipzy.telemetry import log

LOOK_S = 0.25  # between two looks
MOST_AT_ONCE = 500  # jobs in one question

_STAGES = tuple(Stage)
_STATUSES = {Status.QUEUED: 0, Status.PROCESSING: 1}


@dataclass(eq=False, slots=True)
class _Followed:
    """A job that somebody follows. `changed`: set, and replaced by another, at each change."""

    standing: Standing
    gone: bool = False
    followers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wake whoever waits for a change."""
        self.changed.set()
        self.changed = asyncio.Event()

    def learn(self, standing: Standing) -> None:
        """Take in a look at the job. One that was overtaken by a later look is ignored, since a job never goes back."""
        if _rank(standing) > _rank(self.standing):
            self.standing = standing
            self.tell()


class Following:
    """The followers of jobs on this process; to be used on its event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followed: dict[str, _Followed] = {}
        self._looking: asyncio.Task[None] | None = None
        self._ended = False

    def end(self) -> None:
        """End all following: the process is about to stop, and clients connect again, to another."""
        self._ended = True
        for followed in self._followed.values():
            followed.tell()

    async def changes(self, job: Standing, seen: str | None, silence_s: float) -> AsyncGenerator[Standing | None, None]:
        """Yield the job as it stands, unless that is `seen`, and after each change, until it ends or is deleted, or the process stops.

        Yields None after each `silence_s` seconds without a change.
        """
        with self._joined(job) as followed:
            while True:
                changed, standing = followed.changed, followed.standing
                if (now := event_id(standing)) != seen:
                    seen = now
                    yield standing
                    continue
                if self._ended or followed.gone or standing.status in TERMINAL:
                    return
                try:
                    await asyncio.wait_for(changed.wait(), silence_s)
                except TimeoutError:
                    yield None

    @contextmanager
    def _joined(self, job: Standing) -> Iterator[_Followed]:
        followed = self._followed.setdefault(job.job_id, _Followed(job))
        followed.learn(job)
        followed.followers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking(), name="follow-jobs")
        try:
            yield followed
        finally:
            followed.followers -= 1
            if not followed.followers and self._followed.get(job.job_id) is followed:
                del self._followed[job.job_id]

    async def _keep_looking(self) -> None:
        """Look as long as there is anybody to tell."""
        is_away = False  # logged once, not several times a second
        while self._followed:
            await asyncio.sleep(LOOK_S)
            try:
                await self._look(dict(self._followed))
                is_away = False
            except AWAY as error:
                if not is_away:
                    log.warning("followed jobs cannot be read: the database does not answer", error=str(error))
                is_away = True
            except Exception:  # noqa: BLE001 (nobody must wait for what will never come; clients connect again)
                log.exception("followed jobs cannot be read")
                for followed in self._followed.values():
                    followed.gone = True
                    followed.tell()
                self._followed.clear()

    async def _look(self, followed: Mapping[str, _Followed]) -> None:
        ids = tuple(followed)
        for at in range(0, len(ids), MOST_AT_ONCE):
            asked = ids[at : at + MOST_AT_ONCE]
            marks = await run_in_threadpool(self._store.marks, asked)
            for job_id in asked:
                if job_id not in marks:  # deleted meanwhile
                    followed[job_id].gone = True
                    followed[job_id].tell()
            changed = [job_id for job_id, mark in marks.items() if mark != _mark(followed[job_id].standing)]
            await self._learn(changed, followed)

    async def _learn(self, changed: Sequence[str], followed: Mapping[str, _Followed]) -> None:
        if changed:
            for standing in await run_in_threadpool(self._store.standings, changed):
                followed[standing.job_id].learn(standing)


def event_id(job: Standing) -> str:
    """The id of the event with this state of a job, the same on every server: a client needs no second event of one id."""
    return f"{job.status}.{job.current_stage or ''}.{job.progress_percent}"


def _mark(standing: Standing) -> tuple[Status, Stage | None, int]:
    return standing.status, standing.current_stage, standing.progress_percent


def _rank(standing: Standing) -> tuple[int, int, int]:
    """Grows with each change that followers see."""
    stage = -1 if standing.current_stage is None else _STAGES.index(standing.current_stage)
    return _STATUSES.get(standing.status, 2), standing.progress_percent, stage
