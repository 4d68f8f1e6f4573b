"""What is reckoned out of looks at a job: stages, pace, time left; the clock is the test's own."""

from __future__ import annotations

import pytest

from clipzy.cli.stage_times import FrameCount, Look, Outcome, StageLog


def log_of(*looks: tuple[float, Look], frames=lambda _stage: None) -> StageLog:
    """A log that saw these, each at its moment."""
    log = StageLog(frames)
    for moment, look in looks:
        log.see(look, moment)
    return log


def at(stage: str, percent: int) -> Look:
    """A job that works."""
    return Look("processing", stage, percent)


QUEUED = Look("queued", None, 0)


def test_a_stage_takes_from_its_begin_to_the_next_ones():
    """And is done then, however far it was seen to be."""
    log = log_of((0, QUEUED), (2, at("video_analysis", 1)), (9, at("audio_analysis", 21)))
    video, audio = log.stages
    assert (video.outcome, video.fraction, video.elapsed_s(99)) == (Outcome.DONE, 1.0, 7)
    assert (audio.outcome, audio.elapsed_s(11)) == (Outcome.RUNNING, 2)


def test_stages_that_nobody_saw_are_done_in_an_unknown_time():
    """Before the first look, or between two."""
    log = log_of((0, at("audio_analysis", 28)), (5, at("style_extraction", 56)))
    assert [(stage.name, stage.outcome, stage.elapsed_s(9)) for stage in log.stages] == [
        ("video_analysis", Outcome.DONE, None),
        ("audio_analysis", Outcome.DONE, None),
        ("motion_analysis", Outcome.DONE, None),
        ("style_extraction", Outcome.RUNNING, 4),
    ]


def test_the_time_left_goes_by_the_pace_so_far():
    """From one step of progress to another, less what has passed since."""
    log = log_of((0, QUEUED), (1, at("rendering", 86)), (3, at("rendering", 89)), (7, at("rendering", 91)))
    rendering = log.running
    # two of 13 steps in 4 s, eight are left
    assert rendering.left_s(7) == pytest.approx(16)
    assert rendering.left_s(10) == pytest.approx(13)
    assert rendering.left_s(24) is None  # it proved too little


def test_no_time_is_told_before_there_is_a_pace():
    """One step alone may be what was measured for another job."""
    log = log_of((0, QUEUED), (1, at("rendering", 86)), (3, at("rendering", 95)))
    assert log.running.left_s(4) is None


def test_the_end_of_a_stage_leaves_no_time():
    """Nor does its failure."""
    log = log_of(
        (0, at("rendering", 86)), (2, at("rendering", 90)), (4, at("rendering", 95)), (5, Look("failed", None, 95))
    )
    assert log.stages[-1].outcome is Outcome.FAILED
    assert log.stages[-1].left_s(5) is None


def test_frames_are_counted_video_by_video():
    """By each video's share of the stage's progress."""
    frames = FrameCount(((100, 1.0), (900, 3.0)))
    assert [frames.at(fraction) for fraction in (0, 0.125, 0.25, 0.625, 1)] == [0, 50, 100, 550, 1000]


def test_what_was_measured_before_does_not_make_the_pace():
    """A template that passes at once, with the first step."""
    frames = FrameCount(((1000, 10.0), (900, 9.0)))
    log = log_of(
        *((0, QUEUED), (1, at("video_analysis", 11)), (3, at("video_analysis", 13)), (7, at("video_analysis", 17))),
        frames=lambda _stage: frames,
    )
    assert log.running.frames_per_s() == pytest.approx(100)


def test_a_failure_shows_the_stage_in_which_it_was():
    """Also where that stage was never seen at work."""
    log = log_of((0, at("video_analysis", 5)), (1, Look("failed", None, 30, failed_in="audio_analysis")))
    assert [(stage.name, stage.outcome) for stage in log.stages] == [
        ("video_analysis", Outcome.DONE),
        ("audio_analysis", Outcome.FAILED),
    ]


def test_a_cancelled_job_has_stopped_where_it_was():
    """As far as it was."""
    log = log_of((0, at("video_analysis", 20)), (1, Look("cancelled", None, 20)))
    assert (log.stages[0].outcome, log.running) == (Outcome.STOPPED, None)


def test_a_stage_that_a_later_engine_has_is_shown():
    """Without knowing how far it is."""
    log = log_of((0, at("rendering", 90)), (1, at("blessing", 99)), (2, Look("completed", None, 100)))
    assert [(stage.name, stage.outcome, stage.fraction) for stage in log.stages[-2:]] == [
        ("rendering", Outcome.DONE, 1.0),
        ("blessing", Outcome.DONE, 1.0),
    ]
