"""How many changes of shot a rendered file is said to have."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.rendering.review import Stretch
from clipzy.stages.output_changes import changes_seen, may_be_overlooked
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary

RATE = Fraction(24)
FADE = Boundary(Fraction(15), Fraction(16), TransitionType.FADE, 1.0)


def cut(second):
    """One that was planned at a second."""
    return Boundary(Fraction(second), Fraction(second), TransitionType.CUT, 1.0)


def part(starts, *seeds):
    """Two seconds of a file, of one shot or of two."""
    shots = [synth.moving_texture(48 // len(seeds), seed=seed, size=(48, 27), dx=0.2) for seed in seeds]
    pictures = np.stack([picture for shot in shots for picture in shot])
    return Stretch(pictures, Fraction(starts), pictures[:0], ())


@pytest.mark.parametrize("kind", [TransitionType.CUT, TransitionType.FADE])
def test_changes_that_were_not_looked_at_count_as_planned(kind):
    """Of a cut that is seen and a fade elsewhere each is half of all."""
    assert changes_seen([cut(1), FADE], [part(0, 3, 4)], RATE, Fraction(20), kind).of_kind == 0.5


def test_a_change_that_is_not_seen_is_one_less():
    """Two of three say nothing of six elsewhere, and the third may be there."""
    known = [cut(second) for second in (1, 4, 7, 10, 11, 12, 13, 14, 16)]
    parts = [part(0, 3, 4), part(3, 5, 6), part(6, 7)]
    told = changes_seen(known, parts, RATE, Fraction(30), None)
    assert told.a_minute == pytest.approx(16)
    assert told.in_doubt == 1
    assert told.words.startswith("2 of 3 changes looked for were seen, 0 others")


def test_a_change_that_is_not_seen_is_of_no_kind():
    """It does not count, so that what is left are cuts alone."""
    parts = [part(0, 3, 4), part(3, 5, 6), part(6, 7)]
    assert changes_seen([cut(1), cut(4), cut(7)], parts, RATE, Fraction(30), TransitionType.CUT).of_kind == 1


def test_cuts_between_bars_are_seen():
    """A phone's clip in a wide frame: the bars, two thirds of it, never change."""
    parts = []
    for at in (0, 3, 6):
        pictures = part(at, at, at + 1).pictures.copy()
        pictures[:, :, :16], pictures[:, :, 32:] = 0, 0
        parts.append(Stretch(pictures, Fraction(at), pictures[:0], ()))
    known = [cut(1), cut(4), cut(7)]
    told = changes_seen(known, parts, RATE, Fraction(9), None, picture=(1 / 3, 0.0, 2 / 3, 1.0))
    assert told.words.startswith("3 of 3 changes looked for were seen, 0 others")


def test_a_fade_that_changes_no_shot_is_looked_for_and_not_counted():
    """The footage's own, out of black: neither one change more, nor another one that nobody planned."""
    fade = Boundary(Fraction(1, 2), Fraction(1), TransitionType.FADE, 1.0)
    shot = synth.moving_texture(48, seed=3, size=(48, 27), dx=0.2)
    lit = np.clip((np.arange(48) - 12) / 12, 0, 1)[:, None, None, None]
    pictures = (np.stack(list(shot)) * lit).astype(np.uint8)
    part_seen = Stretch(pictures, Fraction(0), pictures[:0], ())
    known = [fade, cut(10)]
    told = changes_seen(known, [part_seen], RATE, Fraction(20), TransitionType.CUT, uncounted={fade})
    assert told.a_minute == pytest.approx(3)
    assert "0 others" in told.words
    assert told.words.endswith("1 changes in all")
    assert changes_seen(known, [part_seen], RATE, Fraction(20), None).a_minute == pytest.approx(6)


def test_where_none_is_seen_there_are_none_elsewhere():
    """Three of three that are not there are no oversight."""
    known = [cut(second) for second in (1, 4, 7, 10, 12, 14)]
    told = changes_seen(known, [part(at, 3) for at in (0, 3, 6)], RATE, Fraction(30), None)
    assert (told.a_minute, told.in_doubt) == (0, 0)


@pytest.mark.parametrize(
    ("missed", "looked_for", "overlooked"),
    [
        (0, 0, True),
        (1, 1, True),
        (2, 3, True),
        (2, 2, False),
        (3, 3, False),
        (4, 9, True),
        (5, 9, False),
        (300, 1500, True),
        (400, 1500, False),
    ],
)
def test_one_change_in_five_is_overlooked(missed, looked_for, overlooked):
    """And by chance a few more."""
    assert may_be_overlooked(missed, looked_for) is overlooked
