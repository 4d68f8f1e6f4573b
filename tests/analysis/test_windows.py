"""Windows over a video's frames."""

import numpy as np
import pytest

from clipzy.analysis.windows import LONGEST, join_windows, window_plan


@pytest.mark.parametrize("n", [1, 2, 49, 50, 51, 60, 249, 250, 251, 500, 3601])
@pytest.mark.parametrize("context", [0, 12, 25, 149])
def test_windows_cover_every_frame_and_are_of_one_length(n, context):
    """Every frame is kept by some window, none is longer than may be, all are as long."""
    plan = window_plan(n, context)
    kept = np.concatenate([np.arange(*w.keep) for w in plan])
    assert set(range(n)) == set(kept.tolist())
    assert len({w.length for w in plan}) == 1
    assert plan[0].length <= LONGEST


def test_short_videos_take_short_windows():
    """Sixty frames are not padded to the full window."""
    assert [w.length for w in window_plan(60, 25)] == [60 + 50]


def test_ends_are_repeated():
    """Where a window reaches past the video, its end frames stand in."""
    frames = np.arange(10, dtype=np.uint8).reshape(10, 1)
    (window,) = window_plan(10, 3)
    assert [0, 0, 0, *range(10), 9, 9, 9] == window.cut(frames)[:, 0].tolist()


@pytest.mark.parametrize("n", [7, 230, 777])
def test_answers_return_to_their_frames(n):
    """Joining what an identity network says gives every frame its own number."""
    frames = np.arange(n, dtype=np.float32)
    joined = join_windows(n, ((w, w.cut(frames)) for w in window_plan(n, 25)))
    assert np.array_equal(frames, joined)


def test_answers_of_another_length_are_refused():
    """A window's answer must have the window's length."""
    (window,) = window_plan(10, 5)
    with pytest.raises(ValueError, match="cannot have an answer"):
        join_windows(10, [(window, np.zeros(3, np.float32))])


def test_answers_that_are_no_numbers_are_refused():
    """Nothing is greater than they are, so that they would pass for frames without a change."""
    (window,) = window_plan(10, 5)
    with pytest.raises(ValueError, match="no numbers"):
        join_windows(10, [(window, np.full(window.length, np.nan, np.float32))])


def test_stretches_of_a_video_have_windows_of_their_own():
    """A plan may begin at any frame; what no window covers is 0."""
    frames = np.arange(1, 301, dtype=np.float32)
    plan = [*window_plan(40, 25, start=10), *window_plan(120, 25, start=150)]
    joined = join_windows(300, ((w, w.cut(frames)) for w in plan))
    within = np.zeros(300, bool)
    within[10:50] = within[150:270] = True
    assert np.array_equal(joined, np.where(within, frames, 0))
