"""The check that has Triton started again when one of its models has died."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clipzy.inference.model_processes import children
from clipzy.inference.server import TritonServer
from ports import free_port
from probe import REPOSITORY, eventually, running

ALIVE = Path(__file__).parents[2] / "model_repository" / "alive.py"


@pytest.fixture
def alive(monkeypatch):
    """The script as a module."""
    # nothing is left among the models
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("alive", ALIVE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SERVER_PID", 2**30)  # no process: here 1 is no server
    monkeypatch.setattr(sys, "argv", ["alive.py"])
    return module


def test_a_model_without_a_process_is_named(alive, tmp_path):
    """With real processes, called as the Python backend calls them."""
    stub = tmp_path / "triton_python_backend_stub"
    shutil.copy(shutil.which("tail"), stub)

    def start(model):
        source = tmp_path / model / "1" / "model.py"
        source.parent.mkdir(parents=True)
        source.touch()
        return subprocess.Popen([stub, source, "-f", "/dev/null"], stdout=subprocess.DEVNULL)

    # named as those of no other server on this machine
    processes, wanted = [start("well"), start("dying")], {"well": 1, "dying": 1}
    try:
        deadline = time.monotonic() + 60
        while alive.ailment(wanted) is not None:  # for a moment after its start a process has no arguments yet
            assert time.monotonic() < deadline
            time.sleep(0.01)
        processes[1].kill()
        processes[1].wait()
        assert alive.ailment(wanted) == "no process of dying"
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def two(alive, tmp_path, monkeypatch):
    """A real server that has two processes of a model, as on two GPUs; it is the script's."""
    name = "two_instances"  # as on no other server on this machine
    models = tmp_path / "models"
    (models / name).mkdir(parents=True)
    (models / name / "1").symlink_to(REPOSITORY / "probe" / "1")
    config = (REPOSITORY / "probe" / "config.pbtxt").read_text().replace('"probe"', f'"{name}"')
    assert "{ kind: KIND_CPU }" in config
    (models / name / "config.pbtxt").write_text(config.replace("{ kind: KIND_CPU }", "{ kind: KIND_AUTO count: 2 }"))
    http_port = free_port()
    monkeypatch.setattr(alive, "SERVER", f"http://127.0.0.1:{http_port}/v2")
    monkeypatch.setattr(alive, "MODELS", models)
    ports = {"grpc_port": free_port(), "http_port": http_port}
    with running(TritonServer(models, tmp_path, log_path=tmp_path / "log", **ports)) as server:
        monkeypatch.setattr(alive, "SERVER_PID", server.pid)
        yield server


def lose_one(server):
    """One of its model's processes is killed, as for want of memory."""
    pid = next(iter(children(server.pid)))
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: pid not in children(server.pid))


def test_one_of_a_models_processes_that_dies_is_missed(alive, two, monkeypatch, tmp_path):
    """Half of the calls fail once one of two has died, while the other lives on; Kubernetes, which is told, is left to act."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # has no business between the two
    with pytest.raises(SystemExit) as healthy:
        alive.main()
    assert healthy.value.code is None
    lose_one(two)
    with pytest.raises(SystemExit, match=r"^only 1 of 2 processes of two_instances$"):
        alive.main()
    assert not eventually(lambda: "Signal (15)" in (tmp_path / "log").read_text(), within_s=1)


def test_a_server_with_a_dead_model_is_ended_where_docker_would_leave_it(alive, two, monkeypatch, tmp_path):
    """No sooner: while all is well it stays. Its log says why it ended."""
    monkeypatch.setattr(sys, "argv", ["alive.py", "--end"])
    with pytest.raises(SystemExit) as healthy:
        alive.main()
    assert healthy.value.code is None
    assert not eventually(lambda: "Signal (15)" in (tmp_path / "log").read_text(), within_s=1)
    lose_one(two)
    fault = "only 1 of 2 processes of two_instances"
    with pytest.raises(SystemExit, match=f"^{fault}$"):
        alive.main()
    assert eventually(lambda: "ended" in two.ailment())
    assert "Signal (15)" in (tmp_path / "log").read_text()
    assert f"alive.py: the server is ended, to be started again: {fault}\n" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("group", "count"),
    [
        ({"kind": "KIND_CPU", "count": 1, "gpus": []}, 1),
        ({"kind": "KIND_GPU", "count": 1, "gpus": [0, 1]}, 2),
        ({"kind": "KIND_GPU", "count": 2, "gpus": [0, 1, 2]}, 6),
    ],
    ids=["processor", "one on each of two GPUs", "two on each of three GPUs"],
)
def test_each_gpu_has_as_many_processes_of_a_model(alive, group, count, monkeypatch):
    """As the server lists its groups of instances."""
    monkeypatch.setattr(alive, "_asked", lambda _: json.dumps({"instance_group": [group]}).encode())
    assert alive.instances("probe") == count


def test_a_server_that_does_not_answer_is_told(alive, monkeypatch):
    """In a sentence, with an exit code that Kubernetes understands."""
    monkeypatch.setattr(alive, "SERVER", "http://127.0.0.1:9/v2")
    with pytest.raises(SystemExit, match="does not answer"):
        alive.main()


def test_a_server_that_does_not_answer_is_not_ended(alive, monkeypatch):
    """It may be loading its models for minutes yet."""
    monkeypatch.setattr(alive, "SERVER", "http://127.0.0.1:9/v2")
    monkeypatch.setattr(sys, "argv", ["alive.py", "--end"])
    with subprocess.Popen(["sleep", "60"]) as server:
        monkeypatch.setattr(alive, "SERVER_PID", server.pid)
        with pytest.raises(SystemExit, match="does not answer"):
            alive.main()
        with pytest.raises(subprocess.TimeoutExpired):
            server.wait(0.5)
        server.kill()
