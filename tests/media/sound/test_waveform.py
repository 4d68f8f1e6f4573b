"""Waveforms of sounds whose shape is known."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.sound.waveform import BEAT, CUT, DOWNBEAT, GROUND, HEIGHT, WAVE, WIDTH, Envelope, waveform

SECONDS = Fraction(4)


@pytest.fixture(scope="module", params=[1000, 16384, 10**6])
def loud_in_the_middle(request):
    """Four seconds in pieces of some length: silence, two of a full tone, silence."""
    tone = synth.sine(440, 4.0, peak_dbfs=-1)
    tone[: len(tone) // 4] = 0
    tone[-len(tone) // 4 :] = 0
    envelope = Envelope(len(tone))
    for at in range(0, len(tone), request.param):
        envelope.add(tone[at : at + request.param].T)
    return envelope


def coloured(picture, colour):
    """The columns in which a colour occurs."""
    return np.flatnonzero((picture == np.array(colour, np.uint8)).all(2).any(0))


def test_the_wave_is_high_where_the_sound_is_loud(loud_in_the_middle):
    """Full height for full scale, a line for silence."""
    picture = waveform(loud_in_the_middle, SECONDS, [], [])
    assert picture.shape == (HEIGHT, WIDTH, 3)
    heights = (picture == np.array(WAVE, np.uint8)).all(2).sum(0)
    assert heights[WIDTH // 2] > 0.6 * HEIGHT
    assert heights[: WIDTH // 5].max() <= 3
    assert heights[-WIDTH // 5 :].max() <= 3


def test_beats_and_cuts_lie_at_their_times(loud_in_the_middle):
    """Beats at the bottom, downbeats in a colour of their own, cuts at the top."""
    picture = waveform(loud_in_the_middle, SECONDS, [(1.0, True), (2.0, False)], [Fraction(3)])
    assert coloured(picture, DOWNBEAT).tolist() == [WIDTH // 4]
    assert coloured(picture, BEAT).tolist() == [WIDTH // 2]
    assert 3 * WIDTH // 4 in coloured(picture, CUT)
    assert (picture[0, 0] == GROUND).all()


def test_a_sound_shorter_than_the_picture_is_wide_is_drawn():
    """Columns that no sample falls into stay at silence."""
    envelope = Envelope(10)
    envelope.add(np.full((2, 10), 0.5, np.float32))
    envelope.add(np.zeros((2, 0), np.float32))
    assert (envelope.columns[:, 1] > 0).sum() == 10
    assert waveform(envelope, Fraction(1), [], []).shape == (HEIGHT, WIDTH, 3)


def test_samples_over_full_scale_end_there():
    """However far over it they are."""
    envelope = Envelope(4)
    envelope.add(np.array([[3.0, -7.0, 0.1, 0.2]], np.float32))
    assert (envelope.columns.min(), envelope.columns.max()) == (-1, 1)
