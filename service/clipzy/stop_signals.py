"""SIGTERM and SIGINT as an event to wait for, for programs that run until they are asked to stop."""

from __future__ import annotations

import signal
import threading
from queue import SimpleQueue


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set, from now on. For the main thread.

    A handler interrupts the main thread anywhere, also while that holds the event's own lock: setting the event there would
    wait for ever. So the handler only puts the signal on a queue, which is safe anywhere, and a thread sets the event.
    """
    stop = threading.Event()
    asked: SimpleQueue[int] = SimpleQueue()

    def pass_on() -> None:
        asked.get()
        stop.set()

    threading.Thread(target=pass_on, name="stop", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.put(number))
    return stop
