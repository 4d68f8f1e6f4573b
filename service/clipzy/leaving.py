"""Ends a process in bounded time, whatever its threads wait for: one that waits for a server that hangs cannot be interrupted."""

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
    """Call the closers in order, but wait for them no longer than `within_s` seconds: a server may hang."""

    def close_all() -> None:
        for each in closers:
            each()

    closing = threading.Thread(target=close_all, name="close", daemon=True)
    closing.start()
    closing.join(within_s)


def leave(hanging_s: float, code: int = 0) -> None:
    """Return once all threads have ended; where some have not within `hanging_s` seconds, end the process with that code. Call it last.

    At its end the interpreter waits for every thread that is not a daemon, such as those of the API's routes, for as long as storage or
    database hang, and those in which a worker looks up a webhook's host. The clients of such routes have been answered 503, or have left.
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
