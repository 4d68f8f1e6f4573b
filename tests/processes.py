"""Processes that tests start: signals reach them, and none is left running."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = signal.SIGINT, signal.SIGHUP, signal.SIGTERM


@contextmanager
def started(*command: object, **options: object) -> Iterator[subprocess.Popen]:
    """A process; where it still runs in the end, however that comes, it is killed."""
    with subprocess.Popen([str(part) for part in command], **options) as process:
        try:
            yield process
        finally:
            process.kill()


def ignore_alone() -> None:
    """Of the signals that this process ignores, as under `nohup` and in the background, let those that it starts be ended.

    A program that is started inherits what is ignored, but no handler, even one that does nothing.
    """
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
