"""The end of a process whose threads hang."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from clipzy import leaving

HANGING = """
import threading, time
from clipzy import leaving
threading.Thread(target=time.sleep, args=({seconds},)).start()
leaving.leave({patience})
print("left", flush=True)
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
