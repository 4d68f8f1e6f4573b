"""How workers end that fail by themselves, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clipzy.jobs import queue_internals, worker

TESTS = Path(__file__).parents[1]

FAILING = """
import sys, threading
import sqlalchemy as sa
from clipzy.jobs import heartbeat, webhooks, worker
from clipzy.storage.database import open_database
from clipzy.storage.tables import workers
from clipzy.telemetry import configure_logging
from tiny_stages import STAGE_FUNCTIONS, NoNetworks
from workshop import settings_in
from pathlib import Path

settings = settings_in(Path(sys.argv[1]), heartbeat_interval_s=0.05)
configure_logging(settings)
begin = threading.Thread.start

def fail_to_write(_heartbeat):
    raise sa.exc.OperationalError("INSERT", {}, Exception("the disk is full"))

def fail_to_begin(thread):
    if thread.name == "retention":
        raise RuntimeError("can't start new thread")
    begin(thread)

def fail_at_work(_sender, _stop):
    raise ValueError("a row that nobody foresaw")

for owner, name, fault in (
    (heartbeat.Heartbeat, "beat", fail_to_write),
    (threading.Thread, "start", fail_to_begin),
    (webhooks.WebhookSender, "run", fail_at_work),
):
    sound = getattr(owner, name)
    setattr(owner, name, fault)
    try:
        worker.run_worker(settings, NoNetworks, stage_functions=STAGE_FUNCTIONS)
    except Exception as error:
        print(f"{type(error).__name__}: {error}".splitlines()[0])
    setattr(owner, name, sound)
    database = open_database(settings.resolved_database_url)
    with database.connect() as connection:
        print("workers:", connection.scalar(sa.select(sa.func.count()).select_from(workers)))
    print("threads:", [each.name for each in threading.enumerate() if each.name in ("webhooks", "retention")])
    print("queue:", worker.load_dbos()._dbos._dbos_global_instance)
"""


def test_a_worker_stops_once_the_queue_has_written_how_its_jobs_ended(monkeypatch):
    """Its connections are taken away next; a job that does not end in time is left to the next worker."""
    looks = [{"job_a", "job_b"}, {"job_b"}, set()]
    monkeypatch.setattr(queue_internals, "running_here", lambda _queue: looks.pop(0))
    assert worker._wait_until_idle(None)
    assert not looks
    monkeypatch.setattr(worker, "STOPPING_S", 0.0)
    monkeypatch.setattr(queue_internals, "running_here", lambda _queue: {"job_b"})
    assert not worker._wait_until_idle(None)


NOTHING = ["workers: 0", "threads: []", "queue: None"]


def test_a_worker_that_fails_says_why_and_leaves_nothing(tmp_path):
    """At its first write, where no thread is left, or once its webhooks' thread is gone: it ends what it had begun, and nothing that had not begun."""
    done = subprocess.run(
        [sys.executable, "-c", FAILING, tmp_path], cwd=TESTS, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        *("OperationalError: (builtins.Exception) the disk is full", *NOTHING),
        *("RuntimeError: can't start new thread", *NOTHING),
        *("ThreadEnded: a thread of the worker has ended: webhooks", *NOTHING),
    ], done.stderr
