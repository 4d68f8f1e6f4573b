"""Programs that run until a signal asks them to stop, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent

# each is asked while it holds the lock of the event that it waits for
ASKED_AT_THE_WORST_STEP = """
import os, signal, sys, threading
from pathlib import Path

from clipzy.cli import up
from clipzy.inference import server
from clipzy.jobs import worker
from workshop import settings_in

wait = threading.Condition.wait

def asked_to_stop(condition, timeout=None):
    thread_that_starts = sys._getframe(2).f_globals is vars(threading)
    if threading.current_thread() is threading.main_thread() and not thread_that_starts:
        threading.Condition.wait = wait
        os.kill(os.getpid(), number)
    return wait(condition, timeout)

settings = settings_in(Path(sys.argv[1]), model_repository_path=Path(sys.argv[1]))
up.commands, up._announce, up.prepare_database = lambda settings: [], lambda *_: None, lambda *_: True
up.check_ports = lambda *_: None
worker.prepare_database, worker.Folders.sweep = lambda *_: True, lambda *_: None
worker._work = lambda settings, executor, name, stop, interval_s, pulse: stop.wait()
server.TritonServer.start = server.TritonServer.wait_ready = server.TritonServer.ailment = lambda *_, **__: None
for number in (signal.SIGTERM, signal.SIGINT):
    for name, program in (
        ("up", lambda: up.run_all(settings)),
        ("worker", lambda: worker.run_worker(settings, None)),
        ("triton", lambda: server.run_foreground(settings)),
    ):
        threading.Condition.wait = asked_to_stop
        program()
        assert threading.Condition.wait is wait
        print(name, number.name, flush=True)
"""


def test_programs_stop_when_they_are_asked_to_whatever_they_are_at(tmp_path):
    """Also in the middle of waiting for that, where a handler that sets the event would wait for itself."""
    done = subprocess.run(
        [sys.executable, "-c", ASKED_AT_THE_WORST_STEP, tmp_path],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    programs = ("up", "worker", "triton")
    assert done.stdout.splitlines() == [f"{name} {number}" for number in ("SIGTERM", "SIGINT") for name in programs]
