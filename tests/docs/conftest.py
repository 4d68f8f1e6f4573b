"""A real API for each page, two videos beside it, and somebody who brings its jobs to their ends."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from api.rest import Service, logging_plainly, serving
from clients.python.hands import working
from clipzy.api import events, following
from clipzy_client import Client, Polling
from docs.playing import Player
from synth import numbered_frames, write_video


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Also after a command of the page has put it elsewhere."""
    with logging_plainly():
        yield


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """Half a second of video."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    return write_video(path, numbered_frames(6, (160, 90)), rate=Fraction(12))


@pytest.fixture
def service(tmp_path, fresh_database, monkeypatch) -> Iterator[Service]:
    """An API in the folder where the page's commands run, as `clipzy up` would have it there."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(following, "LOOK_S", 0.01)
    monkeypatch.setattr(events, "RECONNECT_MS", 10)
    data = tmp_path / "data"
    with serving(tmp_path, fresh_database, data_path=data, local_storage_path=data / "storage") as running:
        yield running


@pytest.fixture
def player(service, tmp_path, clip, monkeypatch, capsys) -> Iterator[Player]:
    """Plays a page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPZY_URL", service.url)
    monkeypatch.delenv("CLIPZY_TOKEN", raising=False)
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "polling", Polling(first_s=0.01))
    for name in ("template.mp4", "footage.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    with working(service):
        yield Player(service, tmp_path, capsys, monkeypatch)
