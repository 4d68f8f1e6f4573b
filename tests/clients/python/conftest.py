"""A real API, and both clients to ask it with: every test that takes `connect` runs on the blocking one and the asynchronous one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import httpx
import pytest
import structlog

from api.rest import Service, serving
from clients.python.driven import Driven
from clients.python.hands import Hands, working
from clipzy.api import events
from clipzy.jobs.engine import prepare_database
from clipzy_client import AsyncClient, Client, Polling, Retries
from synth import numbered_frames, write_video

QUICK = {"retries": Retries(most=3, first_s=0.01), "polling": Polling(first_s=0.01, longest_s=0.02)}


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """The service's log goes where pytest sees it."""
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    """No proxy between a test and its server, and a service that looks at its jobs often and is soon asked again."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(events, "LOOK_S", 0.01)
    monkeypatch.setattr(events, "RECONNECT_MS", 10)


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory) -> Path:
    """A database file without rows, to be copied."""
    path = tmp_path_factory.mktemp("database") / "fresh.db"
    prepare_database(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def service(tmp_path_factory, fresh_database) -> Iterator[Service]:
    """One API for all tests that can live with each other's rows."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database, max_file_size_mb=8) as running:
        yield running


@pytest.fixture
def own_service(tmp_path, fresh_database):
    """Makes an API that no other test sees, with settings of its own."""
    return lambda **changes: serving(tmp_path / "own", fresh_database, **changes)


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """Half a second of video."""
    path = tmp_path_factory.mktemp("clips") / 'a "clip".mp4'
    return write_video(path, numbered_frames(6, (160, 90)), rate=Fraction(12))


@pytest.fixture(scope="session")
def long_clip(clip, tmp_path_factory) -> Path:
    """The same with a box of 7 MB that players pass over: more than the system takes in before anybody reads."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    size = 7_000_000
    path.write_bytes(clip.read_bytes() + size.to_bytes(4) + b"free" + bytes(size - 8))
    return path


@pytest.fixture(scope="session")
def certificates() -> ssl.SSLContext:
    """Those that httpx would read anew for every client, which takes longer than most tests."""
    return httpx.create_ssl_context()


@pytest.fixture(params=[(Client, httpx.Client), (AsyncClient, httpx.AsyncClient)], ids=["blocking", "async"])
def connect(request, certificates):
    """Makes a client of either kind for a URL, driven by plain calls."""
    kind, http_kind = request.param
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        def make(url, **options):
            http = Driven(http_kind(verify=certificates), runner)
            stack.callback(http.close if kind is Client else http.aclose)
            return Driven(kind(url, http=http.target, **{**QUICK, **options}), runner)

        yield make


@pytest.fixture
def client(connect, service):
    """A client of the shared API."""
    return connect(service.url)


@pytest.fixture
def hands(service) -> Iterator[Hands]:
    """Somebody who brings the shared API's jobs to their ends."""
    with working(service) as them:
        yield them
