"""Remembers jobs beside the videos: adds, reads, lists and deletes them. Status is written by `moves` alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from clipzy.errors import JobAlreadyProcessing, JobNotCancellable, JobNotFound, QueueFull
from clipzy.jobs import deliveries, idempotency, moves, tombstones
from clipzy.jobs.idempotency import Claim
from clipzy.jobs.job_rows import Record, job_of, job_values, record_of, selected
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Ending, Job, JobError, JobFiles, Standing, work_hash
from clipzy.jobs.video_store import ACTIVE, Page, VideoStore, looked_at, owned, video_row
from clipzy.storage.keys import job_prefix
from clipzy.storage.tables import jobs

MOST_TRIES = 3  # at a new job whose twin ends just then


class Store(VideoStore):
    """Videos and jobs in the database; may be used from any thread.

    Where a method takes an `owner`, what belongs to anybody else is as if it were not there; None: everybody's.
    """

    def add_job(
        self,
        job: Job,
        max_queued: int,
        enqueue: Callable[[sa.Connection, Job], None],
        claim: Claim | None = None,
        most_of_owner: int | None = None,
    ) -> Job | Standing:
        """Remember a new queued job and put it on the queue, both or neither; answers it, or the job of an earlier request with that claim.

        `enqueue` writes the queue's entry in the same transaction. `claim`: where another request with it was faster,
        nothing is added, and its job is the answer. `most_of_owner`: jobs that its owner may have waiting; 0: no more than
        places are left for others; None: all.

        Raises:
            IdempotencyConflict: the claim's key came with another request before.
            VideoNotFound: a video that it names does not exist.
            JobAlreadyProcessing: the same work is queued or processing; the message names that job.
            QueueFull: `max_queued` jobs are waiting already, or as many of its owner's as he may have.
        """
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                self._insert_job(job, enqueue, claim, partial(_check_room, job.owner, max_queued, most_of_owner))
            except sa.exc.IntegrityError as exc:
                earlier = None if claim is None else self.find_claimed(claim)
                if earlier is not None:
                    return earlier
                twin = self.find_active(job)
                if twin is not None:
                    raise JobAlreadyProcessing(
                        f"job {twin} is already doing this work; use that job, or cancel it first", twin
                    ) from exc
                if not tries_left:
                    raise
            else:
                return job
            # what was in the way has ended in this very moment
        raise AssertionError("the last try returns or raises")

    def _insert_job(
        self,
        job: Job,
        enqueue: Callable[[sa.Connection, Job], None],
        claim: Claim | None,
        check_room: Callable[[sa.Connection], None],
    ) -> None:
        with self.database.begin() as connection:
            connection.execute(sa.insert(jobs).values(**job_values(job)))
            for video_id in (job.video_id, job.template_video_id):
                if video_id is not None:
                    video_row(connection, video_id, job.owner, lock=True)
            check_room(connection)
            if claim is not None:
                idempotency.record(connection, claim, job.job_id)
            enqueue(connection, job)

    def find_claimed(self, claim: Claim) -> Standing | None:
        """The job that a request with this claim has created; None where there is none, or none any more.

        Raises:
            IdempotencyConflict: the key came with another request.
        """
        with self.database.connect() as connection:
            job_id = idempotency.find(connection, claim)
        try:
            return None if job_id is None else self.read(Standing, job_id, None)
        except JobNotFound:  # deleted a moment ago
            return None

    def find_active(self, job: Job) -> str | None:
        """The id of a job that is queued or processing and does the same work."""
        same = sa.select(jobs.c.job_id).where(jobs.c.work_hash == work_hash(job), jobs.c.status.in_(ACTIVE))
        with self.database.connect() as connection:
            return connection.scalar(same)

    def get_job(self, job_id: str) -> Job:
        """One job as it stands, its config too.

        Raises:
            JobNotFound: there is none of that id.
            JobUnreadable: its config is none of this version's.
        """
        return job_of(self._row(sa.select(jobs), job_id, None))

    def read(self, kind: type[Record], job_id: str, owner: str | None) -> Record:
        """One job as that kind of record. Only its columns are read: neither the config, which another version may have written, nor the style.

        Raises:
            JobNotFound: there is none of that id.
        """
        return record_of(kind, self._row(selected(kind), job_id, owner))

    def _row(self, asked: sa.Select[Any], job_id: str, owner: str | None) -> sa.Row[Any]:
        with self.database.connect() as connection:
            return _found(connection, asked, job_id, owner)

    def is_current(self, job_id: str, attempt: int) -> bool:
        """Whether a job is processing and that attempt is its newest: cheap enough to ask several times a second."""
        asked = sa.select(jobs.c.attempt).where(jobs.c.job_id == job_id, jobs.c.status == Status.PROCESSING.value)
        with self.database.connect() as connection:
            return connection.scalar(asked) == attempt

    def marks(self, job_ids: Collection[str]) -> dict[str, tuple[Status, Stage | None, int]]:
        """Status, stage and progress in percent of those of the jobs that exist: cheap enough to ask several times a second."""
        asked = sa.select(jobs.c.job_id, jobs.c.status, jobs.c.current_stage, jobs.c.progress_percent)
        with self.database.connect() as connection:
            rows = connection.execute(asked.where(jobs.c.job_id.in_(job_ids))).all()
        return {
            job_id: (Status(status), None if stage is None else Stage(stage), percent)
            for job_id, status, stage, percent in rows
        }

    def standings(self, job_ids: Collection[str]) -> tuple[Standing, ...]:
        """Those of the jobs that exist, in any order."""
        asked = selected(Standing).where(jobs.c.job_id.in_(job_ids))
        with self.database.connect() as connection:
            return tuple(record_of(Standing, row) for row in connection.execute(asked))

    def list_jobs(
        self,
        page: int = 1,
        page_size: int = 10,
        status: Status | None = None,
        *,
        video_id: str | None = None,
        owner: str | None = None,
    ) -> Page[Standing]:
        """Jobs, newest first; with `status` only those in it, with `video_id` those on it or with it as their template."""
        asked = {jobs.c.owner: owner, jobs.c.status: None if status is None else status.value}
        given = {column: value for column, value in asked.items() if value is not None}
        wanted = [column == value for column, value in given.items()]
        if video_id is not None:
            wanted = [looked_at(column) == value for column, value in given.items()]
            wanted.append(sa.or_(jobs.c.video_id == video_id, jobs.c.template_video_id == video_id))
        newest = selected(Standing).order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc()).where(*wanted)
        key = ("jobs", status, video_id, owner)
        return self._page(newest, jobs.c.job_id, partial(record_of, Standing), page, page_size, key=key)

    def count_active(self) -> dict[Status, int]:
        """How many jobs are queued and processing: cheap, however many have ended."""
        return self._count(status for status in Status if status not in TERMINAL)

    def count_ended(self) -> dict[Status, int]:
        """How many jobs have ended, by status; reads an entry of an index for each, so not to be asked every second."""
        return self._count(TERMINAL)

    def _count(self, statuses: Iterable[Status]) -> dict[Status, int]:
        counts = dict.fromkeys(statuses, 0)
        asked = sa.select(jobs.c.status, sa.func.count()).where(jobs.c.status.in_([each.value for each in counts]))
        with self.database.connect() as connection:
            rows = connection.execute(asked.group_by(jobs.c.status)).all()
        return counts | {Status(status): count for status, count in rows}

    def active_jobs(self) -> tuple[str, ...]:
        """The ids of all jobs that have not ended."""
        with self.database.connect() as connection:
            return tuple(connection.scalars(sa.select(jobs.c.job_id).where(jobs.c.status.in_(ACTIVE))))

    def unended(self, job_ids: Iterable[str]) -> frozenset[str]:
        """Those of these jobs that have not ended."""
        asked = sa.select(jobs.c.job_id).where(jobs.c.job_id.in_(list(job_ids)), jobs.c.status.in_(ACTIVE))
        with self.database.connect() as connection:
            return frozenset(connection.scalars(asked))

    def cancel_job(self, job_id: str, owner: str | None = None) -> Ending:
        """End a job by its owner's wish; answers the job as it ended. A worker notices within half a second.

        Raises:
            JobNotFound: there is none of that id.
            JobNotCancellable: it has ended already.
        """
        with self.database.begin() as connection:
            cancelled = moves.cancel(connection, job_id)
            # before the commit, so that a job which is another's, or not there, takes the move back
            job = record_of(Ending, _found(connection, selected(Ending), job_id, owner))
        if not cancelled:
            raise JobNotCancellable(f"job {job_id} has already ended: {job.status}")
        return job

    def fail_job(self, job_id: str, error: JobError) -> bool:
        """End a job with an error; False where it has ended already."""
        with self.database.begin() as connection:
            if moves.fail(connection, job_id, error):
                return True
            # One that still waits cannot fail, by the table of moves; it begins and fails in one breath.
            return moves.begin_stage(connection, job_id, next(iter(Stage))) and moves.fail(connection, job_id, error)

    def delete_job(self, job_id: str, owner: str | None = None) -> None:
        """Delete the row of a job that has ended, whatever is in it. The caller deletes its files; those that stay go with a later sweep.

        Raises:
            JobNotFound: there is none of that id.
            JobAlreadyProcessing: it has not ended.
        """
        ended = sa.and_(jobs.c.status.not_in(ACTIVE), *owned(jobs, owner))
        with self.database.begin() as connection:
            deleted = connection.execute(sa.delete(jobs).where(jobs.c.job_id == job_id, ended)).rowcount == 1
            if deleted:
                deliveries.forget(connection, job_id)
                idempotency.forget(connection, job_id)
                tombstones.bury(connection, job_prefix(job_id))
        if not deleted:
            self.read(JobFiles, job_id, owner)
            raise JobAlreadyProcessing(f"job {job_id} has not ended; cancel it first", job_id)

    # ── what has had its time ──

    def jobs_ended_before(self, moment: datetime, most: int) -> tuple[str, ...]:
        """The ids of up to `most` jobs that ended before a moment, the oldest first."""
        ended = sa.and_(jobs.c.status.not_in(ACTIVE), jobs.c.completed_at < moment)
        asked = sa.select(jobs.c.job_id).where(ended).order_by(jobs.c.completed_at).limit(most)
        with self.database.connect() as connection:
            return tuple(connection.scalars(asked))

    def forget_old_claims(self) -> int:
        """Drop the idempotency keys that no longer count; answers how many."""
        with self.database.begin() as connection:
            return idempotency.sweep(connection)


def _check_room(owner: str | None, max_queued: int, most_of_owner: int | None, connection: sa.Connection) -> None:
    """Refuse the job that was just put in where it is one too many, of all or of its owner's."""
    waiting = _waiting(connection)
    if waiting > max_queued:
        raise QueueFull(f"{max_queued} jobs are already waiting; try again later")
    if owner is None or most_of_owner is None:
        return
    own = _waiting(connection, jobs.c.owner == owner)
    if most_of_owner and own > most_of_owner:
        why = "the most for one owner (MAX_QUEUED_JOBS_PER_OWNER)"
    elif not most_of_owner and own > max_queued - waiting + 1:
        why = "and the remaining places are for other owners (MAX_QUEUED_JOBS)"
    else:
        return
    raise QueueFull(f"{own - 1} of your jobs are already waiting, {why}; try again later")


def _waiting(connection: sa.Connection, *wanted: sa.ColumnElement[bool]) -> int:
    asked = sa.select(sa.func.count()).where(jobs.c.status == Status.QUEUED.value, *wanted)
    return connection.scalar(asked) or 0


def _found(connection: sa.Connection, asked: sa.Select[Any], job_id: str, owner: str | None) -> sa.Row[Any]:
    row = connection.execute(asked.where(jobs.c.job_id == job_id, *owned(jobs, owner))).one_or_none()
    if row is None:
        raise JobNotFound(f"no job {job_id}")
    return row
