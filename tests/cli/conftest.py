"""The command line in this process, against a real API whose jobs are moved by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from api.rest import Service, logging_plainly, serving
from clients.python.hands import Hands, working
from clipzy.api import events, following
from clipzy.cli.app import run_command_line
from clipzy_client import settings as client_settings
from synth import numbered_frames, write_video


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> Iterator[None]:
    """Not to the stdout that is looked at."""
    with logging_plainly():
        yield


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """A folder of its own, a narrow terminal, no proxy; a service that looks often and is soon asked again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("CLIPZY_TOKEN", raising=False)
    monkeypatch.setattr(following, "LOOK_S", 0.01)
    monkeypatch.setattr(events, "RECONNECT_MS", 10)
    monkeypatch.setattr(client_settings.random, "random", lambda: 0.0)  # of the pauses between tries


@dataclass(frozen=True)
class Said:
    """What a command ended with and printed."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on stdout."""
        return json.loads(self.out)


@pytest.fixture
def clipzy(monkeypatch, capsys):
    """Runs `clipzy` with these arguments, in this process; never with a trace of Python."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["clipzy", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_command_line()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Said(ended.value.code or 0, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def shared_service(tmp_path_factory, fresh_database) -> Iterator[Service]:
    """One API for all tests that can live with each other's rows."""
    with serving(tmp_path_factory.mktemp("service"), fresh_database, max_file_size_mb=8) as running:
        yield running


@pytest.fixture
def service(shared_service, monkeypatch) -> Service:
    """The shared API, where `clipzy` finds it."""
    monkeypatch.setenv("CLIPZY_URL", shared_service.url)
    return shared_service


@pytest.fixture
def own_service(tmp_path, fresh_database, monkeypatch):
    """Makes an API that no other test sees, with settings of its own, where `clipzy` finds it."""

    @contextmanager
    def make(**changes):
        with serving(tmp_path / "own", fresh_database, **changes) as running:
            monkeypatch.setenv("CLIPZY_URL", running.url)
            yield running

    return make


@pytest.fixture
def hands(service) -> Iterator[Hands]:
    """Somebody who brings the shared API's jobs to their ends."""
    with working(service) as them:
        yield them


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """Half a second of video, under a name that markup could trip over."""
    path = tmp_path_factory.mktemp("clips") / "my [bold] clip.mp4"
    return write_video(path, numbered_frames(6, (160, 90)), rate=Fraction(12))


@pytest.fixture(scope="session")
def other_clip(tmp_path_factory) -> Path:
    """Another one."""
    path = tmp_path_factory.mktemp("clips") / "other.mp4"
    return write_video(path, numbered_frames(8, (160, 90)), rate=Fraction(12))
