"""How workers end that were never ready, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

FAILING = """
import sys, threading
import sqlalchemy as sa
from clipzy.jobs import heartbeat, worker
from clipzy.storage.database import open_database
from clipzy.storage.tables import workers
from tiny_stages import STAGE_FUNCTIONS, NoNetworks
from workshop import settings_in
from pathlib import Path

settings = settings_in(Path(sys.argv[1]))
begin = threading.Thread.start

def fail_to_write(_heartbeat):
    raise sa.exc.OperationalError("INSERT", {}, Exception("the disk is full"))

def fail_to_begin(thread):
    if thread.name == "retention":
        raise RuntimeError("can't start new thread")
    begin(thread)

for owner, name, fault in (
    (heartbeat.Heartbeat, "beat", fail_to_write),
    (threading.Thread, "start", fail_to_begin),
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

NOTHING = ["workers: 0", "threads: []", "queue: None"]


def test_a_worker_that_fails_while_it_starts_says_why_and_leaves_nothing(tmp_path):
    """At its first write, or where no thread is left: it ends what it had begun by then, and nothing that had not begun."""
    done = subprocess.run(
        [sys.executable, "-c", FAILING, tmp_path], cwd=TESTS, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        *("OperationalError: (builtins.Exception) the disk is full", *NOTHING),
        *("RuntimeError: can't start new thread", *NOTHING),
    ], done.stderr
