"""Waveforms of sounds whose shape is known."""

from fractions import Fraction

import numpy as np
import pytest

import synth
from clipzy.media.waveform import BEAT, CUT, DOWNBEAT, GROUND, HEIGHT, WAVE, WIDTH, waveform

SECONDS = Fraction(4)


@pytest.fixture(scope="module")
def loud_in_the_middle(tmp_path_factory):
    """Four seconds: silence, two of a full tone, silence."""
    tone = synth.sine(440, 4.0, peak_dbfs=-1)
    tone[: len(tone) // 4] = 0
    tone[-len(tone) // 4 :] = 0
    path = tmp_path_factory.mktemp("waveform") / "tone.mp4"
    return synth.write_video(path, synth.numbered_frames(100, (64, 36)), rate=Fraction(25), audio=tone)


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


def test_a_file_without_sound_has_no_waveform(tmp_path):
    """Nothing is drawn for nothing."""
    path = synth.write_video(tmp_path / "silent.mp4", synth.numbered_frames(10, (64, 36)))
    assert waveform(path, Fraction(1), [], []) is None
