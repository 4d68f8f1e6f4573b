"""Loudness of sounds that are shorter than a block of the measure."""

from __future__ import annotations

import numpy as np
import pytest

import synth
from clipzy.media.sound.loudness import LoudnessMeter


def loudness(sound, rate, layout="stereo"):
    """Of a sound of shape (channels, samples), fed in pieces."""
    meter = LoudnessMeter(rate, layout)
    for piece in np.array_split(sound, 3, axis=1):
        meter.add(np.ascontiguousarray(piece))
    return meter.result()


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
@pytest.mark.parametrize("rate", [11025, 44100, 48000])
@pytest.mark.parametrize("seconds", [0.05, 0.25, 0.399])
def test_a_short_sound_is_as_loud_as_a_long_one_of_its_level(seconds, rate, layout):
    """A sine whose loudness is known once it is long enough, cut short: the filter's weighting takes its time to swing in."""
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    sound = synth.sine(1000, 2.0, rate, peak_dbfs=-12.0, channels=channels).astype(np.float32)
    sound = sound.reshape(-1, channels).T
    whole = loudness(sound, rate, layout)
    short = loudness(sound[:, : round(seconds * rate)], rate, layout)
    assert short.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=0.3)
    assert short.range_lu is None


def test_a_short_silence_has_no_loudness():
    """Nor has one under the absolute gate, nor nothing at all."""
    rate = 48000
    assert loudness(np.zeros((2, rate // 4), np.float32), rate).integrated_lufs is None
    faint = synth.sine(1000, 0.25, rate, peak_dbfs=-90.0, channels=2).astype(np.float32)
    assert loudness(faint.T, rate).integrated_lufs is None
    assert LoudnessMeter(rate, "stereo").result().integrated_lufs is None
