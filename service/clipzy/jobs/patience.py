"""Waits for a database or an object storage that is away for a moment: no job is lost because a server was restarted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from clipzy.errors import StorageUnavailable
from clipzy.storage.database import AWAY
from clipzy.telemetry import log

T = TypeVar("T")

PATIENCE_S = 60.0
PAUSE_S = 0.5


def patiently(ask: Callable[[], T], check: Callable[[], None], patience_s: float = PATIENCE_S) -> T:
    """Ask the database or the object storage, again and again while it does not answer.

    `ask` must leave nothing behind when it fails, as a transaction does. `check` is called before each further try;
    what it raises, because nobody waits for the answer any more, ends the waiting.

    Raises:
        sqlalchemy.exc.OperationalError, StorageUnavailable: it stayed away for `patience_s` seconds, from its first failure on.
    """
    until: float | None = None
    while True:
        try:
            return ask()
        except (*AWAY, StorageUnavailable) as error:
            # counted from the first failure: a large file has long been under way when its storage goes away
            until = time.monotonic() + patience_s if until is None else until
            if time.monotonic() + PAUSE_S > until:
                raise
            if isinstance(error, StorageUnavailable):
                log.warning(
                    "the object storage does not answer; it is asked again", error=str(error.__cause__ or error)
                )
            else:
                log.warning("the database does not answer; it is asked again", error=str(error))
        time.sleep(PAUSE_S)
        check()
