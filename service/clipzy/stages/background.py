"""Works on the sources of a stage in the background: the next one while the last is still being analysed, or all side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event
from typing import TypeVar

from clipzy.machine.processors import available_processors
from clipzy.stages.shares import Report

# On fewer processors more than two steps side by side slow each other down, and the networks' threads wait for one another
ROOMY = 6

T = TypeVar("T")


class Stopped(Exception):
    """Ends a task whose result nobody needs any more."""


@contextmanager
def started(tasks: Sequence[Callable[[Report], T]], at_once: int = 1) -> Iterator[list[Future[T]]]:
    """Run tasks in threads, in order, `at_once` at a time; leaving the block, for whatever reason, ends those that still run.

    Each task gets a reporter and has to call it now and then with the share it has done: that is where it is stopped.
    """
    stop = Event()

    def listen(_share: float) -> None:
        if stop.is_set():
            raise Stopped

    with ThreadPoolExecutor(at_once, "background") as pool:
        # each in a copy of the context, so that log lines name the job
        running = [pool.submit(copy_context().run, task, listen) for task in tasks]
        try:
            yield running
        finally:
            stop.set()
            for each in running:
                each.cancel()


def roomy() -> bool:
    """Whether there are enough processors to run all steps of an analysis, and two analyses, side by side."""
    return available_processors() >= ROOMY
