"""The system's Chromium, alone with this machine: it reports nothing and updates nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright

FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",  # nothing between a test and its server
)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A running Chromium, closed in the end."""
    path = shutil.which("chromium")
    assert path, "no chromium on this machine: apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
    try:
        yield browser
    finally:
        browser.close()
