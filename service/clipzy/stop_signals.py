"""SIGTERM and SIGINT for what runs until it is asked to stop, as an event to wait for."""

from __future__ import annotations

import signal
import threading
from queue import SimpleQueue


def stop_event() -> threading.Event:
    """An event that SIGTERM and SIGINT set, from now on. For the main thread.

    A handler runs between any two steps of the main thread, also inside the event's own lock, which it would wait for
    for ever. So it only puts the signal on a queue, which may be done anywhere, and a thread sets the event.
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
