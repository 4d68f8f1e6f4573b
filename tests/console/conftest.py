"""A real Chromium on the console of a real API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

import synth
from api.rest import Service, logging_plainly, serving
from clipzy.api import events, following
from clipzy.storage import tables
from console.chromium import launched
from console.patience import PATIENCE_MS
from synth import numbered_frames, write_video

DESKTOP = {"width": 1280, "height": 900}
expect.set_options(timeout=PATIENCE_MS)  # a context's own time-outs do not hold for it


@dataclass
class Witness:
    """What went wrong in a page without anybody asking. `allowed`: a pattern of complaints that a test means to cause."""

    host: str
    allowed: str | None = None
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", lambda message: message.type in {"error", "warning"} and self.complain(message.text))
        page.on("pageerror", lambda error: self.complain(f"uncaught: {error}"))
        page.on("request", lambda request: self.look(request.url))

    def complain(self, text: str) -> None:
        """Remember what no test meant to cause."""
        if self.allowed is None or not re.search(self.allowed, text):
            self.complaints.append(text)

    def look(self, url: str) -> None:
        """Whether a request goes where it should."""
        parts = urlsplit(url)
        if parts.scheme not in {"blob", "data"} and parts.netloc != self.host:
            self.complaints.append(f"asked another host: {url}")


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Where pytest sees it."""
    with logging_plainly():
        yield


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium; for this folder alone, since Playwright keeps this thread's event loop to itself while it runs."""
    with sync_playwright() as playwright, launched(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="package")
def common(browser) -> BrowserContext:
    """For pages that ask for no context of their own: it keeps the console's files, and no page's state."""
    return browser.new_context(viewport=DESKTOP)


@pytest.fixture
def visit(browser, common):
    """Opens the console of a URL at an address; in the end nothing may have gone wrong in any page that nobody meant."""
    pages, contexts, witnesses = [], [], []

    def open_page(url: str, address: str = "#/", *, allowed: str | None = None, **options) -> Page:
        if options:
            contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        page = (contexts[-1] if options else common).new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE_MS)
        witness = Witness(urlsplit(url).netloc, allowed)
        witness.watch(page)
        witnesses.append(witness)
        page.goto(f"{url}/{address}")
        page.locator("main:not([aria-busy=true]) > *").first.wait_for()
        return page

    yield open_page
    for opened in (*pages, *contexts):
        opened.close()
    complaints = [complaint for witness in witnesses for complaint in witness.complaints]
    assert not complaints, complaints


@pytest.fixture(scope="package", autouse=True)
def quick() -> Iterator[None]:
    """Services look at their jobs often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "LOOK_S", 0.02)
        patch.setattr(events, "RECONNECT_MS", 50)
        yield


@pytest.fixture
def own_service(tmp_path, fresh_database):
    """Makes an API that no other test sees, with settings of its own."""
    return lambda **changes: serving(tmp_path / "own", fresh_database, **changes)


@pytest.fixture(scope="package")
def shared_service(tmp_path_factory, fresh_database) -> Iterator[Service]:
    """One without tokens, for all tests: from one address a browser asks for the console's files once."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database) as running:
        yield running


@pytest.fixture
def service(shared_service) -> Service:
    """The same, empty when a test begins."""
    with shared_service.store.database.begin() as connection:
        for table in (tables.webhook_deliveries, tables.idempotency_keys, tables.jobs, tables.videos):
            connection.execute(table.delete())
    return shared_service


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """A second of video that any browser plays."""
    path = tmp_path_factory.mktemp("clips") / "holiday.mp4"
    return write_video(path, numbered_frames(12, (160, 90)), rate=Fraction(12))


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """Two warm shots over drums, 3 s; no test elsewhere has had them analysed."""
    shots = [[synth.graded(p, warmth=0.8) for p in synth.moving_texture(36, seed=seed, dx=0.5)] for seed in (5, 6)]
    path = tmp_path_factory.mktemp("media") / "template.mp4"
    drums = synth.drum_track(120, 3.0).audio
    return write_video(path, synth.edit(shots).frames, rate=Fraction(24), audio=drums, sample_rate=44100)


@pytest.fixture(scope="session")
def footage(tmp_path_factory) -> Path:
    """A cool shot with sound, 2 s."""
    frames = (synth.graded(p, warmth=-0.5) for p in synth.moving_texture(60, seed=7, dx=1.0))
    path = tmp_path_factory.mktemp("media") / "footage.mp4"
    return write_video(path, frames, rate=Fraction(30), audio=synth.sine(440, 2.0, peak_dbfs=-20))
