"""Cuts within one take to a closer or a wider framing of it: punch-ins, and the way back.

Before and after such a cut the picture shows the same things at another size, so that the shot network and the usual measures of change miss
many. They are found because one frame is an enlarged part of the other: no camera zooms that far from one frame to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import LEAST_SHOT, Found
from clipzy.analysis.cuts.differences import sharpness
from clipzy.analysis.cuts.matching import LEAST_SPREAD, Part, fits_both_ways, not_flat
from clipzy.analysis.cuts.small_frames import grey

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST, MOST = 1.15, 2.0  # times: editors punch in by 1.2 to 1.6
_SCALES = np.arange(LEAST, MOST + 0.01, 0.05)
_FITS = 0.93  # correlation of the enlarged part with the closer picture; .94 and more at true ones, through a codec
_EXPLAINED = 0.4  # share of what a moved camera would leave unexplained, the most that an enlargement may leave
_LOOKED_AT_SHARP = 1.5  # a step this many times the usual one is examined
_LOOKED_AT_CHANGE = 0.02  # if it changes the picture by this share of full scale
_AT_ONCE = 64  # pairs, to bound the memory


def with_reframings(found: Sequence[Found], frames: Frames, change: Floats) -> list[Found]:
    """Boundaries in order, with the cuts to a closer or wider framing of one take, which the network doubts or does not see.

    Args:
        found: what is found of others, in order.
        frames: (N, H, W, 3) uint8 RGB.
        change: (N - 1,) from `steps`.
    """
    sharp = sharpness(change)
    looked_at = (sharp > _LOOKED_AT_SHARP) & (change > _LOOKED_AT_CHANGE)
    at = np.flatnonzero(looked_at).tolist()
    fits = dict(zip(at, _each_reframed(frames, [(k, k + 1) for k in at]).tolist(), strict=True))
    # a framing that changes in two steps on end, or goes on changing, is a zoom
    cuts = {
        k: fit
        for k, fit in fits.items()
        if fit and not (fits.get(k - 1) or fits.get(k + 1)) and not _goes_on_zooming(frames, k)
    }
    kept = [replace(f, confidence=max(f.confidence, cuts.get(f.last_old, 0.0))) if f.fit is None else f for f in found]
    spans = [f.ends for f in kept]
    # beside a cut or within a transition it belongs to that
    alone = [k for k in cuts if not any(low - LEAST_SHOT < k < high + LEAST_SHOT for low, high in spans)]
    return sorted([*kept, *(Found(k, k + 1, None, cuts[k]) for k in alone)], key=lambda f: f.last_old)


def _goes_on_zooming(frames: Frames, last_old: int) -> bool:
    """Whether the framing is another one already over the two steps before, or still over the two after."""
    pairs = ((last_old - 2, last_old), (last_old + 1, last_old + 3))
    return any(one >= 0 and other < len(frames) and reframed(frames, one, other) > 0 for one, other in pairs)


def reframed(frames: Frames, before: int, after: int) -> float:
    """How well an enlarged part of one of two frames explains the other: the correlation 0..1, and 0 where it does not.

    Args:
        frames: (N, H, W, 3) uint8 RGB.
        before: number of the last frame in the old framing.
        after: of the first in the new one.
    """
    return float(_each_reframed(frames, [(before, after)])[0])


def _each_reframed(frames: Frames, pairs: Sequence[tuple[int, int]]) -> Floats:
    """The same of each of many pairs of frames: (n,)."""
    found = np.zeros(len(pairs), np.float32)
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        ones, others = (grey(frames[list(ends)]) for ends in zip(*some, strict=True))
        found[start : start + len(some)] = _reframed(ones, others)
    return found


def _reframed(ones: Floats, others: Floats) -> Floats:
    height, width = ones.shape[1:]
    shown = not_flat(ones, others)
    alike = np.maximum(*(way.alike for way in fits_both_ways(ones, others, _parts(width, height), LEAST_SPREAD)))
    moved, closer = alike[:, 0], alike[:, 1:].max(1)
    told = shown & (closer >= _FITS) & (1 - closer <= _EXPLAINED * (1 - moved))
    return np.where(told, closer, np.float32(0))


@lru_cache(maxsize=8)
def _parts(width: int, height: int) -> tuple[Part, ...]:
    """The middle of a picture at its own size, as after a move of the camera, and the whole picture at each scale."""
    whole = width, height
    sizes = {(round(width / scale), round(height / scale)) for scale in _SCALES}
    middle = Part.middle(whole, whole, (round(width / LEAST), round(height / LEAST)))
    return (middle, *(Part.middle(whole, size, size) for size in sorted(sizes)))
