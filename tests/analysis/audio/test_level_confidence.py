"""How sure the metrical level of a pulse is."""

import numpy as np
import pytest

from clipzy.analysis.audio.level_confidence import half_as_many, level_confidence
from drummed import counted, drummed, heard

BACKBEAT = "khshkhsh"


def confidence(beat_s, strengths=(0.9,), pattern=BACKBEAT, drummed_s=0.5):
    """Of beats of that length, in drums of another, heard with these strengths in turn on the shorter of both."""
    activations = heard(counted(min(beat_s, drummed_s))[0], strengths)
    return level_confidence(counted(beat_s)[0], activations, drummed(drummed_s, pattern))


def test_a_plain_backbeat_is_sure():
    """Kick and snare in turn, and a network that hears every beat and nothing between, leave no doubt."""
    assert confidence(0.5) > 0.95


@pytest.mark.parametrize(
    ("beat_s", "strengths"), [(0.25, (0.9, 0.4)), (1.0, (0.9,))], ids=["twice too fast", "half too slow"]
)
def test_an_octave_off_is_doubtful(beat_s, strengths):
    """Where the drums speak for half or twice the tempo, the other counts have a third of the probability or more."""
    assert confidence(beat_s, strengths) < 2 / 3


def test_the_second_best_count_takes_from_the_best():
    """The more every second beat alone could be the pulse, the less sure it is."""
    told = [confidence(0.375, (0.9, weaker), drummed_s=0.75) for weaker in (0.9, 0.6, 0.3)]
    assert told[0] > told[1] > told[2]


def test_hats_alone_say_little():
    """Without kick and snare the levels are harder to tell apart than with them."""
    assert confidence(0.5, pattern="hhhh") < confidence(0.5)


def halved(beat_s, strengths, drummed_s):
    """What is made of beats of that length in drums of another."""
    times, _ = counted(beat_s)
    return times, half_as_many(times, heard(times, strengths), drummed(drummed_s, BACKBEAT))


@pytest.mark.parametrize("first", [0, 1])
def test_beats_that_are_counted_twice_are_halved_where_that_is_far_likelier(first):
    """Whichever of them the drums are on; the probability is told with them."""
    times, _ = counted(0.375)
    strengths = (0.9, 0.25) if first == 0 else (0.25, 0.9)
    onsets = drummed(0.75, BACKBEAT, start=times[first])
    beats, probable = half_as_many(times, heard(times, strengths), onsets)
    assert beats.tolist() == times[first::2].tolist()
    assert probable > 2 / 3


@pytest.mark.parametrize(
    ("beat_s", "strengths", "drummed_s"),
    [(0.5, (0.9,), 0.5), (0.375, (0.9, 0.6), 0.375), (0.75, (0.9,), 0.75)],
    ids=["plain", "fast", "slow already"],
)
def test_other_beats_stay_as_they_are(beat_s, strengths, drummed_s):
    """Where the drums are on all of them."""
    assert halved(beat_s, strengths, drummed_s)[1] is None


def test_too_little_says_nothing():
    """Under six beats, or without onsets, there is no figure."""
    times, _ = counted(0.5)
    activations = heard(times, (0.9,))
    assert level_confidence(times[:5], activations, drummed(0.5, BACKBEAT)) is None
    assert level_confidence(times, activations, np.zeros((0, 3), np.float32)) is None
