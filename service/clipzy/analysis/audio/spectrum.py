"""Spectra of sounds, which are read in pieces: over the long term of chosen parts, and frame by frame."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

WINDOW = 8192  # 0.37 s and 2.7 Hz at 22 050 Hz: resolves third-octaves from 40 Hz up
BLOCK = 64  # windows at once: 4 MB
SILENCE_DB = -120.0


def mean_power(
    audio: Floats, sample_rate: int, where: Mask, mask_rate: float, window: int = WINDOW
) -> NDArray[np.float64] | None:
    """Mean power spectrum over Hann windows half overlapped (Welch), of those windows whose middle is chosen.

    Args:
        audio: (N,) mono, -1..1; may be a memory map.
        sample_rate: Hz.
        where: (M,) which frames count.
        mask_rate: frames of `where` a second.
        window: samples.

    Returns:
        (window // 2 + 1,) power, whose sum over a full-scale sine's bins is 1/2; None when no window is chosen.
    """
    if len(audio) < window:
        audio = np.pad(np.asarray(audio), (0, window - len(audio)))
    starts = np.arange(0, len(audio) - window + 1, window // 2)
    index = ((starts + window / 2) / sample_rate * mask_rate).astype(np.int64)
    starts = starts[(index < len(where)) & where[np.minimum(index, len(where) - 1)]] if len(where) else starts[:0]
    if len(starts) == 0:
        return None
    taper = hann(window)
    total = np.zeros(window // 2 + 1)
    for at in range(0, len(starts), BLOCK):
        pieces = np.stack([audio[start : start + window] for start in starts[at : at + BLOCK]])
        total += np.square(np.abs(fft.rfft(pieces * taper, axis=1))).sum(axis=0)
    return np.asarray(2 * total / len(starts) / (window * np.square(taper.astype(np.float64)).sum()))


def band_levels(
    power: NDArray[np.float64], sample_rate: int, edges: tuple[tuple[float, float], ...]
) -> NDArray[np.float64]:
    """Level of each band (low, high) in Hz of a power spectrum, dB; -120 at least."""
    frequency = np.linspace(0, sample_rate / 2, len(power))
    sums = [power[(frequency >= low) & (frequency < high)].sum() for low, high in edges]
    return np.asarray(10 * np.log10(np.maximum(sums, 10 ** (SILENCE_DB / 10))))


def magnitudes(audio: Floats, begin: int, end: int, window: int, hop: int) -> Floats:
    """Magnitude spectra of Hann windows from sample `begin` on, to `end`, with zeros beyond the sound's ends: (frames, window // 2 + 1)."""
    piece = np.zeros(end - begin, np.float32)
    found = audio[max(begin, 0) : max(end, 0)]
    piece[max(-begin, 0) : max(-begin, 0) + len(found)] = found
    framed = np.lib.stride_tricks.sliding_window_view(piece, window)[::hop]
    return np.asarray(np.abs(fft.rfft(framed * hann(window), axis=1)))


@cache
def hann(window: int) -> NDArray[np.float32]:
    """The periodic Hann window."""
    return np.hanning(window + 1)[:-1].astype(np.float32)
