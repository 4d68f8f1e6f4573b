"""Cuts within one take to a closer or a wider framing of it: punch-ins, and the way back.

Before and after such a cut the picture shows the same things at another size, so that the shot network and the usual measures of change take
many of them for nothing. What tells them is that one frame is a part of the other, enlarged: no camera's zoom gets so far from
one frame to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.matching import Part, fits_both_ways
from clipzy.analysis.small_frames import grey

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST, MOST = 1.15, 2.0  # times: editors punch in by 1.2 to 1.6
_SCALES = np.arange(LEAST, MOST + 0.01, 0.05)
_FITS = 0.93  # correlation of the enlarged part with the closer picture; .94 and more at true ones, through a codec
_EXPLAINED = 0.4  # of what a camera that only moved would leave unexplained, the most that an enlargement may
_LEAST_SPREAD = 0.02  # of full scale: a flat picture fits everywhere
_AT_ONCE = 64  # pairs: what they take of memory grows with them


def reframed(frames: Frames, before: int, after: int) -> float:
    """How well one of two frames is explained as an enlarged part of the other: the correlation 0..1, and 0 where it is not.

    Args:
        frames: (N, H, W, 3) uint8 RGB.
        before: number of the last frame in the old framing.
        after: of the first in the new one.
    """
    return float(reframings(frames, [(before, after)])[0])


def reframings(frames: Frames, pairs: Sequence[tuple[int, int]]) -> Floats:
    """The same of each of many pairs of frames: (n,)."""
    found = np.zeros(len(pairs), np.float32)
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        ones, others = (grey(frames[list(ends)]) for ends in zip(*some, strict=True))
        found[start : start + len(some)] = _reframed(ones, others)
    return found


def _reframed(ones: Floats, others: Floats) -> Floats:
    height, width = ones.shape[1:]
    shown = np.minimum(*(each.std((1, 2), dtype=float) for each in (ones, others))) >= _LEAST_SPREAD
    alike = np.maximum(*(way.alike for way in fits_both_ways(ones, others, _parts(width, height), _LEAST_SPREAD)))
    moved, closer = alike[:, 0], alike[:, 1:].max(1)
    told = shown & (closer >= _FITS) & (1 - closer <= _EXPLAINED * (1 - moved))
    return np.where(told, closer, np.float32(0))


@lru_cache(maxsize=8)
def _parts(width: int, height: int) -> tuple[Part, ...]:
    """The middle of a picture in its own size, as after a move of the camera, and all of it at each scale."""
    whole = width, height
    sizes = {(round(width / scale), round(height / scale)) for scale in _SCALES}
    middle = Part.middle(whole, whole, (round(width / LEAST), round(height / LEAST)))
    return (middle, *(Part.middle(whole, size, size) for size in sorted(sizes)))
