"""Pauses between spoken words, by the voice network and by the level."""

from fractions import Fraction

import numpy as np
import pytest

from clipzy.analysis.audio.pauses import pauses_in
from clipzy.analysis.audio.sound_rates import VOICE_RATE

RATE = 16000


def spoken(*gaps, seconds=6.0, floor=0.0):
    """A loud noise with gaps in which hardly anything sounds."""
    sound = np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    for start, end in gaps:
        sound[round(start * RATE) : round(end * RATE)] *= floor
    return sound


def found(sound, voice=None, speaks=None, seconds=6.0):
    """The pauses in seconds."""
    count = round(seconds * VOICE_RATE)
    voice = np.ones(count) if voice is None else voice
    speaks = np.ones(count, bool) if speaks is None else speaks
    return [(float(span.start), float(span.end)) for span in pauses_in(speaks, voice, sound, Fraction(str(seconds)))]


def test_pauses_are_told_to_the_hundredth():
    """Where next to nothing is heard within speech; the closures of plosives are too short for one."""
    pauses = found(spoken((1.0, 1.2), (2.0, 2.1), (4.5, 4.8)))
    assert pauses == [pytest.approx((1.0, 1.2), abs=0.011), pytest.approx((4.5, 4.8), abs=0.011)]


def test_music_under_the_speech_hides_no_pause_from_the_network():
    """The level never falls, but no voice is heard."""
    voice = np.ones(round(6 * VOICE_RATE))
    voice[40:50] = 0.1
    [(start, end)] = found(spoken(), voice)
    assert (start, end) == pytest.approx((40 / VOICE_RATE, 50 / VOICE_RATE), abs=0.02)


def test_a_word_said_softly_is_no_pause():
    """Twelve decibels less."""
    assert found(spoken((2, 3), floor=0.25)) == []


def test_silence_outside_of_speech_is_none():
    """Nor is anything where nobody speaks at all."""
    speaks = np.zeros(round(6 * VOICE_RATE), bool)
    assert found(spoken((1, 2)), speaks=speaks) == []
    speaks[: round(3 * VOICE_RATE)] = True
    assert [start for start, _ in found(spoken((1, 1.5), (4, 5)), speaks=speaks)] == [pytest.approx(1.0, abs=0.011)]
