"""Folders that killed Triton servers leave in /tmp."""

from __future__ import annotations

import os
import shutil
import signal
import time

import pytest

import processes
from clipzy.inference import environments, server
from clipzy.inference.environments import sweep_environments
from probe import probe_server


@pytest.fixture
def leave(tmp_path):
    """Makes a folder as a server does that was started so many seconds ago."""

    def make(name, ago_s=0.0):
        folder = tmp_path / f"python_env_{name}"
        folder.mkdir()
        os.utime(folder, (time.time() - ago_s,) * 2)
        return folder

    return make


@pytest.fixture
def started(tmp_path, monkeypatch):
    """A process that is taken for a server, as no other is that runs here."""
    monkeypatch.setattr(environments, "SERVER", "called-so")
    shutil.copy(shutil.which("sleep"), tmp_path / "called-so")
    with processes.started(tmp_path / "called-so", 60) as process:
        processes.wait_for_name(process.pid, b"called-so")
        yield process


@pytest.mark.usefixtures("started")
def test_what_is_none_of_a_servers_stays(leave, tmp_path):
    """Folders with something in them, those of other names, files."""
    leave("aB3dE6", ago_s=1e6)
    used = leave("aB3dE7") / "bin"
    used.mkdir()
    os.utime(used.parent, (1, 1))
    longer = leave("aB3dE6x", ago_s=1e6)
    file = tmp_path / "python_env_a_file"
    file.touch()
    os.utime(file, (1, 1))
    sweep_environments(tmp_path)
    assert {path.name for path in tmp_path.glob("python_env*")} == {used.parent.name, longer.name, file.name}


def test_what_a_living_server_may_have_made_stays_until_it_is_gone(leave, tmp_path, started):
    """Told by when both began: a folder that is older than the server is none of its own."""
    own, older = leave("aB3dE6"), leave("aB3dE7", ago_s=3600)
    sweep_environments(tmp_path)
    assert (own.exists(), older.exists()) == (True, False)
    started.kill()
    started.wait()
    sweep_environments(tmp_path)
    assert not own.exists()


def test_the_folder_of_a_real_server_is_one_of_those(monkeypatch, tmp_path):
    """Where they are looked for, by that name, empty, and its own as long as it lives; a server that is killed has them swept."""
    swept = []
    monkeypatch.setattr(server, "sweep_environments", lambda: swept.append(running.pid))
    before = time.time()
    running = probe_server(log_path=tmp_path / "log")
    running.start()
    try:
        running.wait_ready()
        made = [each for each in environments.MADE_IN.glob(environments.NAME) if each.stat().st_mtime >= before]
        sweep_environments()
        assert any(each.exists() for each in made)
        os.kill(running.pid, signal.SIGKILL)
    finally:
        running.stop()
    assert swept == [None, None]
