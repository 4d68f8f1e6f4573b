"""What a stage's process says on the pipe to its worker."""

from __future__ import annotations

import json
import multiprocessing
import threading

import pytest

from clipzy.errors import MediaError
from clipzy.jobs.stage_process import LONGEST_TEXT, Reporter


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
