"""Changes of shot against beats."""

from fractions import Fraction

import pytest

from clipzy.style.dna import BeatBand, TransitionType
from clipzy.style.measurements import Beat, Boundary
from clipzy.style.rhythm import CutRhythm, cut_rhythm


def beats(count=16, period_s=0.5, start_s=0.0):
    """So many beats, every fourth a downbeat."""
    return tuple(Beat(start_s + k * period_s, 0.9, BeatBand.BASS, downbeat=k % 4 == 0) for k in range(count))


def cuts(*times_s):
    """Hard cuts."""
    return tuple(Boundary(Fraction(t), Fraction(t), TransitionType.CUT, 1.0) for t in times_s)


def test_cuts_on_beats_are_told_from_cuts_beside_them():
    """With the share by chance beside, without which a share would say little."""
    rhythm = cut_rhythm(cuts(1.0, 2.51, 4.25, 6.0), beats())
    assert rhythm.offsets_ms == (0, 10, 250, 0)
    assert rhythm.on_beat == 0.75
    assert rhythm.on_downbeat == 0.25  # 6.0 alone: downbeats are two seconds apart
    assert rhythm.by_chance == pytest.approx(0.28)


def test_a_gradual_change_lies_where_its_middle_is():
    """A dissolve from 0.8 to 1.2 s is on the beat at 1 s."""
    dissolve = Boundary(Fraction(4, 5), Fraction(6, 5), TransitionType.DISSOLVE, 1.0)
    assert cut_rhythm([dissolve], beats()).offsets_ms == (0,)


def test_changes_outside_of_the_music_count_for_nothing():
    """Before the first beat and after the last there is nothing to be on."""
    outside = cut_rhythm(cuts(0.5, 9.0), beats(8, start_s=1.0))
    assert outside == CutRhythm((None, None), None, None, None)
    assert not outside.keeps_to_bars


@pytest.mark.parametrize(
    ("times_s", "kept"),
    [
        ((2, 4, 6), True),
        ((2, 2.5, 4, 6, 6.05), True),
        ((2, 4), False),
        ((2, 3, 4, 5, 6, 6.5), False),
        ((0.2, 1.3), False),
    ],
    ids=["on bars", "most on bars", "too few to tell", "on beats", "beside them"],
)
def test_cuts_that_keep_to_bars_are_told_from_those_on_some_beat(times_s, kept):
    """Three cuts at least, of which four of five begin a bar."""
    assert cut_rhythm(cuts(*times_s), beats()).keeps_to_bars is kept


@pytest.mark.parametrize(
    ("times_s", "kept"),
    [((1, 2.5, 4, 6), True), ((1, 2.5, 4.25), True), ((1, 2.5), False), ((1, 2.25, 2.75, 4), False)],
    ids=["on beats", "most on beats", "too few to tell", "half of them"],
)
def test_cuts_that_keep_to_beats_are_told_from_those_that_hit_some(times_s, kept):
    """Three cuts at least, half of what chance would leave beside them on beats: at 120 beats a minute 64 %."""
    assert cut_rhythm(cuts(*times_s), beats()).keeps_to_beats is kept


@pytest.mark.parametrize(("boundaries", "told"), [((), ()), (cuts(1.0), (None,))], ids=["no cut", "no beat"])
def test_without_beats_or_cuts_nothing_is_told(boundaries, told):
    """Neither share is made up."""
    assert cut_rhythm(boundaries, ()) == CutRhythm(told, None, None, None)
