"""How much closer one picture of a take is framed than another, wherever the camera has gone meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.layers import Places, lay
from clipzy.analysis.cuts.matching import LEAST_SPREAD, Part, fits_both_ways, not_flat
from clipzy.analysis.cuts.small_frames import grey

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

# 1.13 to 1.82 times: editors punch in by 1.2 to 1.6, and the camera may zoom besides
_SCALES = np.exp(np.arange(0.12, 0.62, 0.08))
# share of the closer picture's sides that is searched in the wider one: a moving camera may have left the rest behind
_MIDDLE = 0.7
_LIKELY = 0.7  # correlation of that part, from which a scale is worth a finer look
_ROUNDS = 4
_CHANGED = 0.015  # of full scale, in the mean: less is no other framing
# correlation from which only the camera moved, with this share of a picture's sides at its own size
_MOVED, _MOVED_MIDDLE = 0.985, 0.8
_LEAST_TIMES, _LEAST_EXPLAINED = 1.1, 0.7
_OF_MOVED = 0.7  # share of what a move leaves unexplained, the most that an enlargement may leave
_ALL = 0.96  # of the contrast, from which one picture is all that is seen
_COVERED = 0.5  # of the closer picture


@dataclass(frozen=True, slots=True)
class Closer:
    """`times` > 1 that one of two pictures is as close as the other; `explained` 0..1 of its contrast, by the other one enlarged."""

    times: float
    explained: float


def closer_framing(frames: Frames, first: int, last: int) -> Closer | None:
    """How much closer one of two frames (N, H, W, 3) is framed, None where it is not or where a move of the camera explains as much."""
    return closer_framings(frames, [(first, last)])[0]


def closer_framings(frames: Frames, pairs: Sequence[tuple[int, int]]) -> list[Closer | None]:
    """The same for each of many pairs of frames; give it a hundred at most, to bound the memory."""
    ones, others = (grey(frames[list(ends)]) for ends in zip(*pairs, strict=True))
    found: list[Closer | None] = [None] * len(pairs)
    at = np.flatnonzero(np.abs(others - ones).mean((1, 2)) >= _CHANGED)
    held = _held(ones[at], others[at])
    told = np.flatnonzero((held.moved <= _MOVED) & (held.alike >= held.moved))
    for k, moved, one in zip(at[told], held.moved[told], _closer(held, told), strict=True):
        if one is None or one.times < _LEAST_TIMES or one.explained < _LEAST_EXPLAINED:
            continue
        if 1 - one.explained <= _OF_MOVED * (1 - float(moved) ** 2):
            found[k] = one
    return found


def carried_on(frames: Frames, first: int, last: int) -> bool:
    """Whether one picture, moved and enlarged, is all that is seen from one frame to another: the one halfway is explained from both."""
    between = (first + last) // 2
    held = _held(grey(frames[[first, between]]), grey(frames[[between, last]]))
    open_ = np.flatnonzero(held.moved.astype(float) ** 2 < _ALL)
    return all(one is not None and one.explained >= _ALL for one in _closer(held, open_))


@dataclass(frozen=True, slots=True)
class _Held:
    """Pairs of pictures (n, H, W) of codes 0..1 held against each other.

    `moved` (n,): the correlation that a move without a change of scale reaches. `alike` (n,): that of the middle of the closer picture where it fits best in
    the wider one, 0 where either is even; `scale` (n,) and `shift` (n, 2) there: see `Places`.
    """

    wide: Floats
    close: Floats
    moved: Floats
    alike: Floats
    scale: Floats
    shift: Floats


def _held(ones: Floats, others: Floats) -> _Held:
    n, height, width = ones.shape
    parts, offset = _parts(width, height)
    ways = fits_both_ways(ones, others, parts, LEAST_SPREAD / 2)
    moved = np.maximum(*(way.alike[:, 0] for way in ways))
    every, best = np.arange(n), [way.alike[:, 1:].argmax(1) for way in ways]
    alike = [way.alike[every, 1 + at] for way, at in zip(ways, best, strict=True)]
    shift = [way.places[every, 1 + at] + offset[at] for way, at in zip(ways, best, strict=True)]
    turned = alike[1] > alike[0]
    over = turned[:, None, None]
    shown = not_flat(ones, others)
    return _Held(
        np.where(over, others, ones),
        np.where(over, ones, others),
        moved,
        np.where(shown, np.maximum(*alike), np.float32(0)),
        _SCALES[np.where(turned, best[1], best[0])].astype(np.float32),
        np.where(turned[:, None], shift[1], shift[0]),
    )


def _closer(held: _Held, some: NDArray[np.intp]) -> list[Closer | None]:
    """How much closer one of two pictures is, of some of the pairs; None where neither is likely to be a part of the other, enlarged."""
    found: list[Closer | None] = [None] * len(some)
    at = np.flatnonzero(held.alike[some] >= _LIKELY)
    likely = some[at]
    close, place = held.close[likely], Places(held.shift[likely], held.scale[likely])
    laid = lay(held.wide[likely][None], close, (place,), _ROUNDS)
    left = laid.left / np.maximum(close.var((1, 2)), np.float32(1e-9))
    for k, times, rest, covered in zip(at, laid.places[0].scale, left, laid.covered, strict=True):
        if covered >= _COVERED:
            found[k] = Closer(float(times), 1 - float(rest))
    return found


@lru_cache(maxsize=8)
def _parts(width: int, height: int) -> tuple[tuple[Part, ...], Floats]:
    """The middle of a picture as it is, and smaller ones at each scale; and what the places of these in another are to be moved by, (scales, 2), to be its shift there."""
    whole = width, height
    parts = []
    for scale in _SCALES.tolist():
        size = round(width / scale), round(height / scale)
        parts.append(Part.middle(whole, size, (round(size[0] * _MIDDLE), round(size[1] * _MIDDLE))))
    sizes, corners = (np.array(each, np.float32) for each in zip(*((p.size, p.corner) for p in parts), strict=True))
    still = Part.middle(whole, whole, (round(width * _MOVED_MIDDLE), round(height * _MOVED_MIDDLE)))
    return (still, *parts), (sizes - whole) / 2 - corners
