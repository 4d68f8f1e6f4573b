"""The footage's sound at the beginning and the end of an output that takes a part of it."""

from fractions import Fraction

import pytest

import measured
from clipzy.style.dna import BeatBand
from clipzy.style.measurements import Beat, SoundKind, SoundSpan
from clipzy.style.mix import kept_chain
from clipzy.style.plan import WHOLE_PICTURE, Clip
from clipzy.style.sound_edges import MUSIC_FADE_S, with_edges
from clipzy.style.time import Span

LASTS = 20
CLICK_FADE_S = Fraction(1, 50)  # as docs/edit-plan.md tells of cuts


def faded(start, end, *sounds, beats=()):
    """The chain of one clip of 20 s of footage with those sounds."""
    found = tuple(SoundSpan(Span(Fraction(first), Fraction(last)), kind) for kind, first, last in sounds)
    sound = measured.audio(duration_s=float(LASTS), sounds=found, beats=beats)
    clip = Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, look=None, transition_in=None, reason="")
    return with_edges(kept_chain(sound), [clip], sound)


def test_footage_that_is_taken_whole_is_not_touched():
    """Its sound begins and ends as it was made."""
    chain = faded(0, LASTS, (SoundKind.MUSIC, 0, LASTS))
    assert (chain.fade_in_s, chain.fade_out_s) == (0, 0)


def test_a_part_begins_and_ends_without_a_click():
    """Where it is cut out of a sound, in which nothing else is heard."""
    chain = faded(3, 9)
    assert (chain.fade_in_s, chain.fade_out_s) == (CLICK_FADE_S, CLICK_FADE_S)


@pytest.mark.parametrize("kind", [SoundKind.MUSIC, SoundKind.SINGING])
def test_music_that_goes_on_fades_out(kind):
    """And the plan says so."""
    chain = faded(0, 9, (kind, 2, 15))
    assert (chain.fade_in_s, chain.fade_out_s) == (0, MUSIC_FADE_S)
    assert "faded out over the last 0.5 s" in chain.reason


@pytest.mark.parametrize(
    ("step", "ends", "fade"),
    [("0.6", "9.6", "0.6"), ("0.6", "9.3", "0.9"), ("0.3", "9", "0.6"), ("2", "9.9", "1/2")],
    ids=["to a beat", "between two", "quick", "far from one"],
)
def test_the_last_beat_is_heard_whole_and_rings_out(step, ends, fade):
    """Of a beat that sounds for less than .4 s nobody hears that it was the last; where none is near the fade is as without beats."""
    beats = tuple(Beat(k * float(step), 0.9, BeatBand.BASS, k % 4 == 0) for k in range(9))
    beats += tuple(Beat(9 * float(step) + k * float(step), 0.9, BeatBand.BASS, downbeat=False) for k in range(30))
    assert faded(0, ends, (SoundKind.MUSIC, 0, 15), beats=beats).fade_out_s == Fraction(fade)


def test_music_that_comes_to_its_end_keeps_it():
    """A last chord is not taken away."""
    assert faded(0, 9, (SoundKind.MUSIC, 2, Fraction(91, 10))).fade_out_s == CLICK_FADE_S


@pytest.mark.parametrize(
    ("spoken_until", "fade"),
    [(9, CLICK_FADE_S), (10, CLICK_FADE_S), (Fraction(88, 10), Fraction(1, 5)), (8, MUSIC_FADE_S)],
)
def test_the_last_word_over_music_stays_as_loud_as_it_is(spoken_until, fade):
    """The fade begins when it is said."""
    assert faded(0, 9, (SoundKind.MUSIC, 0, 15), (SoundKind.SPEECH, 4, spoken_until)).fade_out_s == fade


def test_a_short_clip_is_no_more_than_faded():
    """No fade is longer than what it fades."""
    assert faded(8, Fraction(82, 10), (SoundKind.MUSIC, 0, 15)).fade_out_s == Fraction(1, 5)
