"""What a stage's process says on the pipe to its worker."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading

import pytest

from clipzy.errors import MediaError
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.stage_process import LONGEST_TEXT, Reporter, run_task
from clipzy.stages.context import Role, Source
from stage_tasks import stage_task
from workshop import write_script


@pytest.fixture
def spoken():
    """A reporter, and what was said through it so far."""
    reader, writer = multiprocessing.Pipe(duplex=False)

    def heard():
        messages = []
        while reader.poll():
            messages.append(json.loads(reader.recv_bytes()))
        return messages

    yield Reporter(writer), heard
    writer.close()
    reader.close()


def test_progress_is_not_told_too_often(spoken):
    """Of a thousand reports in a moment a few pass, the first and the end of the stage among them."""
    reporter, heard = spoken
    for number in range(1001):
        reporter.progress(number / 1000)
    fractions = [message["fraction"] for message in heard()]
    assert len(fractions) < 20
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_every_warning_is_told(spoken):
    """Warnings are never thinned out, and cut only where they are absurdly long."""
    reporter, heard = spoken
    for text in ("dark", "dark", "x" * (LONGEST_TEXT + 1)):
        reporter.warn(text)
    assert [message["text"] for message in heard()] == ["dark", "dark", "x" * LONGEST_TEXT]


def test_an_error_is_told_by_its_name(spoken):
    """As JSON, never as a pickle."""
    reporter, heard = spoken
    reporter.failed(MediaError("no frames"))
    assert heard() == [{"kind": "error", "error": "MediaError", "text": "no frames"}]


def test_threads_of_a_stage_do_not_talk_into_each_other(spoken):
    """Messages of several threads arrive whole."""
    reporter, heard = spoken
    threads = [threading.Thread(target=reporter.warn, args=(str(number) * 500,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message["text"] for message in heard()) == [str(number) * 500 for number in range(8)]


def run_logged(task, pipe, log):
    """A stage's process whose standard error is a file."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
    run_task(task, pipe)


@pytest.mark.parametrize(
    "action", [["report", 0.5], ["warn", "dark"], ["fail", "no"], ["report_stubbornly", 20]],
    ids=["progress", "warning", "last word", "a stage that goes on over faults"],
)  # fmt: skip
def test_a_stage_whose_worker_is_gone_ends_at_once_with_one_line(tmp_path, action):
    """No error is told that is none, and no trace in a form of its own; whatever the stage makes of a report that fails."""
    stage = Stage.MOTION_ANALYSIS
    script = write_script(tmp_path / "video.mp4", {stage.value: [action]})
    task = stage_task(tmp_path, stage, (Source(Role.FOOTAGE, script, "0" * 64),), log_format="json")
    reader, writer = multiprocessing.Pipe(duplex=False)
    reader.close()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run_logged, args=(task, writer, tmp_path / "log"))
    process.start()
    writer.close()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    [said] = [line for line in lines if line["event"] != "stage failed"]
    assert (said["event"], said["level"]) == ("the worker is gone; its stage ends with it", "info")
    assert (said["job_id"], said["stage"]) == ("job_a", stage.value)
