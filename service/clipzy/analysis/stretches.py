"""Turning a network's frame-wise probabilities into stretches of time."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.style.time import Span

Mask = NDArray[np.bool_]
Floats = NDArray[np.floating[Any]]


def runs(mask: Mask) -> NDArray[np.int64]:
    """First and one past the last index of every run of True in (N,): (R, 2)."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return edges.reshape(-1, 2)


def hysteresis(probability: Floats, enter: float, leave: float) -> Mask:
    """Frames of (N,) that stay at or above `leave` in one run with a frame at or above `enter`."""
    mask = probability >= leave
    for start, stop in runs(mask):
        if probability[start:stop].max() < enter:
            mask[start:stop] = False
    return mask


def tidied(mask: Mask, shortest: int, longest_gap: int) -> Mask:
    """Close gaps of at most `longest_gap` frames between runs, then drop runs of less than `shortest` frames; a copy."""
    tidy = mask.copy()
    found = runs(tidy)
    for (_, stop), (start, _) in pairwise(found):
        if start - stop <= longest_gap:
            tidy[stop:start] = True
    for start, stop in runs(tidy):
        if stop - start < shortest:
            tidy[start:stop] = False
    return tidy


def spans_of(mask: Mask, frame: Fraction, duration: Fraction) -> tuple[Span, ...]:
    """Runs of True as spans, with `frame` seconds a frame, cut off at the sound's `duration`."""
    spans = ((int(start) * frame, min(int(stop) * frame, duration)) for start, stop in runs(mask))
    return tuple(Span(start, end) for start, end in spans if start < end)


def resampled(mask: Mask, rate: float, count: int, new_rate: float) -> Mask:
    """The same mask at another frame rate: `count` frames, each as the old frame that holds its middle; False beyond the end."""
    if len(mask) == 0:
        return np.zeros(count, bool)
    index = ((np.arange(count) + 0.5) / new_rate * rate).astype(np.int64)
    return np.asarray((index < len(mask)) & mask[np.minimum(index, len(mask) - 1)])
