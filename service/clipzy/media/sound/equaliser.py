"""The two equalisers of a sound chain: a low shelf for the bass and a bell for the presence of a voice.

Second-order sections after Robert Bristow-Johnson's "Audio EQ Cookbook" (W3C Note, 2021), run by scipy.signal.sosfilt in float64: over a
hundred hertz at 48 kHz the poles lie so close to one that float32 would hum.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from clipzy.media.decoding.samples import Sound

Section = NDArray[np.float64]  # (6,): b0 b1 b2 a0 a1 a2, a0 = 1

STEEPEST = 1.0  # shelf slope S of the cookbook: the steepest without a bump beside the shelf


def low_shelf(frequency_hz: float, gain_db: float, sample_rate: int) -> Section:
    """Gain below the frequency: half of it, in dB, at the frequency itself, all of it two octaves further down.

    Raises:
        ValueError: the frequency is not under half the sample rate.
    """
    w = _angle(frequency_hz, sample_rate)
    a = 10 ** (gain_db / 40)
    alpha = math.sin(w) / 2 * math.sqrt((a + 1 / a) * (1 / STEEPEST - 1) + 2)
    cos, root = math.cos(w), 2 * math.sqrt(a) * alpha
    return _section(
        (a * ((a + 1) - (a - 1) * cos + root), 2 * a * ((a - 1) - (a + 1) * cos), a * ((a + 1) - (a - 1) * cos - root)),
        ((a + 1) + (a - 1) * cos + root, -2 * ((a - 1) + (a + 1) * cos), (a + 1) + (a - 1) * cos - root),
    )


def bell(frequency_hz: float, q: float, gain_db: float, sample_rate: int) -> Section:
    """Gain around the frequency; `q`: the frequency over the width between the points of half the gain in dB.

    Raises:
        ValueError: the frequency is not under half the sample rate.
    """
    w = _angle(frequency_hz, sample_rate)
    a = 10 ** (gain_db / 40)
    alpha, cos = math.sin(w) / (2 * q), math.cos(w)
    return _section((1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a))


class Equaliser:
    """Runs a sound through sections, piece by piece, without delay."""

    def __init__(self, sections: tuple[Section, ...], channels: int) -> None:
        self._sections = np.stack(sections)
        self._state = np.zeros((len(sections), channels, 2))

    def __call__(self, sound: Sound) -> Sound:
        """The next piece, (channels, samples), equalised; C-contiguous."""
        filtered, self._state = sosfilt(self._sections, sound, axis=1, zi=self._state)
        return np.ascontiguousarray(filtered, np.float32)


def _angle(frequency_hz: float, sample_rate: int) -> float:
    if not 0 < frequency_hz < sample_rate / 2:
        raise ValueError(f"an equaliser at {frequency_hz} Hz needs more than {sample_rate} samples a second")
    return 2 * math.pi * frequency_hz / sample_rate


def _section(b: tuple[float, float, float], a: tuple[float, float, float]) -> Section:
    return np.array([*b, *a]) / a[0]
