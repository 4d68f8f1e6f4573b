"""Ends a process that tests have started when the process of the tests is gone, however it ended.

`python watcher.py PID SIGNAL FOLDER` with standard input from the process of the tests, which its end closes. Unlike the
kernel's own signal on a parent's death, this also reaches what runs as another user, and does not depend on the thread
that started it.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

GRACE_S = 30.0  # to end in order


def watch(process: subprocess.Popen, number: int, folder: Path | None = None) -> subprocess.Popen:
    """A watcher of a process, which gets that signal, then SIGKILL; its folder is removed. `communicate` ends the watcher."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(process.pid), str(int(number)), str(folder or "")],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # what is sent to all processes of the tests does not end it
    )


def main(pid: int, number: int, folder: str) -> None:
    """Wait for the end of either."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    if process in select.select([sys.stdin, process], [], [])[0]:
        return
    for each in (number, signal.SIGKILL):
        signal.pidfd_send_signal(process, each)
        if select.select([process], [], [], GRACE_S)[0]:
            break
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
