"""A look-ahead limiter for true peaks.

The true peak is that of the sound at four times its sample rate (ITU-R BS.1770-4, annex 2). Where it is over the ceiling, the gain needed is held for the
look-ahead and then smoothed over the same length: a weighted mean of gains that are all low enough is low enough itself. After the peak the gain returns
at a constant rate in decibels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d
from scipy.signal import firwin

from clipzy.media.decoding.samples import Sound
from clipzy.media.sound.peak_kernel import raise_to_peaks

Gains = NDArray[np.float64]  # (samples,) dB, at most 0

OVERSAMPLING = 4
# Of the interpolation, for each of the four positions. FFmpeg measures with the same window; the recommendation's own has 12 taps. In noise up to half
# the sample rate other lengths give peaks 0.2 dB higher or lower, in other sounds the same ones
TAPS = 32
KAISER_BETA = 9.0
# A note of 40 Hz limited by 6 dB gets 0.1 % of distortion; with half the look-ahead 1.3 %
LOOK_AHEAD_S = 0.010
RELEASE_DB_PER_S = 120.0  # a gain lowered by 6 dB is back after 50 ms; half the rate costs dense drums 1 LU more
MARGIN_DB = 0.05  # for peaks between the four positions
QUIETEST = np.float32(1e-9)  # of a peak, so that silence has a level
# natural logarithms of 32 bits take a tenth of the time, and are exact to some millionths of a decibel
DB_PER_NEPER = float(20 / np.log(10))


def limited(sound: Iterable[Sound], ceiling_dbtp: float, sample_rate: int, channels: int) -> Iterator[Sound]:
    """The sound with its true peaks at or under the ceiling; without delay, and as long as before."""
    limiter = Limiter(ceiling_dbtp, sample_rate, channels)
    late = limiter.delay
    for piece in sound:
        out = limiter(piece)
        early, late = min(late, out.shape[1]), max(late - out.shape[1], 0)
        if early < out.shape[1]:
            yield out[:, early:]
    yield limiter(np.zeros((channels, limiter.delay), np.float32))[:, late:]


class Limiter:
    """Takes pieces of sound and gives as many samples, `delay` samples late; before them there is silence."""

    def __init__(self, ceiling_dbtp: float, sample_rate: int, channels: int) -> None:
        self._ceiling_db = ceiling_dbtp - MARGIN_DB
        self._look_ahead = round(LOOK_AHEAD_S * sample_rate)
        self._release = RELEASE_DB_PER_S / sample_rate
        self._places = interpolation()
        self.delay = TAPS // 2 + self._look_ahead
        self._sound = np.zeros((channels, self.delay), np.float32)
        self._heard = np.zeros((channels, TAPS - 1), np.float32)
        self._needed = np.zeros(self._look_ahead)
        self._eased = np.zeros(self._look_ahead)

    def __call__(self, sound: Sound) -> Sound:
        """The next piece, (channels, samples)."""
        if not sound.shape[1]:
            return sound
        gains = self._smoothed(self._released(self._held(self._needed_gains(sound))))
        waiting = np.concatenate([self._sound, sound], axis=1)
        self._sound = waiting[:, sound.shape[1] :]
        ready: Sound = waiting[:, : sound.shape[1]] * np.exp((gains / DB_PER_NEPER).astype(np.float32))
        return ready

    def _needed_gains(self, sound: Sound) -> Gains:
        """Gains that bring each sample, and the three positions after it, under the ceiling; TAPS / 2 samples late."""
        heard = np.concatenate([self._heard, sound], axis=1)
        self._heard = heard[:, sound.shape[1] :]
        middle = TAPS // 2 - 1
        peaks = np.abs(heard[:, middle : middle + sound.shape[1]]).max(axis=0)
        for channel in heard:
            raise_to_peaks(channel, self._places, peaks)
        gains: Gains = self._ceiling_db - DB_PER_NEPER * np.log(np.maximum(peaks, QUIETEST)).astype(np.float64)
        return np.minimum(gains, 0)

    def _held(self, needed: Gains) -> Gains:
        """The lowest gain over the look-ahead, which makes it late by that length."""
        seen = np.concatenate([self._needed, needed])
        self._needed = seen[len(needed) :]
        # from 0 to look-ahead samples on: the filter's window is centred
        size = self._look_ahead + 1
        held: Gains = minimum_filter1d(seen, size, origin=-(size // 2), mode="nearest")[: len(needed)]
        return held

    def _released(self, held: Gains) -> Gains:
        """Gains that rise no faster than the release: the lowest of all earlier gains, each risen since then."""
        rise = self._release * np.arange(1, len(held) + 1)
        gains: Gains = np.minimum(np.minimum.accumulate(held - rise), self._eased[-1]) + rise
        return np.minimum(gains, 0)

    def _smoothed(self, released: Gains) -> Gains:
        """The mean over the look-ahead with triangular weights, as two running means."""
        seen = np.concatenate([self._eased, released])
        self._eased = seen[len(released) :]
        half = self._look_ahead // 2
        return _running_mean(_running_mean(seen, half + 1), self._look_ahead - half + 1)


def _running_mean(gains: Gains, length: int) -> Gains:
    """The mean of each `length` in a row, (samples - length + 1,)."""
    begin = length // 2
    means: Gains = uniform_filter1d(gains, length)[begin : begin + len(gains) - length + 1]
    return means


@cache
def interpolation() -> NDArray[np.float32]:
    """Windowed-sinc filters for the positions 1/4, 1/2 and 3/4 of a sample after the middle one, (3, TAPS)."""
    dense = firwin(OVERSAMPLING * TAPS + 1, 1 / OVERSAMPLING, window=("kaiser", KAISER_BETA), scale=False)
    places = [OVERSAMPLING * dense[place::OVERSAMPLING][:TAPS] for place in range(1, OVERSAMPLING)]
    return np.asarray(places, np.float32)
