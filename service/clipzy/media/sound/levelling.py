"""Brings a sound to its target loudness under a true-peak ceiling: finds the gain, some of which the limiter takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.decibels import linear
from clipzy.media.sound.limiter import limited
from clipzy.media.sound.recording import Hearing
from clipzy.style.measurements import Loudness

MOST_GAIN_DB = 30.0  # enough for a voice recorded far too low; the hiss of an empty room stays low
MOST_LIMITING_DB = 12.0  # more is heard as distortion: the sound stays quieter instead
# Added for the loudness that the limiter takes. Speech and drums at -14 LUFS need up to 2 dB; where 3 are not enough, the limiter takes nearly all of any
# further gain
MOST_MAKE_UP_DB = 3.0
HALF_PASSES = 0.5  # LU gained for each dB before the limiter, until it is measured
LEAST_PASSES = 0.2
CLOSE_ENOUGH_LU = 0.1
MOST_CORRECTIONS = 2  # each reads the whole sound again
WORTH_SAYING_LU = 1.0


@dataclass(frozen=True, slots=True)
class Aim:
    """The aim: loudness `target_lufs`, None for the sound's own, with a gain of `most_gain_db` at most, and true peaks under `ceiling_dbtp`."""

    target_lufs: float | None
    most_gain_db: float
    ceiling_dbtp: float


def levelled(
    sound: Hearing,
    before: Loudness,
    aim: Aim,
    *,
    sample_rate: int,
    channels: int,
    integrated: Callable[[Iterator[Sound]], float],
    warn: Callable[[str], None],
) -> Iterator[Sound]:
    """The sound with one gain and a limiter, at its aim.

    Args:
        sound: read once more each time the limiter's effect has to be measured.
        before: its loudness.
        aim: target, largest gain and ceiling.
        sample_rate: Hz.
        channels: of the sound.
        integrated: measures the LUFS of a sound.
        warn: told where it ends more than 1 LU from its target.
    """
    target, ceiling = aim.target_lufs, aim.ceiling_dbtp
    own, peak = before.integrated_lufs, before.true_peak_dbtp
    if peak is None:  # digital silence
        return sound()
    wanted = 0.0 if target is None or own is None else target - own
    gain = min(wanted, aim.most_gain_db, ceiling - peak + MOST_LIMITING_DB)
    if peak + gain <= ceiling:
        _say_if_quieter(wanted - gain, warn)
        return amplified(sound, gain)
    limited_at = partial(_limited, sound, ceiling, sample_rate, channels)
    if target is not None and own is not None:
        most = min(wanted + MOST_MAKE_UP_DB, aim.most_gain_db, ceiling - peak + MOST_LIMITING_DB)
        gain, reached = _gain_for(target, lambda gain: integrated(limited_at(gain)), gain, most)
        _say_if_quieter(target - reached, warn)
    return limited_at(gain)


def _gain_for(target: float, reached_at: Callable[[float], float], gain: float, most: float) -> tuple[float, float]:
    """The gain, at most `most` dB, that brings the limited sound to the target, and the LUFS that it really reaches.

    `reached_at`: LUFS of the limited sound at a gain. `gain`: what it would take without the limiter.
    """
    reached = reached_at(gain)
    passes = HALF_PASSES
    for _ in range(MOST_CORRECTIONS):
        missing = target - reached
        better = min(gain + missing / passes, most)
        if abs(missing) <= CLOSE_ENOUGH_LU or better == gain:
            break
        then = reached_at(better)
        passes = min(max((then - reached) / (better - gain), LEAST_PASSES), 1.0)
        gain, reached = better, then
    return gain, reached


def _say_if_quieter(missing_lu: float, warn: Callable[[str], None]) -> None:
    if missing_lu > WORTH_SAYING_LU:
        warn(f"the sound stays {missing_lu:.0f} LU quieter than planned: any louder it would be noisy or distorted")


def amplified(sound: Hearing, gain_db: float) -> Iterator[Sound]:
    """The sound with a gain."""
    factor = np.float32(linear(gain_db))
    return (piece * factor for piece in sound())


def _limited(sound: Hearing, ceiling: float, sample_rate: int, channels: int, gain_db: float) -> Iterator[Sound]:
    return limited(amplified(sound, gain_db), ceiling, sample_rate, channels)
