"""Stages in processes of their own: what they say comes through, and whatever becomes of them, the runner outlives it."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
import time
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path

import pytest

from clipzy.errors import ClipzyError, InferenceUnavailable, MediaError, StageCrashed, StageError
from clipzy.jobs import runner
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.runner import Listener, _revive, run_stage
from clipzy.stages.context import Role, Source
from processes import stand_still
from stage_tasks import stage_task
from workshop import dies, grandchild, write_script

STAGE = Stage.MOTION_ANALYSIS


class Heard:
    """What a stage said, and how often it was looked after."""

    def __init__(self):
        self.fractions, self.warnings, self.ticks = [], [], 0

    def listener(self, tick=lambda: None):
        """Write it all down; `tick` may end the stage."""

        def ticked():
            self.ticks += 1
            tick()

        return Listener(self.fractions.append, self.warnings.append, ticked)


@pytest.fixture
def task(tmp_path):
    """Makes the task of a stage that does these actions."""

    def make(*actions, **settings):
        script = write_script(tmp_path / "video.mp4", {STAGE.value: actions})
        return stage_task(tmp_path, STAGE, (Source(Role.FOOTAGE, script, "0" * 64),), **settings)

    return make


def test_what_a_stage_says_comes_through(task):
    """Progress and warnings arrive in order, the last report too, and the stage's files are in its folder."""
    heard = Heard()
    running = task(["report", 0.25], ["warn", "dark"], ["warn", "short"], ["report", 1.0])
    run_stage(running, heard.listener())
    assert heard.fractions == [0.25, 1.0]
    assert heard.warnings == ["dark", "short"]
    assert (running.folder / "result.txt").exists()


def test_a_stage_that_waits_for_its_networks_says_so_to_the_user(task):
    """What the networks' client tells while it waits for a server is a warning of the stage."""
    running = task(["wait_for_network", "waiting for Triton"])
    heard = Heard()
    run_stage(running, heard.listener())
    assert heard.warnings == ["waiting for Triton"]


@pytest.mark.parametrize(
    ("setting", "gpu", "devices"),
    [
        ("off", True, (False, False, True, True)),
        ("single", True, (True, False, True, True)),
        ("auto", True, (True, True, True, True)),
        ("auto", False, (False, True, False, False)),
    ],
    ids=["decoding off", "one unit a file", "all units", "without a gpu"],
)
def test_a_stage_is_told_where_a_gpu_may_work(task, setting, gpu, devices):
    """In decoding, as HARDWARE_DECODING has it, and with all units; in encoding; in its own networks, which else would be what crashes again."""
    running = replace(task(["note_devices", None], hardware_decoding=setting), gpu=gpu)
    run_stage(running, Heard().listener())
    assert tuple(json.loads((running.folder / "devices.json").read_text()).values()) == devices


def test_an_error_of_the_engine_comes_out_as_it_was_raised(task):
    """The class and the sentence survive the process's end."""
    with pytest.raises(MediaError, match=r"^the video stream is damaged$"):
        run_stage(task(["fail", "the video stream is damaged"]), Heard().listener())


def test_an_unexpected_error_is_kept_from_the_user(task):
    """A bug's text may hold anything: the user is told that it is one, and where the operator finds it."""
    with pytest.raises(StageError, match="internal error") as caught:
        run_stage(task(["stumble", "secret"]), Heard().listener())
    assert "secret" not in str(caught.value)


def test_a_full_disk_is_called_one(task):
    """The user is told of the disk, not of an internal error."""
    with pytest.raises(StageError, match="disk is full"):
        run_stage(task(["os_error", errno.ENOSPC]), Heard().listener())


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (["crash", signal.SIGSEGV], "crashed .SIGSEGV.; the video may be damaged"),
        (["crash", signal.SIGABRT], "SIGABRT"),
        (["crash", signal.SIGKILL], "memory ran out"),
        (["crash", 40], "crashed .signal 40.; the video may be damaged"),
        (["exit", 0], "without a result .exit code 0."),
        (["exit", 3], "without a result .exit code 3."),
        (["garble", None], "motion analysis"),
    ],
    ids=["segfault", "abort", "killed", "no name", "silent exit", "exit 3", "garbage on the pipe"],
)
def test_a_stage_that_dies_is_told_from_one_that_ends(task, action, said):
    """A crash, a silent exit or garbage is a StageCrashed that says what is known."""
    with pytest.raises(StageCrashed, match=said):
        run_stage(task(action), Heard().listener())


def test_a_stage_that_speaks_nonsense_and_lives_on_is_ended(task, monkeypatch):
    """By us, and not for want of memory."""
    monkeypatch.setattr(runner, "GRACE_S", 0.2)
    with pytest.raises(StageCrashed, match="sent an invalid message"):
        run_stage(task(["garble", None], ["sleep", 60]), Heard().listener())


def test_a_death_beside_the_workers_own_end_is_no_crash(task):
    """As where all processes of a service are sent the same signal, and the worker hears of it a moment after its stage."""

    class Stopping(BaseException):
        """The worker is to end."""

    running = task(["crash", signal.SIGKILL])
    journal = running.cache / "journal.txt"

    def stop():
        pid = journal.read_text().split()[-1] if journal.exists() else "self"
        if not Path("/proc", pid).exists():
            raise Stopping

    with pytest.raises(Stopping):
        run_stage(running, Heard().listener(stop))


def test_a_stage_is_started_by_another_fork_server_where_the_first_dies(task):
    """It is asked again; no job fails of it."""
    forkserver.ensure_running()
    server = forkserver._forkserver._forkserver_pid
    stand_still(server)
    killing = threading.Timer(0.2, os.kill, (server, signal.SIGKILL))
    killing.start()
    heard = Heard()
    run_stage(task(["report", 1.0]), heard.listener())
    killing.join()
    assert heard.fractions == [1.0]
    assert forkserver._forkserver._forkserver_pid != server


def test_a_stage_that_eats_memory_is_stopped_at_its_limit(task):
    """It fails with the limit in its sentence; the machine is not driven out of memory."""
    with pytest.raises(StageError, match=r"needs more memory .*\(512 MiB\)"):
        run_stage(task(["eat", 2000], stage_memory_limit_mb=512), Heard().listener())


def test_memory_under_the_limit_is_given(task):
    """The limit counts what the stage takes, not what it started with."""
    run_stage(task(["eat", 400], stage_memory_limit_mb=512), Heard().listener())


def test_what_a_tick_raises_ends_the_stage_and_its_children(task):
    """Within a second, and the reason comes out as it was."""

    def stop():
        if grandchild(running.cache):
            raise KeyboardInterrupt

    running = task(["start_child", 60], ["sleep", 60])
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_stage(running, Heard().listener(stop))
    assert time.monotonic() - started < 10
    assert dies(grandchild(running.cache))


def test_children_do_not_outlive_a_stage_that_ends_well(task):
    """What a stage started and left running is ended with it."""
    running = task(["start_child", 60])
    run_stage(running, Heard().listener())
    assert dies(grandchild(running.cache))


def test_children_do_not_outlive_a_stage_that_crashes(task):
    """Nor one that dies."""
    running = task(["start_child", 60], ["crash", signal.SIGSEGV])
    with pytest.raises(StageCrashed):
        run_stage(running, Heard().listener())
    assert dies(grandchild(running.cache))


def test_a_talkative_stage_cannot_put_off_the_ticks(task):
    """Warnings without end do not keep the runner from looking after the stage."""
    heard = Heard()

    def stop():
        if len(heard.warnings) > 100:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run_stage(task(["nag", 60]), heard.listener(stop))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("InferenceUnavailable", InferenceUnavailable), ("Exception", StageError), ("annotations", StageError)],
)
def test_only_errors_of_the_engine_are_revived(name, kind):
    """A name that is no error of ours makes a plain StageError: what a stage's process says is not believed blindly."""
    error = _revive({"kind": "error", "error": name, "text": "away"})
    assert type(error) is kind
    assert isinstance(error, ClipzyError)
    assert str(error) == "away"
