"""The end of a process whose threads hang."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clipzy import leaving

TESTS = Path(__file__).parent
HANGING = """
import threading, time
from clipzy import leaving
threading.Thread(target=time.sleep, args=({seconds},)).start()
leaving.leave({patience})
print("left", flush=True)
"""

LOOKING_UP = """
import asyncio, socket, sys, time
from contextlib import closing, suppress
from pathlib import Path
import httpcore
from clipzy import wiring
from clipzy.jobs.url_guard import GuardedBackend
from workshop import settings_in

async def look_up():
    with closing(GuardedBackend(())) as backend, suppress(httpcore.ConnectError):
        await backend.connect_tcp("slow.example", 80, timeout=0.05)

socket.getaddrinfo = lambda *_, **__: time.sleep(600)
wiring.HANGING_S = 0.05
wiring.run_worker = lambda *_, **__: asyncio.run(look_up())
wiring.work(settings_in(Path(sys.argv[1]), hardware_decoding="off"))
"""


@pytest.mark.parametrize(
    ("seconds", "patience", "goes_on"), [(600, 0.05, False), (0.05, 60, True)], ids=["hangs", "ends soon"]
)
def test_a_process_is_left_without_the_threads_that_hang(seconds, patience, goes_on):
    """As done; where all threads end by themselves it goes on to its own end."""
    code = HANGING.format(seconds=seconds, patience=patience)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ("left" in ended.stdout) is goes_on
    assert ("hangs" in ended.stdout + ended.stderr) is not goes_on


def test_closing_waits_for_no_server_that_hangs():
    """What comes before it was closed."""
    released, closed = threading.Event(), []
    try:
        leaving.close(lambda: closed.append("queue"), lambda: released.wait(60) and None, within_s=0.05)
    finally:
        released.set()
    assert closed == ["queue"]


def test_a_strangers_name_server_keeps_no_worker_from_ending(tmp_path):
    """A lookup cannot be interrupted, and its thread would be waited for."""
    code = [sys.executable, "-c", LOOKING_UP, tmp_path]
    ended = subprocess.run(code, cwd=TESTS, capture_output=True, text=True, check=True, timeout=60)
    assert "hangs" in ended.stdout + ended.stderr
