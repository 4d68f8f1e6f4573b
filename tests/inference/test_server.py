import importlib.metadata
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from clipzy.errors import ConfigurationError, InferenceError
from clipzy.inference import installation, server, suspicion, triton
from clipzy.inference.environments import sweep_environments
from clipzy.inference.model_processes import children, end_orphans
from clipzy.inference.server import TritonServer, run_foreground
from clipzy.inference.triton import TritonInference
from clipzy.machine.owners import owner_tag, sweep_orphans
from clipzy.settings import Settings
from ports import free_pair, free_port
from probe import DIE, PROBE, REPOSITORY, SLEEP, eventually, numbers, probe_server, running

TESTS = Path(__file__).parents[1]


def is_alive(pid):
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_stopped_server_leaves_nothing(tmp_path):
    """After the context no process of the server lives, and its shared memory and folder are gone."""
    with probe_server(log_path=tmp_path / "log") as server:
        pids = [server.pid, *children(server.pid)]
        folder = server._folder
        shared = list(Path("/dev/shm").glob(f"{server._shared_memory_prefix}*"))
        assert server.ailment() is None
    assert len(pids) == 2
    assert len(shared) == 1
    assert not any(is_alive(pid) for pid in pids)
    assert not shared[0].exists()
    assert not folder.exists()


def test_regions_between_server_and_models_have_names_that_no_caller_may_register(tmp_path):
    """Servers from 25.07 on refuse those that begin as Triton's own; a name of our choice alone would be open to all who may call."""
    with running(probe_server(log_path=tmp_path / "log")) as server:
        (process,) = children(server.pid)
        words = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    assert [word for word in words if word.startswith("triton_python_backend_shm_region_clipzy-triton-")]


def test_a_model_that_cannot_load_stops_the_start(tmp_path):
    """A server whose model fails to load raises ConfigurationError with the server's own words."""
    (tmp_path / "broken" / "1").mkdir(parents=True)
    (tmp_path / "broken" / "1" / "model.py").write_text("raise OSError('no such weights')")
    config = (REPOSITORY / "probe" / "config.pbtxt").read_text().replace('"probe"', '"broken"')
    (tmp_path / "broken" / "config.pbtxt").write_text(config)
    server = TritonServer(tmp_path, tmp_path, grpc_port=free_port(), log_path=tmp_path / "log")
    with pytest.raises(ConfigurationError, match="no such weights"), server:
        pass
    assert server.pid is None


def test_what_a_models_process_says_is_told_with_the_servers_errors(tmp_path):
    """One that ends while its network is warmed up takes the server down, which knows no reason; tables of options are left out."""
    (tmp_path / "log").write_text(
        '+---+\nE1128 02:47:39.362010 1 server.cc:241] "gone"\nprobe: its process ends: no kernel image\n| rate | OFF |\n'
    )
    tail = probe_server(log_path=tmp_path / "log")._log_tail()
    assert [line.split()[-1] for line in tail.splitlines()[1:]] == ['"gone"', "image"]


def test_what_a_models_process_says_is_told_of_a_server_that_logs_into_a_file(tmp_path, caplog):
    """As that it runs without the GPU, where `clipzy run` starts a server."""
    copied = REPOSITORY / "probe" / "1" / "model.py"
    (tmp_path / "probe" / "1").mkdir(parents=True)
    said = "import sys\nsys.stderr.write('probe: runs on the processors\\n')\n"
    (tmp_path / "probe" / "1" / "model.py").write_text(said + copied.read_text().replace("__file__", repr(str(copied))))
    shutil.copy(REPOSITORY / "probe" / "config.pbtxt", tmp_path / "probe")
    with running(TritonServer(tmp_path, tmp_path, grpc_port=free_port(), log_path=tmp_path / "log")):
        assert [record.message for record in caplog.records] == ["probe: runs on the processors"]


def test_a_folder_among_the_models_is_no_model(tmp_path):
    """Such as that of Python's bytecode: the server starts with the models."""
    copied = REPOSITORY / "probe" / "1" / "model.py"
    (tmp_path / "probe" / "1").mkdir(parents=True)
    (tmp_path / "probe" / "1" / "model.py").write_text(copied.read_text().replace("__file__", repr(str(copied))))
    shutil.copy(REPOSITORY / "probe" / "config.pbtxt", tmp_path / "probe")
    (tmp_path / "__pycache__").mkdir()
    with running(TritonServer(tmp_path, tmp_path, grpc_port=free_port(), log_path=tmp_path / "log")) as server:
        assert server.ailment() is None


def test_a_dead_model_is_noticed():
    """The server itself lives on when a model's process dies; `ailment` names the model."""
    with running(probe_server()) as server:
        [model] = children(server.pid)
        os.kill(model, signal.SIGKILL)
        assert eventually(lambda: server.ailment() == "the process of probe died")


def test_a_dead_server_is_noticed():
    """`ailment` says how the server ended."""
    with running(probe_server()) as server:
        os.kill(server.pid, signal.SIGKILL)
        assert eventually(lambda: server.ailment() == "it ended with code -9")


STARTED_BY_A_CHILD = """
import time
from probe import probe_server
from clipzy.inference.model_processes import children
server = probe_server()
server.start()
server.wait_ready()
print(server.pid, *children(server.pid), flush=True)
time.sleep(60)
"""


def test_the_server_dies_with_the_process_that_started_it():
    """Killing the parent, which can then tidy nothing up, ends the server and its models."""
    with subprocess.Popen([sys.executable, "-c", STARTED_BY_A_CHILD], cwd=TESTS, stdout=subprocess.PIPE) as parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))
    # what it left in /dev/shm and the temporary folder is swept up by the next one
    with running(probe_server()):
        pass
    assert not list(Path("/dev/shm").glob(f"*clipzy-triton-*.{parent.pid}.*"))


def test_no_module_comes_from_the_folder_that_a_server_is_started_in(tmp_path, monkeypatch):
    """It may hold anybody's files, of which one is named as a library."""
    copied = REPOSITORY / "probe" / "1" / "model.py"
    (tmp_path / "models" / "probe" / "1").mkdir(parents=True)
    model = "import colorsys\n" + copied.read_text().replace("__file__", repr(str(copied)))
    (tmp_path / "models" / "probe" / "1" / "model.py").write_text(model)
    shutil.copy(REPOSITORY / "probe" / "config.pbtxt", tmp_path / "models" / "probe")
    (tmp_path / "colorsys.py").write_text("raise OSError('not from here')")
    monkeypatch.chdir(tmp_path)
    with running(TritonServer(Path("models"), tmp_path, grpc_port=free_port(), log_path=Path("log"))) as server:
        assert server.ailment() is None


@contextmanager
def hanging_stub(owner):
    """A process that looks like a model's of a server of that owner, and does not end by itself."""
    command = ["/a/triton_python_backend_stub", "-c", "import time; time.sleep(60)", f"{owner}-0a1b2c3d-region"]
    with subprocess.Popen(command, executable=sys.executable) as process:
        yield process
        process.kill()


def test_a_models_process_that_outlives_its_server_is_ended_by_the_next():
    """One that hangs when all others are killed does not stay for ever; those of servers that live do."""
    print_tag = f"from clipzy.machine.owners import owner_tag; print(owner_tag({server.REGIONS!r}))"
    dead = subprocess.run([sys.executable, "-c", print_tag], check=True, capture_output=True, text=True).stdout.strip()
    with hanging_stub(dead) as orphan, hanging_stub(owner_tag(server.REGIONS)) as living, running(probe_server()):
        assert orphan.wait(10) == -signal.SIGKILL
        assert living.poll() is None


def test_a_model_that_is_not_there_is_named():
    """Before anything is started, with those that there are."""
    with pytest.raises(ConfigurationError, match="has no model prob, but probe"):
        TritonServer(REPOSITORY, REPOSITORY, grpc_port=free_port(), models=["prob"])


def test_a_folder_without_models_is_told_of(tmp_path):
    """A server of none would be ready at once."""
    server = TritonServer(tmp_path, tmp_path, grpc_port=free_port())
    with pytest.raises(ConfigurationError, match="holds no models; set MODEL_REPOSITORY_PATH"), server:
        pass
    assert server.pid is None


FOREGROUND = """
from pathlib import Path
from clipzy.inference.server import run_foreground
from clipzy.settings import Settings
repository = Path({repository!r})
run_foreground(Settings(triton_url={url!r}, model_repository_path=repository, weights_path=repository))
"""


@pytest.fixture
def foreground(tmp_path):
    """Process id of a `run_foreground` in a process of its own, and the server's address."""
    url = f"127.0.0.1:{free_pair()}"
    program = FOREGROUND.format(url=url, repository=str(REPOSITORY))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", program], cwd=TESTS, stdout=log, stderr=log)
    yield process, url
    process.kill()
    process.wait()


def turn(*_):
    """The thread that kills is first after each new start, which is the worst for others."""
    return 2.0 if threading.current_thread().name.startswith("asks") else 0.0


def test_a_call_that_kills_its_model_each_time_is_given_up_and_others_go_on(foreground, monkeypatch):
    """In the foreground a dead model is started again, and killed again; those whose calls met it dead each time have their answers in the end."""
    _, url = foreground
    monkeypatch.setattr(suspicion, "random", SimpleNamespace(uniform=turn))
    monkeypatch.setattr(triton, "PAUSES_S", (0.05, 0.1))
    for module in (suspicion, triton):
        monkeypatch.setattr(module, "MOST_DEATHS", 2)
    connection, other = (TritonInference(url, timeout_s=10, patience_s=60) for _ in range(2))
    assert connection.infer(PROBE, numbers([1]))["doubled"].tolist() == [[2]]
    given_up = threading.Event()

    def ask():
        while not given_up.is_set():
            other.infer(PROBE, numbers([SLEEP, 0.05]))

    with ThreadPoolExecutor(1, "asks") as threads:
        asking = threads.submit(ask)
        with pytest.raises(InferenceError, match="probe died of this call, 2 times"):
            connection.infer(PROBE, numbers([DIE]))
        given_up.set()
        assert asking.exception() is None
    assert connection.infer(PROBE, numbers([1]))["doubled"].tolist() == [[2]]
    connection.close()
    other.close()


class Starts:
    """In place of servers: each starts as it is told, and one that is ready has an ailment once it is looked at."""

    url = "here"

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.pauses = []

    def __call__(self, *_, **__):
        """The next server."""
        return self

    def start(self):
        """Of no account."""

    def stop(self, grace_s=0):
        """Of no account."""

    def wait_ready(self, given_up):
        """Is ready, or is not."""
        assert given_up is self
        if outcome := self.outcomes.pop(0):
            raise outcome

    def ailment(self):
        """A model that died."""
        return "the process of probe died"

    def is_set(self):
        """Nobody wants a server any more once none is left."""
        return not self.outcomes

    def wait(self, seconds):
        """Passes at once."""
        self.pauses.append(seconds)
        return self.is_set()


LOST = ConfigurationError("tritonserver did not start: the GPU is lost")
SLOW = InferenceError("tritonserver was not ready after 180 s")


def test_a_server_that_was_ready_once_is_tried_again_until_it_starts(monkeypatch, caplog):
    """As where a GPU is lost, and comes back: at longer and longer intervals, with the reason in the log; jobs wait, and the rest of the engine lives."""
    starts = Starts(None, LOST, SLOW, LOST, None, LOST, None)
    monkeypatch.setattr(server, "TritonServer", starts)
    monkeypatch.setattr(server, "stop_event", lambda: starts)
    monkeypatch.setattr(server, "LONGEST_PAUSE_S", 3.0)
    run_foreground(Settings(_env_file=None))
    look = server.WATCH_S
    assert starts.pauses == [look, 1.0, 2.0, 3.0, look, 1.0, look]
    assert "the GPU is lost; it is tried again in 1 s" in caplog.text


@pytest.mark.parametrize("below", [0, 1], ids=["gRPC", "metrics"])
def test_a_server_whose_port_another_program_has_is_not_started(below):
    """Also where that is a Triton, whose answers would pass for its own until it has loaded its models."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = Settings(
            _env_file=None,
            triton_url=f"127.0.0.1:{port - below}",
            model_repository_path=REPOSITORY,
            weights_path=REPOSITORY,
        )
        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}: it is taken"):
            run_foreground(settings)


def test_a_server_that_nobody_wants_any_more_while_it_loads_is_not_called_ready(monkeypatch, caplog):
    """The log tells of those alone that were."""
    starts = Starts(None, None)
    monkeypatch.setattr(server, "TritonServer", starts)
    monkeypatch.setattr(server, "stop_event", lambda: starts)
    with caplog.at_level("INFO"):
        run_foreground(Settings(_env_file=None))
    assert caplog.text.count("triton is ready") == 1  # the last one was given up


@pytest.mark.parametrize("error", [LOST, SLOW], ids=["lost", "slow"])
def test_a_server_that_was_never_ready_is_not_tried_again(monkeypatch, error):
    """What it lacks will not come by itself."""
    starts = Starts(error, None)
    monkeypatch.setattr(server, "TritonServer", starts)
    monkeypatch.setattr(server, "stop_event", lambda: starts)
    with pytest.raises(type(error)):
        run_foreground(Settings(_env_file=None))


def test_sigterm_ends_the_foreground_cleanly(foreground):
    """SIGTERM stops the server with its models, and the process ends with 0."""
    process, url = foreground
    connection = TritonInference(url, timeout_s=10, patience_s=30)
    connection.infer(PROBE, numbers([1]))
    connection.close()
    [server] = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/stat")
        if path.exists() and path.read_text().rpartition(")")[2].split()[1] == str(process.pid)
    ]
    process.terminate()
    assert process.wait(20) == 0
    assert not is_alive(server)


def test_a_missing_libpython_names_the_package(monkeypatch):
    """Where there is no shared libpython the error says what to install."""
    monkeypatch.setattr(installation, "PYTHON_VERSION", "3.99")
    with pytest.raises(ConfigurationError, match=re.escape("apt-get install libpython3.99")):
        installation.shared_libpython()


def test_a_missing_wheel_says_what_else_can_be_done(monkeypatch):
    """Where the wheel is not installed the error names it and the ways around it."""
    monkeypatch.setattr(installation, "WHEEL", "no-such-wheel")
    with pytest.raises(ConfigurationError, match=r"no-such-wheel wheel.*make setup.*INFERENCE=local"):
        installation.find_installation()


@pytest.mark.parametrize("part", ["tritonserver/bin/tritonserver", "nvidia_pytriton.libs/"])
def test_a_wheel_that_lacks_a_part_is_to_be_installed_again(monkeypatch, part):
    """Which part it is, is told; its libraries too."""
    files = [each for each in importlib.metadata.files("nvidia-pytriton") if part not in str(each)]
    monkeypatch.setattr(importlib.metadata, "files", lambda _: files)
    with pytest.raises(ConfigurationError, match=f"{re.escape(part)} is missing from the nvidia-pytriton wheel"):
        installation.find_installation()


def test_where_proc_shows_each_user_his_own_processes_alone_those_of_others_are_let_be(monkeypatch, tmp_path):
    """Mounted with hidepid=1 it refuses to tell of them; they may live, and are no reason to fail."""
    read_bytes = Path.read_bytes

    def refuse(path):
        if path.is_relative_to("/proc/1"):
            raise PermissionError(1, "Operation not permitted", str(path))
        return read_bytes(path)

    others = re.sub(r"\.\d+\.\d+$", ".1.5", owner_tag("thing"))
    (tmp_path / others).touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert 1 not in children(os.getppid())
    end_orphans("thing")
    sweep_environments(tmp_path)
    sweep_orphans(tmp_path, "thing")
    assert (tmp_path / others).exists()


def test_only_what_the_dead_own_is_swept(tmp_path):
    """Files and folders named by a process that ended are removed; those of the living and of others stay."""
    mine = owner_tag("thing")
    dead = re.sub(r"\.\d+\.\d+$", ".1.0", mine)  # process 1 did not start at boot's zeroth tick
    foreign = re.sub(r"-\d+", "-1", dead)
    for name in (mine, dead, foreign, "thing-else"):
        (tmp_path / name).touch()
    (tmp_path / f"{dead}-folder").mkdir()
    sweep_orphans(tmp_path, "thing")
    assert {path.name for path in tmp_path.iterdir()} == {mine, foreign, "thing-else"}
