"""The check that has Triton started again when one of its models has died."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ALIVE = Path(__file__).parents[2] / "model_repository" / "alive.py"


@pytest.fixture
def alive(monkeypatch):
    """The script as a module."""
    # nothing is left among the models
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("alive", ALIVE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def models(tmp_path):
    """A repository of two models, named as those of no other server on this machine, and a file beside them."""
    for name in ("well", "dying"):
        (tmp_path / name / "1").mkdir(parents=True)
        (tmp_path / name / "config.pbtxt").touch()
    (tmp_path / "alive.py").touch()
    return tmp_path


def test_a_model_without_a_process_is_named(alive, models, tmp_path):
    """With real processes, called as the Python backend calls them."""
    stub = tmp_path / "triton_python_backend_stub"
    shutil.copy(shutil.which("tail"), stub)

    def start(model):
        source = models / model / "1" / "model.py"
        source.touch()
        return subprocess.Popen([stub, source, "-f", "/dev/null"], stdout=subprocess.DEVNULL)

    running = [start("well"), start("dying")]
    try:
        deadline = time.monotonic() + 10
        while alive.ailment(models) is not None:  # for a moment after its start a process has no arguments yet
            assert time.monotonic() < deadline
            time.sleep(0.01)
        running[1].kill()
        running[1].wait()
        assert alive.ailment(models) == "no process of dying"
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_a_server_that_does_not_answer_is_told(alive, monkeypatch):
    """In a sentence, with an exit code that Kubernetes understands."""
    monkeypatch.setattr(alive, "LIVE", "http://127.0.0.1:9/v2/health/live")
    with pytest.raises(SystemExit, match="does not answer"):
        alive.main()
