"""Processes that tests start: signals reach them, and none is left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENDING = signal.SIGINT, signal.SIGHUP, signal.SIGTERM


@contextmanager
def started(*command: object, **options: object) -> Iterator[subprocess.Popen]:
    """A process; where it still runs in the end, however that comes, it is killed."""
    with subprocess.Popen([str(part) for part in command], **options) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def named_within_a_letter(folder: Path) -> Iterator[subprocess.Popen]:
    """A process of whose name the kernel, which keeps fifteen bytes, has cut the last letter in two."""
    program = folder / ("ü" * 9)
    shutil.copy(shutil.which("sleep"), program)
    with started(program, 60) as process:
        wait_for_name(process.pid, b"\xc3\xbc" * 7 + b"\xc3")
        yield process


def wait_for_name(pid: int, name: bytes) -> None:
    """Until a process that was just started is called so: for a moment after its program's start it has its parent's name."""
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}/comm").read_bytes().strip() != name:
        assert time.monotonic() < deadline, f"process {pid} is never called {name!r}"
        time.sleep(0.001)


def stand_still(pid: int) -> None:
    """Stop a process, and wait until each of its threads stands: for a moment after the signal some run on, and answer."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 20
    while any(state(task) != "T" for task in Path(f"/proc/{pid}/task").iterdir()):
        assert time.monotonic() < deadline, f"process {pid} does not stop"
        time.sleep(0.001)


def state(task: Path) -> str:
    """What a thread does, in proc's letter."""
    return (task / "stat").read_text().rpartition(") ")[2][0]


def ignore_alone() -> None:
    """Of the signals that this process ignores, as under `nohup` and in the background, let those that it starts be ended.

    A program that is started inherits what is ignored, but no handler, even one that does nothing.
    """
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
