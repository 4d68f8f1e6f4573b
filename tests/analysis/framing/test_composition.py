"""Composition of pictures that were composed on purpose."""

import cv2
import numpy as np
import pytest

from clipzy.analysis.framing import composition
from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.framing.saliency import saliencies
from clipzy.analysis.framing.subjects import find_subjects
from clipzy.style.measurements import Composition

NO_FACE, NO_BARS = np.zeros((1, 5), np.float32), Bars()


def measure_composition(samples, bars=NO_BARS, faces=NO_FACE):
    """The composition of samples without their bars, with the same faces in each."""
    pictures = bars.crop(samples)
    attentions = [saliencies(picture[None])[0] for picture in pictures]
    return composition.measure_composition(
        pictures, attentions, [next(iter(find_subjects(attention, faces, 0.0)), None) for attention in attentions]
    )


def ground(seed=1, size=(320, 180)):
    """A dull noisy ground, (height, width, 3) uint8."""
    return np.random.default_rng(seed).integers(95, 126, (size[1], size[0], 3)).astype(np.uint8)


def with_subject(x, y, radius=0.12):
    """Samples with a red disc at shares of width and height, radius as a share of the height."""
    frames = []
    for seed in range(4):
        frame = ground(seed)
        height, width = frame.shape[:2]
        cv2.circle(frame, (round(x * width), round(y * height)), round(radius * height), (230, 60, 40), -1)
        frames.append(frame)
    return np.stack(frames)


def with_lines(ends, seeds=3):
    """Samples with dark lines, given as ((x, y), (x, y)) in shares."""
    frames = []
    for seed in range(seeds):
        frame = ground(seed, (480, 270))
        for (x0, y0), (x1, y1) in ends:
            start, end = (round(x0 * 480), round(y0 * 270)), (round(x1 * 480), round(y1 * 270))
            cv2.line(frame, start, end, (10, 10, 10), 3, cv2.LINE_AA)
        frames.append(frame)
    return np.stack(frames)


@pytest.mark.parametrize(("x", "y"), [(1 / 3, 1 / 3), (2 / 3, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 2 / 3)])
def test_a_subject_on_a_third_point_follows_the_rule(x, y):
    """Saliency on any of the four points is far above chance."""
    assert measure_composition(with_subject(x, y)).thirds > 0.65


def test_a_subject_in_the_middle_does_not_follow_the_rule():
    """A centred subject lies off the third points: less than chance."""
    assert measure_composition(with_subject(0.5, 0.5, 0.08)).thirds < 0.49


@pytest.mark.parametrize(("y", "gap"), [(0.3, 0.18), (0.5, 0.38), (0.7, 0.58)])
def test_headroom_is_the_gap_above_the_subject(y, gap):
    """The share of the height that is free above a disc is measured to within 0.06."""
    assert measure_composition(with_subject(0.5, y)).headroom == pytest.approx(gap, abs=0.06)


def test_no_subject_has_no_headroom():
    """Where nothing stands out there is no gap to measure."""
    assert measure_composition(np.stack([ground(seed) for seed in range(4)])).headroom is None


def test_headroom_needs_a_subject_in_a_fifth_of_the_samples():
    """One subject in ten samples is an exception, not a composition."""
    samples = np.stack([ground(seed) for seed in range(10)])
    samples[4] = with_subject(0.5, 0.4)[0]
    assert measure_composition(samples).headroom is None


@pytest.mark.parametrize("flat", [0, 128], ids=["black", "grey"])
def test_pictures_that_show_nothing_have_no_composition(flat):
    """Flat samples give None all over."""
    assert measure_composition(np.full((3, 90, 160, 3), flat, np.uint8)) == Composition(None, None, None)


def test_lines_to_a_vanishing_point_lead():
    """Slanted edges that meet in one point are leading lines."""
    rays = [((x, 1.0), (0.5 + 0.2 * (x - 0.5), 0.4)) for x in (0.0, 0.15, 0.3, 0.7, 0.85, 1.0)]
    assert measure_composition(with_lines(rays)).leading_lines > 0.7


@pytest.mark.parametrize(
    "lines",
    [
        [((0.05, y), (0.95, y)) for y in (0.2, 0.4, 0.6, 0.8)],
        [((x, 0.1), (x + 0.25, 0.9)) for x in (0.1, 0.25, 0.4, 0.55)],
        [((0.05, 0.9), (0.9, 0.15))],
    ],
    ids=["shelves", "parallel", "one"],
)
def test_lines_that_meet_nowhere_do_not_lead(lines):
    """Upright, parallel and single lines lead to no place."""
    assert measure_composition(with_lines(lines)).leading_lines < 0.2


@pytest.mark.parametrize(
    ("pictures", "share"), [(30, 0.5), (40, 1.0)], ids=["in all of few", "in every second of many"]
)
def test_lines_are_looked_for_in_pictures_spread_evenly(pictures, share):
    """In 30 at most: here every second picture, from the first one, has lines that lead."""
    rays = with_lines([((x, 1.0), (0.5 + 0.2 * (x - 0.5), 0.4)) for x in (0.0, 0.15, 0.3, 0.7, 0.85, 1.0)], seeds=1)
    shown = np.concatenate([rays, with_lines([], seeds=1)] * (pictures // 2))
    alone = measure_composition(rays).leading_lines
    assert measure_composition(shown).leading_lines == pytest.approx(share * alone)


def test_bars_are_no_part_of_the_composition():
    """A letterboxed picture is composed as the picture within its bars."""
    plain = with_subject(1 / 3, 0.4)
    boxed = np.pad(plain, ((0, 0), (30, 30), (0, 0), (0, 0)))
    within = measure_composition(boxed, Bars(30, 30, 0, 0))
    assert within == measure_composition(plain)


def face(left, top, right, bottom, probability=1.0):
    """One face, as the network tells it."""
    return np.array([[left, top, right, bottom, probability]], np.float32)


@pytest.mark.parametrize(("x", "follows"), [(1 / 3, True), (0.5, False)], ids=["on a third", "in the middle"])
def test_a_face_draws_the_eye_from_whatever_else_stands_out(x, follows):
    """Thirds are measured at the face, though a red disc is elsewhere."""
    other = with_subject(0.5 if follows else 1 / 3, 1 / 3 if not follows else 0.5)
    thirds = measure_composition(other, faces=face(x - 0.05, 1 / 3 - 0.1, x + 0.05, 1 / 3 + 0.1)).thirds
    assert (thirds > 0.6) == follows


def test_headroom_over_a_face_leaves_its_hair_out():
    """A fifth of the face's height is hair above the box that is drawn around it."""
    headroom = measure_composition(with_subject(0.5, 0.6), faces=face(0.4, 0.3, 0.6, 0.6)).headroom
    assert headroom == pytest.approx(0.24, abs=0.01)


def test_a_doubtful_face_is_none():
    """Bark and cloth are taken for faces now and then, less surely."""
    plain = measure_composition(with_subject(0.5, 0.3))
    assert measure_composition(with_subject(0.5, 0.3), faces=face(0.1, 0.7, 0.2, 0.9, probability=0.9)) == plain
