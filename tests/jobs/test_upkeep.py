"""What a worker does again and again beside its jobs, where the database refuses some of it."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
import structlog

from clipzy.jobs import upkeep
from clipzy.jobs.worker_server import Pulse
from clipzy.jobs.worker_threads import ThreadEnded, WorkerThreads

REFUSED = sa.exc.ProgrammingError("SELECT", {}, Exception("too many arguments"))
AWAY = sa.exc.OperationalError("SELECT", {}, Exception("nobody there"))


def nothing(*_):
    """Stands for a step that finds nothing to do."""


@pytest.mark.parametrize(
    ("error", "said"),
    [(REFUSED, "the database refused a question"), (AWAY, "the database does not answer")],
    ids=["refused", "away"],
)
def test_a_look_for_lost_jobs_that_fails_keeps_no_strays_from_the_queue(monkeypatch, error, said):
    """Each step goes by itself, and the log says whether the database was away."""
    stop = threading.Event()

    def refuse(_store, _dbos):
        raise error

    monkeypatch.setattr(upkeep, "fail_lost_jobs", refuse)
    heartbeat = SimpleNamespace(take_over=nothing, beat=nothing)
    strays = SimpleNamespace(requeue=stop.set)
    turns = iter([None])  # of a watch that looks at strays in its first; a second one ends the test
    threads = SimpleNamespace(check=lambda: next(turns))
    with structlog.testing.capture_logs() as logs:
        upkeep.watch_over(None, None, heartbeat, strays, stop, interval_s=0.01, pulse=Pulse(1.0), threads=threads)
    assert [line["event"].partition(";")[0] for line in logs] == [said]


def test_a_worker_that_cannot_say_that_it_is_alive_looks_for_nothing(monkeypatch):
    """The queue's library would ask a database that is away for ever, and the worker could not be stopped."""
    stop, beats = threading.Event(), []

    def beat():
        beats.append(1)
        if len(beats) == 3:
            stop.set()
        raise AWAY

    monkeypatch.setattr(upkeep, "fail_lost_jobs", lambda *_: pytest.fail("looked for"))
    heartbeat = SimpleNamespace(take_over=nothing, beat=beat)
    upkeep.watch_over(
        None,
        None,
        heartbeat,
        SimpleNamespace(requeue=lambda: pytest.fail("looked for")),
        stop,
        interval_s=0.01,
        pulse=Pulse(1.0),
        threads=SimpleNamespace(check=nothing),
    )
    assert len(beats) == 3


def test_a_thread_that_ends_is_a_fault_unless_it_was_asked_to():
    """A worker that is told to stop just then stops in good order."""
    stop = threading.Event()
    threads = WorkerThreads(stop, webhooks=lambda: None)
    for thread in threads.all:
        thread.start()
        thread.join()
    with pytest.raises(ThreadEnded, match="webhooks"):
        threads.check()
    stop.set()
    threads.check()
