"""What a worker does beside its jobs, each in a thread of its own: sends webhooks, sweeps what is old."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from clipzy.telemetry import log


class ThreadEnded(RuntimeError):
    """A thread ended that should have gone on as long as its worker."""


class WorkerThreads:
    """Threads that run until `stop` is set; none of them may end before, in silence, while the worker seems sound."""

    def __init__(self, stop: threading.Event, **tasks: Callable[[], None]) -> None:
        """`tasks`: by their threads' names; each returns soon after `stop` is set. None begins yet."""
        self._stop = stop
        self.all = tuple(
            threading.Thread(target=partial(_run, name, task), name=name, daemon=True) for name, task in tasks.items()
        )

    def check(self) -> None:
        """Do nothing while all that began are at work.

        Raises:
            ThreadEnded: one is not, and nobody asked it to end. A supervisor then restarts this worker.
        """
        ended = [each.name for each in self.all if not each.is_alive()]
        if ended and not self._stop.is_set():
            raise ThreadEnded(f"a thread of the worker has ended: {', '.join(ended)}")


def _run(name: str, task: Callable[[], None]) -> None:
    try:
        task()
    except Exception:  # noqa: BLE001 (`WorkerThreads.check` ends the worker; this says why in the log's own form)
        log.exception("a thread of the worker failed", thread=name)
