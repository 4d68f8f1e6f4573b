"""Wipes and circles between two framings of one take.

The pictures on both sides show the same things, so that little changes and most pixels agree: neither is a sign of one shot here. What tells
such a transition is that one end is an enlarged part of the other, and that an edge that moves evenly explains nearly all between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.candidates import Found, fitted, regularity
from clipzy.analysis.mattes import fit_mattes
from clipzy.analysis.reframing import reframed

Frames = NDArray[np.uint8]

_EVERY_S = 0.16
_GAPS_S = (0.5, 1.1)
_CHANGED = 0.015  # of full scale, on the mean: less is no other framing
_UNEXPLAINED, _CERTAIN, _REGULAR = 0.25, 0.75, 0.5
_WORTH = 0.35  # unexplained by the best edge between the ends, up to which a stretch is fitted in full
_FEWEST = 4  # mixed frames
_AT_LEAST, _ONE_IN_S = 3, 1.5  # stretches that are fitted, the best related first: in a long zoom all are related


def wiped_framings(
    frames: Frames, taken: Sequence[tuple[int, int]], walls: Sequence[tuple[int, int]], rate: float
) -> list[Found]:
    """Find transitions with an edge between two framings.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map.
        taken: last old and first new frame of each boundary that is known; none is looked for over them.
        walls: the same of all that a stretch must not reach over.
        rate: frames per second.
    """
    found: list[Found] = []
    closed = sorted([(-1, 0), *walls, (len(frames) - 1, len(frames))])
    related = sorted(_related(frames, closed, rate), reverse=True)
    for _, first, last in related[: _AT_LEAST + int(len(frames) / rate / _ONE_IN_S)]:
        spans = [*taken, *((f.last_old, f.first_new) for f in found)]
        if any(first < new and old < last for old, new in spans) or not _edged(frames, first, last):
            continue
        low = max(new for old, new in closed if old < first)
        high = min(old for old, new in closed if new > last)
        one = fitted(frames, (first, last), (low, high), rate, 0.0)
        if _told(frames, one) and not any(one.last_old < new and old < one.first_new for old, new in spans):
            found.append(one)
    return sorted(found, key=lambda f: f.last_old)


def _related(frames: Frames, walls: Sequence[tuple[int, int]], rate: float) -> Iterator[tuple[float, int, int]]:
    """Stretches between walls of which one end is an enlarged part of the other, and how well; the best of each second."""
    for gap in (max(_FEWEST + 1, round(gap_s * rate)) for gap_s in _GAPS_S):
        best: dict[int, tuple[float, int, int]] = {}
        for (_, low), (high, _) in pairwise(walls):
            for first in range(low, high - gap + 1, max(1, round(_EVERY_S * rate))):
                ends = np.asarray(frames[[first, first + gap]], np.int16)
                if np.abs(ends[1] - ends[0]).mean() < _CHANGED * 255:
                    continue
                alike = reframed(frames, first, first + gap)
                second = int(first / rate)
                if alike > best.get(second, (0.0, 0, 0))[0]:
                    best[second] = (alike, first, first + gap)
        yield from best.values()


def _edged(frames: Frames, first: int, last: int) -> bool:
    """Whether an edge that moves explains the frames between well enough to be worth a full fit; every third is looked at."""
    old, new = (np.asarray(frames[k], np.float32) / 255 for k in (first, last))
    between = np.asarray(frames[first + 2 : last - 1 : 3], np.float32) / 255
    return min(fit.residual for fit in fit_mattes(old, new, between)) < _WORTH


def _told(frames: Frames, one: Found) -> bool:
    fit = one.fit
    return (
        fit is not None
        and one.first_new - one.last_old > _FEWEST
        and fit.residual <= _UNEXPLAINED
        and fit.certainty >= _CERTAIN
        and regularity(fit) >= _REGULAR
        and reframed(frames, one.last_old, one.first_new) > 0
    )
