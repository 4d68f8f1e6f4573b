"""What a worker's main thread does while jobs run: says that it is alive, and sees after jobs that nobody else would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clipzy.jobs.heartbeat import Heartbeat
from clipzy.jobs.recovery import fail_lost_jobs
from clipzy.jobs.store import Store
from clipzy.jobs.strays import Strays
from clipzy.jobs.worker_server import Pulse
from clipzy.jobs.worker_threads import WorkerThreads
from clipzy.storage.database import AWAY
from clipzy.telemetry import log

if TYPE_CHECKING:
    from dbos import DBOS

LOST_JOBS_INTERVAL_S = 10.0


def watch_over(
    store: Store,
    dbos: type[DBOS],
    heartbeat: Heartbeat,
    strays: Strays,
    stop: threading.Event,
    *,
    interval_s: float,
    pulse: Pulse,
    threads: WorkerThreads,
) -> None:
    """Until `stop` is set: say that this worker is alive, take over from those that are not, go on with what strayed, fail what is lost.

    Raises:
        ThreadEnded: one of the threads is not there any more.
    """
    next_look = time.monotonic()
    while not stop.wait(interval_s):
        threads.check()
        # where that fails, the library of the queue would ask for ever, and could not be stopped
        if not _try(partial(_show_life, dbos, heartbeat, pulse)) or time.monotonic() < next_look:
            continue
        # each by itself: what one of them cannot do must not keep the other from its own
        if all([_try(partial(fail_lost_jobs, store, dbos)), _try(strays.requeue)]):
            next_look = time.monotonic() + LOST_JOBS_INTERVAL_S


def _show_life(dbos: type[DBOS], heartbeat: Heartbeat, pulse: Pulse) -> None:
    # first the others: a worker that was frozen until now must know it before it says that it is alive
    heartbeat.take_over(dbos)
    heartbeat.beat()
    pulse.beat()


def _try(step: Callable[[], object]) -> bool:
    """Take one of the steps of watching over; False where the database did not let it be taken."""
    try:
        step()
    except AWAY as error:
        log.warning("the database does not answer; the worker goes on", error=str(error))
    except sa.exc.SQLAlchemyError:
        log.exception("the database refused a question; the worker goes on")
    else:
        return True
    return False
