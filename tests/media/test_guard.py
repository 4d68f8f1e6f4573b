import time
from fractions import Fraction
from pathlib import Path

import pytest

import guarded_jobs as jobs
import synth
from clipzy.errors import InvalidVideo, MissingField, ServiceUnavailable, UnsupportedFormat, ValidationFailed
from clipzy.media.decoding.probe import probe
from clipzy.media.guard import guarded
from clipzy.style.time import Span


def test_the_result_comes_back():
    """Plain values and records of ours pass from the child to the parent."""
    assert guarded(jobs.add, 1, 2) == 3
    assert guarded(jobs.a_span) == Span(Fraction(1, 3), Fraction(2))


def test_a_probe_in_a_child_equals_one_at_home(tmp_path):
    """The probe gives the same answer behind the guard."""
    path = synth.write_video(tmp_path / "clip.mp4", synth.numbered_frames(10, (64, 36)), audio=synth.sine(440, 0.4))
    assert guarded(probe, path) == probe(path)


def test_our_own_errors_come_back_as_themselves(tmp_path):
    """An error of ours keeps its class, its sentence and its fields."""
    with pytest.raises(ValidationFailed, match="no such quality") as caught:
        guarded(jobs.refuse, "no such quality")
    assert caught.value.fields == (("config.quality", "unknown"),)
    with pytest.raises(MissingField):
        guarded(jobs.refuse_field)
    path = tmp_path / "clip.mp4"
    path.write_text("text")
    with pytest.raises(UnsupportedFormat, match="send mp4"):
        guarded(probe, path)


def test_a_fault_in_the_program_is_not_blamed_on_the_file():
    """Any other exception comes back as a RuntimeError with the child's traceback."""
    with pytest.raises(RuntimeError, match="KeyError: 'a fault in the program'"):
        guarded(jobs.stumble)


@pytest.mark.parametrize("job", [jobs.crash, jobs.exit_silently], ids=["segmentation fault", "exit without an answer"])
def test_a_crash_is_an_invalid_video(job):
    """A child that dies is the file's fault, said in a plain sentence."""
    with pytest.raises(InvalidVideo, match="makes the decoder fail"):
        guarded(job)


def test_a_child_that_somebody_kills_is_not_the_files_fault():
    """Where memory runs out it goes before its parent, and the same file may be sent again."""
    with pytest.raises(ServiceUnavailable, match="was killed"):
        guarded(jobs.be_killed)
    assert guarded(jobs.wish_to_be_killed) == 1000


def test_too_much_memory_is_an_invalid_video():
    """Memory counts from what the child begins with."""
    assert guarded(jobs.eat_memory, 50, memory_mb=100) == 50 * 2**20
    with pytest.raises(InvalidVideo, match="memory"):
        guarded(jobs.eat_memory, 150, memory_mb=100)


def test_too_much_processor_time_is_an_invalid_video():
    """A child that never stops computing is ended by the kernel."""
    with pytest.raises(InvalidVideo, match="1 s of processor time"):
        guarded(jobs.spin, cpu_s=1)


def test_a_timeout_kills_the_child_and_all_it_started(tmp_path):
    """After the patience has run out nothing of the group is left."""
    pid_file = tmp_path / "pid"
    start = time.monotonic()
    # as long as the child may take to start, on processors that others are at
    with pytest.raises(InvalidVideo, match="longer than 3 s"):
        guarded(jobs.leave_a_grandchild_and_hang, str(pid_file), timeout_s=3)
    assert time.monotonic() - start < 15
    grandchild = int(pid_file.read_text())
    deadline = time.monotonic() + 60
    while _alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(grandchild)


def test_an_answer_that_would_run_a_command_is_refused(tmp_path):
    """A child taken over by its file cannot reach the parent through its answer."""
    mark = tmp_path / "mark"
    with pytest.raises(RuntimeError, match="not accepted"):
        guarded(jobs.answer_with_exploit, str(mark))
    assert not mark.exists()


def test_secrets_of_the_parent_stay_with_it(monkeypatch):
    """The child's environment holds what Python needs to start, no more."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "AWS_SECRET_ACCESS_KEY" not in guarded(jobs.environment)


def test_output_of_the_child_does_not_disturb_the_answer(capfd):
    """What a library prints in the child is lost, and the answer intact."""
    assert guarded(jobs.chatter) == "answer"
    assert capfd.readouterr() == ("", "")


def test_nothing_is_left_open_behind():
    """Calls leave no file descriptor behind, whether they succeed or not."""
    guarded(jobs.add, 1, 2)
    before = _open_files()
    guarded(jobs.add, 1, 2)
    with pytest.raises(InvalidVideo):
        guarded(jobs.crash)
    assert _open_files() == before


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def _alive(pid):
    """Whether a process runs; a dead one that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
