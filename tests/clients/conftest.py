"""A real API for the clients of every language, and media to send it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest

from api.rest import Service, logging_plainly, serving
from clients.python.hands import Hands, working
from clipzy.api import events, following
from synth import numbered_frames, write_video


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Where pytest sees it."""
    with logging_plainly():
        yield


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    """No proxy between a test and its server, and a service that looks at its jobs often and is soon asked again."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(following, "LOOK_S", 0.01)
    monkeypatch.setattr(events, "RECONNECT_MS", 10)


@pytest.fixture(scope="session")
def service(tmp_path_factory, fresh_database) -> Iterator[Service]:
    """One API for all tests that can live with each other's rows."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database, max_file_size_mb=8) as running:
        yield running


@pytest.fixture
def own_service(tmp_path, fresh_database):
    """Makes an API that no other test sees, with settings of its own."""
    numbers = count()
    return lambda **changes: serving(tmp_path / f"own{next(numbers)}", fresh_database, **changes)


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


@pytest.fixture
def hands(service) -> Iterator[Hands]:
    """Somebody who brings the shared API's jobs to their ends."""
    with working(service) as them:
        yield them
