"""The sound of clips: exact in length, without clicks, cross-faded where two of them are seen."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from clipzy.media.sound.sound_cuts import Stretch, crossfaded, edged, stretches
from clipzy.style.dna import Transition, TransitionType
from clipzy.style.plan import WHOLE_PICTURE, Clip, Slowed
from clipzy.style.sound_edges import CLICK_FADE_S
from clipzy.style.time import Span

RATE = 8000
FADE = round(CLICK_FADE_S * RATE)


def clip(start, end, duration_ms=0, kind=TransitionType.DISSOLVE):
    """A clip of these seconds, coming out of the one before in so much time."""
    how = Transition(kind, duration_ms) if duration_ms else None
    return Clip(Span(Fraction(start), Fraction(end)), WHOLE_PICTURE, look=None, transition_in=how, reason="")


def ramp(stretch):
    """A source whose every sample is its number, in uneven pieces."""
    first = round(stretch.start * RATE)
    sound = np.arange(first, first + stretch.samples, dtype=np.float32)[None]
    yield from np.array_split(sound, range(500, sound.shape[1], 777), axis=1)


def heard(clips, total=None):
    """All samples."""
    whole = total or round(sum(each.source.duration for each in clips) * RATE)
    return np.concatenate([*crossfaded(stretches(clips, RATE, whole), ramp)], axis=1)[0]


@pytest.mark.parametrize("difference", [-70, 0, 70], ids=["cut", "exact", "filled"])
def test_sound_is_as_long_as_the_pictures(difference):
    """Each clip is on the sample nearest to its instant from its beginning on; the last one takes up the difference."""
    clips = [clip(k, k + Fraction(1001, 997) * n) for n, k in enumerate((1, 50, 20, 70, 4), 1)]
    total = round(sum(each.source.duration for each in clips) * RATE) + difference
    sound = heard(clips, total)
    assert len(sound) == total
    begins = 0
    for each in clips:
        first = round(begins * RATE)
        assert sound[first : first + 500] == pytest.approx(each.source.start * RATE + np.arange(500), abs=1)
        begins += each.source.duration


def test_footage_that_runs_on_is_left_alone():
    """A virtual cut is not heard."""
    assert heard([clip(1, 2), clip(2, 3), clip(3, 5)]).tolist() == list(range(RATE, 5 * RATE))


def test_slowed_pictures_are_not_heard():
    """The sound runs on through their transition, to the sample; where clips are apart it is cut as ever."""
    one = Slowed(Fraction(1, 2), Fraction(1, 2))
    assert heard([clip(1, 2), replace(clip(2, 4, 400), slowed=one)]).tolist() == list(range(RATE, 4 * RATE))
    apart = [clip(1, 2), clip(5, 6)]
    assert heard([apart[0], replace(clip(5, 6, 400), slowed=one)]).tolist() == heard(apart).tolist()


def test_a_cut_is_faded_before_the_new_clip_begins():
    """Its first sample is heard whole, and so is all but the fade of the old one."""
    sound = heard([clip(1, 2), clip(5, 6)])
    assert sound[: RATE - FADE].tolist() == list(range(RATE, 2 * RATE - FADE))
    assert sound[RATE:].tolist() == list(range(5 * RATE, 6 * RATE))
    between = sound[RATE - FADE : RATE]
    assert between[0] < 2.2 * RATE
    assert between[-1] > 4.8 * RATE


@pytest.mark.parametrize("start", [0, Fraction(1, 200)], ids=["at the beginning", "less than a fade after it"])
def test_a_clip_from_the_very_beginning_is_faded_in(start):
    """Without a step: what there is no sound for before the cut is faded after it, while the old clip's sound runs on."""
    sound = heard([clip(3, 4), clip(start, start + 1)])
    head = round(start * RATE)
    assert sound[: RATE - head].tolist() == list(range(3 * RATE, 4 * RATE - head))
    assert sound[RATE + FADE - head :].tolist() == list(range(FADE, head + RATE))
    between = sound[RATE - head : RATE - head + FADE]
    assert between[0] > 3.9 * RATE
    assert between[-1] < 0.1 * RATE
    assert np.abs(np.diff(sound[RATE - head - 1 : RATE - head + FADE + 1])).max() < 0.1 * RATE


def test_a_transition_is_heard_for_as_long_as_it_is_seen():
    """Both sides of it, each at its own time, with equal power; a fade through black is a cut to the ear."""
    sound = heard([clip(1, 3), clip(7, 9, 1000)])
    middle = sound[2 * RATE]
    assert middle == pytest.approx((3 * RATE + 7 * RATE) / np.sqrt(2), rel=1e-3)
    assert sound[: 3 * RATE // 2].tolist() == list(range(RATE, 5 * RATE // 2))
    assert sound[5 * RATE // 2 :].tolist() == list(range(15 * RATE // 2, 9 * RATE))
    black = heard([clip(1, 3), clip(7, 9, 1000, TransitionType.FADE)])
    assert black[2 * RATE :].tolist() == list(range(7 * RATE, 9 * RATE))


def joined(old, new):
    """The fade in which one sound goes over into another, both (channels, FADE)."""
    found = [Stretch(Fraction(0), FADE, fade_out=FADE), Stretch(Fraction(1), FADE, fade_in=FADE)]
    return np.concatenate([*crossfaded(found, lambda each: iter([new if each.start else old]))], axis=1)


def noises(count):
    """As many sounds that have nothing in common, (2, FADE), of power 1."""
    return np.random.default_rng(1).standard_normal((count, 2, FADE)).astype(np.float32)


def test_a_join_of_a_sound_with_itself_is_not_heard():
    """What goes on just as it was, as a bar that is repeated, stays as it is, and is not 3 dB louder within the fade."""
    (sound,) = noises(1)
    assert joined(sound, sound) == pytest.approx(sound, abs=1e-5)


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_a_join_has_the_power_of_what_is_joined(shared):
    """However much of both is the same."""
    common, *own = noises(3)
    old, new = (np.sqrt(shared) * common + np.sqrt(1 - shared) * each for each in own)
    assert np.square(joined(old, new)).mean() == pytest.approx(1.0, rel=0.15)


def test_a_join_of_a_sound_with_its_opposite_is_not_blown_up():
    """Nothing is left of it in the middle of the fade, as there was nothing; silence stays silence."""
    (sound,) = noises(1)
    assert np.abs(joined(sound, -sound)).max() < 1.5 * np.abs(sound).max()
    silent = np.zeros_like(sound)
    assert not joined(silent, silent).any()
    assert np.isfinite(joined(silent, sound)).all()


@pytest.mark.parametrize("length", [Fraction(1, 25), Fraction(1, 100), Fraction(1, RATE)])
def test_clips_may_be_shorter_than_their_fades(length):
    """Fades never reach over one another; the length stays exact."""
    clips = [clip(k, k + length) for k in (9, 5, 7, 3)]
    total = round(4 * length * RATE)
    assert len(heard(clips, total)) == total
    assert len(heard([*clips, clip(1, 2)], total + RATE)) == total + RATE


@pytest.mark.parametrize(("fade_in", "fade_out"), [(160, 4000), (0, 160), (160, 0), (0, 0), (9000, 9000)])
def test_edges_come_and_go_without_a_step(fade_in, fade_out):
    """In pieces of any length: nothing but the fades is touched, and both reach silence."""
    total = 9000
    sound = np.ones((2, total), np.float32)
    heard = np.concatenate(
        [*edged(iter(np.array_split(sound, range(100, total, 777), axis=1)), total, fade_in, fade_out)], axis=1
    )
    assert heard.shape == sound.shape
    assert np.abs(np.diff(heard, axis=1)).max() <= (np.pi / 2 / min(fade_in or total, fade_out or total)) * 1.01 + 1e-6
    assert np.all(heard[:, fade_in : total - fade_out] == 1)
    assert fade_in == 0 or heard[0, 0] < 0.01
    assert fade_out == 0 or heard[0, -1] < 0.01
    assert heard.dtype == np.float32
