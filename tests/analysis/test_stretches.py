"""Probabilities to stretches of time."""

from fractions import Fraction

import numpy as np
import pytest

from clipzy.analysis.stretches import hysteresis, resampled, runs, spans_of, tidied
from clipzy.style.time import Span


def mask(text):
    """A mask drawn as text: # is True."""
    return np.array([letter == "#" for letter in text], bool)


def drawn(values):
    """The text of a mask."""
    return "".join("#" if value else "." for value in values)


def test_runs_of_true():
    """First and one past the last index of each run, also at both ends."""
    assert runs(mask("##..#..###")).tolist() == [[0, 2], [4, 5], [7, 10]]
    assert runs(mask("...")).tolist() == []
    assert runs(mask("")).tolist() == []


def test_hysteresis_needs_one_sure_frame():
    """A stretch above the lower threshold counts only where it reaches the upper one."""
    probability = np.array([0.4, 0.4, 0.1, 0.4, 0.6, 0.4, 0.1, 0.9])
    assert drawn(hysteresis(probability, 0.5, 0.35)) == "...###.#"


@pytest.mark.parametrize(
    ("before", "after"),
    [("##.##...#..", "#####......"), ("#.#........", "###........"), ("...#.....", "........."), ("", "")],
)
def test_gaps_close_before_short_runs_go(before, after):
    """Gaps of one frame close, then runs under three frames are dropped."""
    assert after == drawn(tidied(mask(before), 3, 1))


def test_spans_are_exact_and_end_with_the_sound():
    """Frames become exact seconds, cut off where the sound ends."""
    spans = spans_of(mask(".##.##"), Fraction(1, 3), Fraction(5, 3) + Fraction(1, 100))
    assert spans == (Span(Fraction(1, 3), Fraction(1)), Span(Fraction(4, 3), Fraction(503, 300)))


def test_a_mask_at_another_rate():
    """Each new frame takes the old frame at its middle, nothing beyond the end."""
    assert drawn(resampled(mask("#.#"), 1.0, 8, 2.0)) == "##..##.."
    assert drawn(resampled(mask(""), 1.0, 2, 2.0)) == ".."
