"""APIs that run, and videos to send them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest
import structlog

from api.rest import Service, serving
from clipzy.jobs.engine import prepare_database
from synth import noise, numbered_frames, write_video


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Log lines go where pytest sees them, traces without the values of every variable, which take seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory) -> Path:
    """A database file without rows, to be copied."""
    path = tmp_path_factory.mktemp("database") / "fresh.db"
    prepare_database(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def service(tmp_path_factory, fresh_database) -> Iterator[Service]:
    """One API for all tests that can live with each other's rows."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database, max_file_size_mb=1) as running:
        yield running


@pytest.fixture(scope="session")
def client(service) -> httpx.Client:
    """A client of that API."""
    return service.client


@pytest.fixture
def own_service(tmp_path, fresh_database):
    """Makes an API that no other test sees, with settings of its own."""
    return lambda **changes: serving(tmp_path, fresh_database, **changes)


@pytest.fixture(scope="session")
def clips(tmp_path_factory) -> Path:
    """A folder with one second of video in each accepted container, named by it."""
    folder = tmp_path_factory.mktemp("clips")
    for kind in ("mp4", "mov", "avi", "mkv", "webm"):
        write_video(folder / f"clip.{kind}", numbered_frames(12, (160, 90)), rate=Fraction(12), audio=noise(1.0))
    write_video(folder / "turned.mp4", numbered_frames(5, (160, 90)), rate=Fraction(5), rotation=90)
    return folder
