"""Work on the sources of a stage in the background: the next one while the last is still being looked at, or all side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event
from typing import TypeVar

from clipzy.machine.processors import available_processors
from clipzy.stages.shares import Report

# on fewer, more than two steps side by side take each other's processors, and the networks' threads wait for one another
ROOMY = 6  # processors
LISTENING_S = 0.2

T = TypeVar("T")


class Stopped(Exception):
    """Ends a task that nobody waits for any longer."""


@contextmanager
def started(tasks: Sequence[Callable[[Report], T]], at_once: int = 1) -> Iterator[list[Future[T]]]:
    """Run tasks in threads, in order, so many at once; leaving the block, for whatever reason, ends those that still run.

    Each task is given a reporter that it has to call now and then with the share it has done: there it is stopped.
    """
    stop = Event()

    def listen(_share: float) -> None:
        if stop.is_set():
            raise Stopped

    with ThreadPoolExecutor(at_once, "background") as pool:
        # in a copy of the context each, so that what the threads log says which job it belongs to
        running = [pool.submit(copy_context().run, task, listen) for task in tasks]
        try:
            yield running
        finally:
            stop.set()
            for each in running:
                each.cancel()


def roomy() -> bool:
    """Whether this machine has processors enough to take all steps of an analysis side by side, and two analyses."""
    return available_processors() >= ROOMY


def awaited(task: Future[T], still_wanted: Report) -> T:
    """The answer of a task that another task waits for, for as long as that one is wanted itself."""
    while not task.done():
        wait([task], LISTENING_S)
        still_wanted(0.0)
    return task.result()
