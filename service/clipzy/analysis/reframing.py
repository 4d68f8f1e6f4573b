"""Cuts within one take to a closer or a wider framing of it: punch-ins, and the way back.

Before and after such a cut the picture shows the same things at another size, so that the shot network and the usual measures of change take
many of them for nothing. What tells them is that one frame is a part of the other, enlarged: no camera's zoom gets so far from
one frame to the next.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST, MOST = 1.15, 2.0  # times: editors punch in by 1.2 to 1.6
_SCALES = np.arange(LEAST, MOST + 0.01, 0.05)
_FITS = 0.93  # correlation of the enlarged part with the closer picture; .94 and more at true ones, through a codec
_EXPLAINED = 0.4  # of what a camera that only moved would leave unexplained, the most that an enlargement may
_LEAST_SPREAD = 0.02  # of full scale: a flat picture fits everywhere


def reframed(frames: Frames, before: int, after: int) -> float:
    """How well one of two frames is explained as an enlarged part of the other: the correlation 0..1, and 0 where it is not.

    Args:
        frames: (N, H, W, 3) uint8 RGB.
        before: number of the last frame in the old framing.
        after: of the first in the new one.
    """
    one, other = (np.asarray(frames[k], np.float32).mean(-1) / 255 for k in (before, after))
    if min(spread(one), spread(other)) < _LEAST_SPREAD:
        return 0.0
    fits = max(_enlarged(one, other), _enlarged(other, one))
    unexplained = 1 - max(_moved(one, other), _moved(other, one))
    return fits if fits >= _FITS and 1 - fits <= _EXPLAINED * unexplained else 0.0


def _enlarged(wide: Floats, close: Floats) -> float:
    """The best correlation of the closer picture with any part of the wider one, both of one size."""
    height, width = wide.shape
    sizes = {(round(width / scale), round(height / scale)) for scale in _SCALES}
    parts = (np.asarray(cv2.resize(close, size, interpolation=cv2.INTER_AREA), np.float32) for size in sorted(sizes))
    return max(_best(wide, part) for part in parts)


def _moved(one: Floats, other: Floats) -> float:
    """The same for the middle of a picture in its own size, as after a move of the camera."""
    height, width = other.shape
    high, wide = round(height / LEAST), round(width / LEAST)
    top, left = (height - high) // 2, (width - wide) // 2
    return _best(one, np.ascontiguousarray(other[top : top + high, left : left + wide]))


def _best(picture: Floats, part: Floats) -> float:
    if spread(part) < _LEAST_SPREAD:
        return 0.0  # its correlation is noise
    return float(cv2.matchTemplate(picture, part, cv2.TM_CCOEFF_NORMED).max())


def spread(picture: Floats) -> float:
    """The standard deviation; `ndarray.std` takes ten times as long for so small a picture."""
    return float(cv2.meanStdDev(picture)[1][0, 0])
