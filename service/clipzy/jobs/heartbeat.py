"""Workers say that they are alive, by the database's clock; one that falls silent loses its jobs to the others.

A worker that was killed, that hangs or whose machine is gone cannot give its jobs back. The others see its silence and put its jobs on the
queue again, as they do at once with those of a worker that said goodbye. Should it wake up after all, DBOS's fence keeps it from writing
anything: each claim of a job changes the mark of its owner, which every transaction of the job checks.
"""

from __future__ import annotations

import socket
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clipzy.jobs import queue_internals
from clipzy.storage.database import database_time
from clipzy.storage.tables import workers
from clipzy.telemetry import log
from clipzy.telemetry.metrics import LOST_WORKERS

if TYPE_CHECKING:
    from dbos import DBOS


FORGOTTEN_AFTER = timedelta(days=7)


class Heartbeat:
    """One worker's sign of life, and its look at those of the others."""

    def __init__(self, database: sa.Engine, worker_id: str, lost_after_s: float, interval_s: float = 0.0) -> None:
        """`lost_after_s`: silence after which a worker counts as lost; `interval_s`: seconds between two beats."""
        self._database = database
        self._worker_id = worker_id
        self._lost_after = timedelta(seconds=lost_after_s)
        self._beaten = time.monotonic()
        # without a beat of its own: more than a slow database makes of an interval
        self._long_s = (interval_s + lost_after_s) / 2
        self._waits_until = 0.0

    def beat(self) -> None:
        """Say that this worker is alive."""
        with self._database.begin() as connection:
            moment = database_time(connection)
            self._beaten = time.monotonic()
            mine = workers.c.worker_id == self._worker_id
            if connection.execute(sa.update(workers).where(mine).values(last_seen_at=moment)).rowcount == 0:
                row = {"worker_id": self._worker_id, "hostname": socket.gethostname(), "started_at": moment}
                connection.execute(sa.insert(workers).values(**row, last_seen_at=moment))
                # each start of a machine that keeps no files leaves a name that never comes back
                connection.execute(sa.delete(workers).where(workers.c.last_seen_at < moment - FORGOTTEN_AFTER))

    def stop(self) -> None:
        """Say goodbye, so that the others need not wait for the silence."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(workers).where(workers.c.worker_id == self._worker_id))

    def alive(self) -> frozenset[str]:
        """The workers that were heard of lately."""
        with self._database.connect() as connection:
            since: datetime = database_time(connection) - self._lost_after
            heard = sa.select(workers.c.worker_id).where(workers.c.last_seen_at > since)
            return frozenset(connection.scalars(heard))

    def is_eldest(self) -> bool:
        """Whether none of the workers that were heard of lately has been there for longer: that one does what is to be done once for all."""
        with self._database.connect() as connection:
            since: datetime = database_time(connection) - self._lost_after
            eldest = sa.select(workers.c.worker_id).where(workers.c.last_seen_at > since)
            first = connection.scalar(eldest.order_by(workers.c.started_at, workers.c.worker_id).limit(1))
        return first in {None, self._worker_id}

    def take_over(self, dbos: type[DBOS]) -> tuple[str, ...]:
        """Put the jobs of workers that are gone on the queue again; answers the workers' names.

        A worker that was silent itself, because it was frozen until just now or the database was away for all, takes
        nothing over for as long as others need to be heard again: those may have taken its own jobs, or be about to say
        that they are alive. Any number of workers may do this at once, for only what still belongs to the one that is
        gone is put back, and only one of them finds its name to count it as lost.
        """
        moment = time.monotonic()
        if moment - self._beaten > self._long_s or self._worker_id not in self.alive():
            self._waits_until = moment + self._lost_after.total_seconds()
        if moment < self._waits_until:
            return ()
        running: list[Any] = dbos.list_workflows(status="PENDING", load_input=False, load_output=False)
        # asked after that, which may have waited for the database
        alive = self.alive()
        if self._worker_id not in alive:
            return ()
        gone = sorted({workflow.executor_id for workflow in running} - alive)
        if gone:
            self._tell(gone)
            queue_internals.take_from(dbos, gone)
        return tuple(gone)

    def _tell(self, gone: list[str]) -> None:
        """Forget their names; a worker that still had one fell silent without a goodbye, and is counted as lost, once."""
        with self._database.begin() as connection:
            forgotten = sa.delete(workers).where(workers.c.worker_id.in_(gone)).returning(workers.c.worker_id)
            lost = sorted(connection.scalars(forgotten))
        if lost:
            log.warning("taking over the jobs of lost workers", lost=lost)
            LOST_WORKERS.inc(len(lost))
        if left := sorted(set(gone) - set(lost)):
            log.info("taking over the jobs of workers whose names are gone", left=left)
