"""Pairs for motion of files that show a picture in several frames."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.next_picture import of_film, of_pictures
from clipzy.media.decoding.taps import MotionPairsTap, open_motion_pairs


def test_a_drawing_is_paired_with_the_next():
    """From the first frame of the one to the first of the other, wherever one looks."""
    changes = np.array([0.02, 3, 0.0, 4, 0.01, 3, 0.02, 5, 0.0, 3])
    assert [of_pictures(changes, at) for at in range(2, 9)] == [
        (2, 4),
        (2, 4),
        (4, 6),
        (4, 6),
        (6, 8),
        (6, 8),
        (8, 10),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        [3, 3.5, 2.5, 3, 2, 3, 4, 3, 3],
        [3, 3.5, 2.5, 0, 2, 3, 4, 0, 3],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0.05, 0, 0.06, 0, 0.02, 0, 0.05, 0, 0.04],
        [0, 0, 0, 0, 0, 0, 0, 0, 9],
        [9, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    ids=["film", "few repeats", "still", "noise", "before a cut", "after a cut"],
)
def test_frames_on_end_are_paired_elsewhere(changes):
    """Wherever most frames are new, or nothing moves."""
    assert of_pictures(np.array(changes), 4) == (4, 5)


@pytest.mark.parametrize(
    ("every", "rate"),
    [(5, Fraction(30)), (5, Fraction(30000, 1001)), (6, Fraction(30))],
    ids=["30", "29.97", "25 in 30"],
)
@pytest.mark.parametrize("late", range(5))
def test_film_in_a_faster_file_moves_at_its_own_speed(every, rate, late, tmp_path):
    """Six pairs a second are every fifth frame, as the repeats are: each pair would be a frame and its repeat, or too fast."""
    moving = list(synth.moving_texture(60, seed=5, dx=3))
    pictures = [moving[((every - 1) * k + late) // every] for k in range(70)]
    decode_pass(synth.write_video(tmp_path / "clip.mp4", pictures, rate=rate, crf=8), [MotionPairsTap(tmp_path)])
    pairs = open_motion_pairs(tmp_path)
    # near its ends too few repeats are seen
    assert {_moved(*pair) for pair in pairs.pictures[2:-2]} == {3}
    lasts = float(Fraction(every, every - 1) / rate)
    assert pairs.intervals_s[2:-2] == pytest.approx([lasts] * len(pairs.intervals_s[2:-2]), rel=1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        [3, 3, 0, 3, 3, 3, 0, 3, 0, 3],
        [3, 0, 3, 0, 3, 0, 3, 0, 3, 0],
        [3, 3, 3, 3, 0, 3, 3, 3, 3, 3],
        [3, 3, 3, 3, 3, 3, 3, 3, 3, 3],
    ],
    ids=["uneven", "twos", "one repeat", "none"],
)
def test_what_does_not_repeat_evenly_is_no_film(changes):
    """Else a stumble of the camera would count as slower motion."""
    assert of_film(np.array(changes), 4) is None


@pytest.mark.parametrize("shown", [1, 2, 3])
@pytest.mark.parametrize("late", [0, 1, 2])
def test_motion_hangs_not_on_the_frame_at_which_a_drawing_begins(shown, late, tmp_path):
    """A pan of 72 pixels a second, on ones, twos and threes, with one frame more or less before it."""
    moving = list(synth.moving_texture(60, seed=5, dx=3))
    pictures = [moving[(k + late) // shown * shown] for k in range(57)]
    decode_pass(
        synth.write_video(tmp_path / "clip.mp4", pictures, rate=Fraction(24), crf=18), [MotionPairsTap(tmp_path)]
    )
    pairs = open_motion_pairs(tmp_path)
    gaps = [round(gap * 24) for gap in pairs.intervals_s]
    # what was drawn before the file begins is not known
    assert set(gaps[1:-1]) == {shown}
    apart = [_moved(*pair) / gap for pair, gap in zip(pairs.pictures[1:-1], gaps[1:-1], strict=True)]
    assert apart == pytest.approx([3] * len(apart))
    assert (np.diff(pairs.ticks) > 0).all()


def _moved(one, other):
    """Pixels by which a pan moved, to either side."""
    one, other = (picture[:, 40:-40].astype(int) for picture in (one, other))
    errors = {dx: np.abs(np.roll(other, dx, axis=1) - one)[:, 20:-20].mean() for dx in range(-12, 13)}
    return abs(min(errors, key=lambda dx: errors[dx]))


def test_the_pairs_of_a_still_picture_are_frames_on_end(tmp_path):
    """As many as of any other."""
    still = [synth.textured_frame(3)] * 48
    decode_pass(synth.write_video(tmp_path / "clip.mp4", still, rate=Fraction(24)), [MotionPairsTap(tmp_path)])
    pairs = open_motion_pairs(tmp_path)
    assert len(pairs.pictures) == 12
    assert {round(gap * 24) for gap in pairs.intervals_s} == {1}


def test_pairs_far_apart_are_of_pictures_too(tmp_path):
    """Where a long video is sampled sparsely, only what lies near each pair is looked at."""
    moving = list(synth.moving_texture(300, seed=5, dx=1))
    pictures = [moving[k // 2 * 2] for k in range(300)]
    decode_pass(
        synth.write_video(tmp_path / "clip.mp4", pictures, rate=Fraction(24), crf=18),
        [MotionPairsTap(tmp_path, max_pairs=9)],
    )
    pairs = open_motion_pairs(tmp_path)
    assert len(pairs.pictures) in range(7, 10)
    assert {round(gap * 24) for gap in pairs.intervals_s} == {2}
