"""How long a page is waited for: always until something holds, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

PATIENCE_MS = 60_000  # some hundred times as long as a page takes by itself: the machine may do much else


def waits_until(holds: Callable[[], bool], page: Page) -> None:
    """Let the page go on until something holds."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
