"""How `clipzy run` ends where it does not come to the end of its job."""

import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from clipzy.cli import run
from clipzy.cli.run_folder import run_folder
from clipzy.errors import ConfigurationError
from clipzy.settings import Settings


@pytest.fixture
def data(tmp_path, monkeypatch):
    """DATA_PATH of an engine that needs no Triton."""
    monkeypatch.setenv("DATA_PATH", str(tmp_path / "data"))
    monkeypatch.setenv("INFERENCE", "local")
    return tmp_path / "data"


def working_as(monkeypatch, work):
    """A worker that does that in place of its work; it is told when to stop."""
    monkeypatch.setattr(run, "run_worker", lambda *_arguments, stop, **_options: work(stop))


def leftovers(data):
    """What runs have left."""
    return sorted(each.name for each in data.glob("run-*"))


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigurationError("WEBHOOK_SECRET must be whsec_"), 2, "WEBHOOK_SECRET must be whsec_"),
        (OSError("no threads left"), 1, "OSError: no threads left"),
        (None, 4, "the worker ended before the job did"),
    ],
    ids=["settings", "fault", "silence"],
)
def test_run_ends_when_its_worker_does(clipzy, clip, data, monkeypatch, error, code, words):
    """With what the worker ended of: nobody else would ever end the job."""

    def work(_stop):
        if error is not None:
            raise error

    working_as(monkeypatch, work)
    said = clipzy("run", clip, "-o", "out.json")
    assert said.code == code
    assert words in said.err
    assert leftovers(data) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_run_leaves_no_copies_of_videos_when_it_is_asked_to_end(clipzy, clip, data, monkeypatch, number, code):
    """Even where it is asked twice, as by whoever sends it to all processes; what was set for the signal is so again."""
    before = signal.getsignal(number)
    copies = []

    def work(stop):
        copies.extend(data.glob("run-*/**/*.mp4"))
        os.kill(os.getpid(), number)
        if stop.wait(20):  # later it would end the tests
            os.kill(os.getpid(), number)

    working_as(monkeypatch, work)
    assert clipzy("run", clip, "-o", "out.json").code == code
    assert len(copies) == 1
    assert leftovers(data) == []
    assert signal.getsignal(number) is before


ASKED_TO_END = """
import signal, sys, threading
from clipzy.cli import run
from clipzy.cli.signals import unwinding

def starting_late(function, arguments):
    begun = threading.Event()

    def begin_late():
        begun.wait()
        function(*arguments)

    threading._start_new_thread = start_thread
    start_thread(begin_late, ())
    signal.raise_signal(number)
    begun.set()

def work(*arguments, stop, **options):
    stop.wait()
    if moment == "stopping":
        signal.pthread_kill(threading.main_thread().ident, number)
        taken_away.wait(0.3)
    order.append("the worker ends")

start_thread = threading._start_new_thread
run.run_worker, run.inference_of, run.stage_modules = work, id, id
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    for moment in ("starting", "stopping"):
        order, taken_away, handler = [], threading.Event(), signal.getsignal(number)
        if moment == "starting":
            threading._start_new_thread = starting_late
        try:
            with unwinding():
                with run._working(None):
                    order.append("the run goes on")
        except (SystemExit, KeyboardInterrupt) as asked:
            order.append(repr(asked))
        taken_away.set()
        assert signal.getsignal(number) is handler
        print(moment, *order, sep=", ", flush=True)
"""


def test_a_worker_has_ended_before_a_run_does_that_is_asked_to_end():
    """Also where that comes while the worker's thread is being started or waited for: what it works with is taken away next."""
    asked = subprocess.run([sys.executable, "-c", ASKED_TO_END], capture_output=True, text=True, check=False)
    assert asked.stdout.splitlines() == [
        line
        for ended in ("SystemExit(143)", "SystemExit(129)", "KeyboardInterrupt()")
        for line in (
            f"starting, the worker ends, {ended}",
            f"stopping, the run goes on, the worker ends, {ended}",
        )
    ], asked.stderr


KILLED = """
import os, pathlib, sys
from clipzy.cli.run_folder import run_folder
with run_folder(pathlib.Path(sys.argv[1])) as folder:
    (folder / "video.mp4").write_bytes(b"a video")
    os.kill(os.getpid(), 9)
"""


def test_a_run_that_was_killed_is_tidied_up_after_by_the_next(tmp_path):
    """Those that are alive, and folders that are none of a run's, stay."""
    subprocess.run([sys.executable, "-c", KILLED, tmp_path], check=False)
    assert len(list(tmp_path.glob("run-*/video.mp4"))) == 1
    (tmp_path / "run-results").mkdir()
    with run_folder(tmp_path) as alive, run_folder(tmp_path) as other:
        assert {each for each in tmp_path.iterdir() if each.is_dir()} == {alive, other, tmp_path / "run-results"}
    assert leftovers(tmp_path) == ["run-results"]


def test_what_is_waited_for_at_first_is_told_where_no_terminal_is(monkeypatch, tmp_path, capsys):
    """Networks take seconds to start, on a busy machine a minute, of which a log said nothing."""
    monkeypatch.setattr(run, "networks_ready", lambda _settings: {"faces": False})
    monkeypatch.setattr(run, "TritonServer", lambda *_arguments, **_options: nullcontext(SimpleNamespace(url="there")))
    settings = Settings(data_path=tmp_path)
    with run._networks(settings, run.make_console(stderr=True)) as served:
        assert served.triton_url == "there"
    assert capsys.readouterr().err == "starting the networks …\n"


def test_a_triton_without_networks_is_not_started_for_a_job(monkeypatch, tmp_path):
    """The job would wait for them."""
    monkeypatch.setattr(run, "networks_ready", lambda _settings: {"faces": False})
    settings = Settings(data_path=tmp_path, model_repository_path=tmp_path)
    with (
        pytest.raises(ConfigurationError, match="has no model audio_events"),
        run._networks(settings, run.make_console()),
    ):
        pass


@pytest.mark.parametrize(
    ("inference", "told"),
    [
        ("triton", "using the Triton at 127.0.0.1:8001: the job waits for it, and fails, if it goes away\n"),
        ("local", ""),
    ],
)
def test_a_triton_that_the_job_depends_on_is_named(inference, told, monkeypatch, tmp_path, capsys):
    """It may be another program's, found by its port; networks in process are nobody's."""
    monkeypatch.setattr(run, "networks_ready", lambda _settings: {"faces": True})
    monkeypatch.setenv("COLUMNS", "300")
    settings = Settings(data_path=tmp_path, inference=inference, triton_url="127.0.0.1:8001")
    with run._networks(settings, run.make_console(stderr=True)) as served:
        assert served is settings
    assert capsys.readouterr().err == told


def test_the_time_at_the_end_is_all_that_one_has_waited(tmp_path, monkeypatch, capsys):
    """From the command on, with what the job itself does not count."""
    monkeypatch.setenv("COLUMNS", "300")
    order = run.Order(None, None, tmp_path / "out.mp4", None, {}, ())
    run._tell(SimpleNamespace(warnings=(), artifacts={}), None, order, 153.0)
    assert capsys.readouterr().err.endswith("out.mp4 in 2:33\n")
