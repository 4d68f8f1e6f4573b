"""Ends a process in bounded time, whatever its threads wait for: nothing interrupts one that asks a server which hangs."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable

from clipzy.telemetry import log

CLOSING_S = 5.0  # for connections to be given back


def close(*closers: Callable[[], None], within_s: float = CLOSING_S) -> None:
    """Call them in order, and wait for that no longer than `within_s` seconds: a server that hangs takes no goodbye."""

    def close_all() -> None:
        for each in closers:
            each()

    closing = threading.Thread(target=close_all, name="close", daemon=True)
    closing.start()
    closing.join(within_s)


def leave(hanging_s: float, code: int = 0) -> None:
    """To be called last of all. Return where all threads end within `hanging_s` seconds; else end the process here, with that code.

    The interpreter waits for every thread that is not a daemon. Those of the API's routes are none, and wait as long as the storage
    or the database does; whoever asked was told 503, or has left. Nor are those of a worker that look up a webhook's host.
    """
    deadline = time.monotonic() + hanging_s
    threads = [each for each in threading.enumerate() if not each.daemon and each is not threading.current_thread()]
    for each in threads:
        each.join(max(deadline - time.monotonic(), 0.0))
    hanging = sum(each.is_alive() for each in threads)
    if not hanging:
        return
    log.warning("the process ends while some of its threads still wait for a server that hangs", threads=hanging)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
