"""How much closer one picture of a take is framed than another, wherever the camera has gone meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.layers import Places, lay
from clipzy.analysis.reframing import spread

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SCALES = np.exp(np.arange(0.12, 0.62, 0.08))  # times: editors punch in by 1.15 to 1.6, and the camera may zoom besides
# of the closer picture's sides, looked for in the wider one: a camera that moves takes the rest out of it
_MIDDLE = 0.7
_LIKELY = 0.7  # correlation of the middle, from which a scale is worth a finer look
_ROUNDS = 4
_CHANGED = 0.015  # of full scale, on the mean: less is no other framing
# correlation of so much of a picture's sides, as it is, from which only the camera moved
_MOVED, _MOVED_MIDDLE = 0.985, 0.8
_LEAST_TIMES, _LEAST_EXPLAINED = 1.1, 0.7
_OF_MOVED = 0.7  # of what a move leaves unexplained, the most that an enlargement may
_ALL = 0.96  # of the contrast: one picture is all that is seen
_LEAST_SPREAD = 0.02  # of full scale: a flat picture fits everywhere
_COVERED = 0.5  # of the closer picture


@dataclass(frozen=True, slots=True)
class Closer:
    """`times` > 1 that one of two pictures is as close as the other; `explained` 0..1 of its contrast, by the other one enlarged."""

    times: float
    explained: float


def reframing(frames: Frames, first: int, last: int) -> Closer | None:
    """How much closer one of two frames (N, H, W, 3) is framed, None where it is not or where a move of the camera explains as much."""
    one, other = _grey(frames, first), _grey(frames, last)
    if np.abs(other - one).mean() < _CHANGED:
        return None
    moved = max(_moved(one, other), _moved(other, one))
    if moved > _MOVED:
        return None
    found = closer(one, other, moved)
    if found is None or found.times < _LEAST_TIMES or found.explained < _LEAST_EXPLAINED:
        return None
    return found if 1 - found.explained <= _OF_MOVED * (1 - moved**2) else None


def carried_on(frames: Frames, first: int, last: int) -> bool:
    """Whether one picture, moved and enlarged, is all that is seen from one frame to another: the one halfway is explained from both."""
    return all(_one_picture(frames, *pair) for pair in ((first, (first + last) // 2), ((first + last) // 2, last)))


def _one_picture(frames: Frames, first: int, last: int) -> bool:
    one, other = _grey(frames, first), _grey(frames, last)
    if max(_moved(one, other), _moved(other, one)) ** 2 >= _ALL:
        return True
    found = closer(one, other)
    return found is not None and found.explained >= _ALL


def _grey(frames: Frames, k: int) -> Floats:
    return np.asarray(np.asarray(frames[k], np.float32).mean(-1) / 255, np.float32)


def _moved(one: Floats, other: Floats) -> float:
    """The best correlation of the middle of a picture with any part of another."""
    height, width = other.shape
    high, wide = round(height * _MOVED_MIDDLE), round(width * _MOVED_MIDDLE)
    top, left = (height - high) // 2, (width - wide) // 2
    part = np.ascontiguousarray(other[top : top + high, left : left + wide])
    if spread(part) < _LEAST_SPREAD / 2:
        return 0.0  # its correlation is noise
    return float(cv2.matchTemplate(one, part, cv2.TM_CCOEFF_NORMED).max())


def closer(one: Floats, other: Floats, moved: float = 0.0) -> Closer | None:
    """Hold two pictures (H, W) of codes 0..1 against each other.

    None where neither is likely to be a part of the other, enlarged; `moved`: the correlation that a move without a change of scale reaches.
    """
    if min(spread(one), spread(other)) < _LEAST_SPREAD:
        return None
    ways = [(*_likeliest(wide, close), wide, close) for wide, close in ((one, other), (other, one))]
    fits, scale, shift, wide, close = max(ways, key=lambda way: way[0])
    if fits < max(_LIKELY, moved):
        return None
    place = Places(np.array([shift], np.float32), np.array([scale], np.float32))
    laid = lay(wide[None, None], close[None], (place,), _ROUNDS)
    if laid.covered[0] < _COVERED:
        return None
    return Closer(float(laid.places[0].scale[0]), 1 - float(laid.left[0] / max(float(close.var()), 1e-9)))


def _likeliest(wide: Floats, close: Floats) -> tuple[float, float, tuple[float, float]]:
    """The correlation of the middle of the closer picture where it fits best, and its scale and shift there: see `Places`."""
    height, width = wide.shape
    best = (0.0, 1.0, (0.0, 0.0))
    for scale in _SCALES.tolist():
        size = round(width / scale), round(height / scale)
        part = np.asarray(cv2.resize(close, size, interpolation=cv2.INTER_AREA), np.float32)
        across, down = round(size[0] * _MIDDLE), round(size[1] * _MIDDLE)
        left, top = (size[0] - across) // 2, (size[1] - down) // 2
        part = np.ascontiguousarray(part[top : top + down, left : left + across])
        if spread(part) < _LEAST_SPREAD / 2:
            continue
        _, fits, _, (x, y) = cv2.minMaxLoc(cv2.matchTemplate(wide, part, cv2.TM_CCOEFF_NORMED))
        if fits > best[0]:
            best = fits, scale, (x - left + (size[0] - width) / 2, y - top + (size[1] - height) / 2)
    return best
