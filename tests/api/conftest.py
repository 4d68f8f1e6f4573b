"""APIs that run, and videos to send them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from api.rest import Service, logging_plainly, serving
from synth import noise, numbered_frames, write_video


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Where pytest sees it."""
    with logging_plainly():
        yield


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
