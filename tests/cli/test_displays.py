"""What is drawn on a terminal of 80 columns, and what is written where there is none."""

import io
import re
import shutil

import pytest
from rich.console import Console

from clipzy.cli import stage_display
from clipzy.cli.figures import clock_time, file_size
from clipzy.cli.run import _Frames
from clipzy.cli.stage_display import StageDisplay
from clipzy.cli.stage_times import FrameCount, Look
from clipzy.cli.transfer_display import transfer_display
from clipzy.media.decoding.probe import probe


class Clock:
    """Time as the test lets it pass."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        """See `time`."""
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The displays' clock."""
    clock = Clock()
    monkeypatch.setattr(stage_display, "time", clock)
    return clock


def terminal(columns=80):
    """A console that believes to be a terminal."""
    return Console(file=io.StringIO(), force_terminal=True, width=columns, color_system=None)


def drawn(console):
    """All that was printed, line by line, without the terminal's commands."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())
    return [line for line in re.split(r"[\r\n]+", plain) if line]


def show_a_job(display, clock):
    """A job of some seconds, with frames that are known."""
    for seconds, look in (
        (0, Look("queued", None, 0)),
        (2, Look("processing", "video_analysis", 1)),
        (1, Look("processing", "video_analysis", 2)),
        (9, Look("processing", "video_analysis", 11)),
        (8, Look("processing", "style_application", 66)),
        (3, Look("completed", None, 100)),
    ):
        clock.now += seconds
        display.see(look)


def frames(stage):
    """1900 frames are looked at, 100 for each percent of the job."""
    return FrameCount(((1900, 1.0),)) if stage == "video_analysis" else None


def test_a_terminal_has_a_line_for_each_stage(clock):
    """Name, bar, percent, what it took, frames a second; none wider than 80 columns."""
    console = terminal()
    with StageDisplay(console, frames) as display:
        show_a_job(display, clock)
    lines = drawn(console)
    assert all(len(line) <= 80 for line in lines)
    assert re.search(r"⠋ queued 0:00", "\n".join(lines))
    assert any(re.match(r"video analysis +━+.* 53% +0:10 +100 frames/s 0:09 left", line) for line in lines)
    assert any(re.match(r"video analysis +━+ 100% +0:18 +106 frames/s", line) for line in lines)
    assert re.match(r"style application +━+ 100% +0:03", lines[-1])


def test_a_narrow_terminal_keeps_the_figures(clock):
    """The bars are left out, and no line is broken."""
    console = terminal(60)
    with StageDisplay(console, frames) as display:
        show_a_job(display, clock)
    lines = drawn(console)
    assert all(len(line) <= 60 for line in lines)
    assert re.match(r"style application +100% +0:03", lines[-1])


def test_elsewhere_lines_tell_what_is_new(clock):
    """The begin and the end of each stage, and every ten seconds how far it is."""
    console = Console(file=io.StringIO(), force_terminal=False, width=80)
    with StageDisplay(console, frames) as display:
        show_a_job(display, clock)
    assert console.file.getvalue().splitlines() == [
        "queued",
        "video analysis: begun",
        "video analysis: 53% after 0:10, 100 frames/s, 0:09 left",
        "video analysis: done after 0:18, 106 frames/s",
        "audio analysis: done",
        "motion analysis: done",
        "style extraction: done",
        "style application: begun",
        "style application: done after 0:03",
    ]


def test_a_transfer_is_a_bar_and_then_a_line():
    """Bytes, speed and the time left in 80 columns, of a file with a long name; how it went in the end."""
    console = terminal()
    with transfer_display(console, ("uploading", "uploaded"), "the summer holidays of 2026.mp4") as on_progress:
        on_progress(250_000, 1_000_000)
        on_progress(1_000_000, 1_000_000)
    lines = drawn(console)
    assert all(len(line) <= 80 for line in lines)
    assert any("uploading … holidays of 2026.mp4" in line and "1.0/1.0 MB" in line for line in lines)
    assert re.fullmatch(r"uploaded the summer holidays of 2026\.mp4: 1\.0 MB in 0:00 \(.*/s\)", lines[-1])


def test_a_transfer_that_breaks_is_not_said_to_be_done():
    """The error says what there is to say."""
    console = terminal()
    with pytest.raises(OSError, match="gone"), transfer_display(console, ("fetching", "fetched"), "a.mp4"):
        raise OSError("gone")
    assert "fetched" not in console.file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (750, "12:30"), (3723, "1:02:03"), (-1, "0:00")]
)
def test_times_read_as_on_a_clock(seconds, shown):
    """Minutes and seconds, hours where there are any."""
    assert clock_time(seconds) == shown


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (999, "999 B"), (3_200_000, "3.2 MB"), (2e12, "2.0 TB")])
def test_sizes_read_as_on_a_disk(size, shown):
    """In decimal units."""
    assert file_size(size) == shown


def test_the_frames_of_a_run_are_known_though_its_files_are_gone(clip, tmp_path):
    """The job has its copies by then, and nobody has to keep them."""
    path = tmp_path / "footage.mp4"
    shutil.copy(clip, path)
    frames, size = _Frames(None, None, "job_a", [(probe(path), path)]), path.stat().st_size
    path.unlink()
    assert frames("video_analysis").videos == ((6, size),)
