"""The footage's sound and the template's together: levels before, under and after speech, and the fade at the end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import synth_sound
from clipzy.media.sound.mixing import Mix, lowered
from clipzy.style.soundtrack import Ducking, Soundtrack, Stretch
from clipzy.style.time import Span

RATE = 8000
SPEECH = Ducking(
    (Span(Fraction(4), Fraction(6)), Span(Fraction(15), Fraction(16))), 14.0, Fraction(3, 10), Fraction(4, 5), ""
)
PLAIN = Soundtrack((Stretch(Span(Fraction(0), Fraction(20)), Fraction(0), ""),), 0.0, None, None, Fraction(0), "")


def bed(soundtrack, *, seconds=20, footage=None, template=None, channels=1, block=999):
    """The mix of a sine of the template's and the footage's sound, silence by default; (channels, samples)."""
    theirs = synth_sound.sine(400, seconds, RATE, channels=1).T if template is None else template
    own = np.zeros((1, seconds * RATE), np.float32) if footage is None else footage
    pieces = (iter(np.array_split(sound, range(block, sound.shape[1], block), axis=1)) for sound in (own, theirs))
    return np.concatenate(list(Mix(soundtrack, RATE, channels, seconds * RATE).under(*pieces)), axis=1)


def level_db(sound, start_s, end_s):
    """Root mean square of a stretch, dB over the sine's own."""
    part = sound[0, round(start_s * RATE) : round(end_s * RATE)].astype(np.float64)
    return 10 * np.log10(np.mean(part**2)) + 23.0 + 10 * np.log10(2)


def test_the_templates_sound_goes_down_under_speech_and_comes_back():
    """14 dB for the whole of each span, nothing before the attack nor after the release."""
    sound = bed(replace(PLAIN, ducking=SPEECH))
    assert level_db(sound, 0, 3.7) == pytest.approx(0, abs=0.02)
    assert level_db(sound, 4, 6) == pytest.approx(-14, abs=0.02)
    assert level_db(sound, 6.8, 14.7) == pytest.approx(0, abs=0.02)
    assert level_db(sound, 15, 16) == pytest.approx(-14, abs=0.02)
    assert level_db(sound, 16.8, 20) == pytest.approx(0, abs=0.02)


def test_ducking_is_smooth():
    """Half of the decibels in half of the time, and at 1 kHz no step of more than a fiftieth of the depth."""
    times = np.arange(0, 20, 0.001)
    way = lowered(SPEECH, times)
    assert way[3850] == pytest.approx(0.5, abs=0.01)
    assert way[6400] == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.diff(way)).max() < 0.02
    assert np.abs(np.diff(way, 2)).max() < 2e-4


def test_spans_whose_slopes_meet_are_bridged_without_a_step():
    """Half a second apart, the gain turns round on its way."""
    close = replace(SPEECH, spans=(Span(Fraction(4), Fraction(6)), Span(Fraction(13, 2), Fraction(7))))
    way = lowered(close, np.arange(0, 20, 0.001))
    assert 0 < way[6000:6500].min() < 1
    assert np.abs(np.diff(way)).max() < 0.02


def test_the_result_does_not_hang_on_the_blocks():
    """However the sounds are cut."""
    soundtrack = replace(PLAIN, ducking=SPEECH, fade_out_s=Fraction(2))
    assert np.array_equal(bed(soundtrack, block=999), bed(soundtrack, block=40001))


@pytest.mark.parametrize(
    ("seconds", "ends"), [(20, 20), (16, 16), (30, 20)], ids=["both", "the output", "the stretches"]
)
def test_the_end_fades(seconds, ends):
    """To nothing, over its two seconds, at the end of whichever ends first; silence after it."""
    sound = bed(
        replace(PLAIN, fade_out_s=Fraction(2)),
        seconds=seconds,
        template=synth_sound.sine(400, min(seconds, 20), RATE, channels=1).T,
    )
    assert level_db(sound, 0, ends - 2) == pytest.approx(0, abs=0.02)
    assert level_db(sound, ends - 1.05, ends - 0.95) == pytest.approx(-3, abs=0.3)
    assert np.abs(sound[0, round(ends * RATE) - 8 :]).max() < 1e-3
    assert sound.shape == (1, seconds * RATE)


def test_gains_are_those_of_the_plan():
    """6 dB more of the template's, 6 less of the footage's, added sample by sample."""
    rng = np.random.default_rng(0)
    own, theirs = (rng.standard_normal((1, 20 * RATE)).astype(np.float32) / 10 for _ in range(2))
    mixed = bed(replace(PLAIN, gain_db=6.0, footage_gain_db=-6.0), footage=own, template=theirs)
    assert np.allclose(mixed, own * 10 ** (-6 / 20) + theirs * 10 ** (6 / 20), atol=1e-6)


@pytest.mark.parametrize(("own", "theirs"), [(1, 2), (2, 1), (1, 1)])
def test_one_channel_is_heard_on_both_loudspeakers(own, theirs):
    """At its level on each, whichever of the two it is."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((channels, 20 * RATE)).astype(np.float32) / 10 for channels in (own, theirs))
    assert np.allclose(
        bed(replace(PLAIN, footage_gain_db=0.0), footage=a, template=b, channels=2), a + b + np.zeros((2, 1)), atol=1e-6
    )
