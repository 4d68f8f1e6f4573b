"""Boundaries that are none: text comes or goes over one take, and beside it the picture goes on."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary
from clipzy.style.standing_text import StandingText

Frames = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_NEAR_S = 0.6  # two samples a second tell when text comes and goes
_AROUND = 0.35  # of a text's height, for its outline, shadow or box
_LEAST_BESIDE = 0.15  # of the picture, to tell anything by
_CHANGED = 12.0  # code values
_INSIDE = 2.0  # times as much of the picture as beside it, at least, changes where the text is
# Times as much as over as many frames before or after: 1 and less beside titles, 1.5 and more at true cuts. That many code values are the codec's
_AS_USUAL, _NOISE = 1.25, 0.5
_LOOK = 8  # frames on each side, at least, that say what is usual


def without_titles(
    boundaries: Sequence[Boundary],
    texts: Sequence[StandingText],
    frames: Frames,
    times: NDArray[np.int64],
    time_base: Fraction,
) -> tuple[Boundary, ...]:
    """Leave out cuts and transitions at which text comes or goes while the picture beside it goes on as before.

    Captions often change at a true cut: it changes what is beside them, and stays.

    Args:
        boundaries: in order.
        texts: what stands in the picture, and when.
        frames: (N, 27, 48, 3) uint8 RGB of the whole picture, may be a memory map.
        times: (N + 1,) start of every frame and the end of the last, in ticks.
        time_base: seconds per tick.
    """
    ends = [_ends(boundary, times, time_base) for boundary in boundaries]
    walls = [0, *(new for _, new in ends)], [*(old for old, _ in ends[1:]), len(frames) - 1]
    kept = []
    for boundary, (old, new), low, high in zip(boundaries, ends, *walls, strict=False):
        turning = [text for text in texts if _turns(text, boundary)]
        one_take = boundary.type is not TransitionType.FADE and turning
        if not (one_take and _goes_on(frames, (old, new), (low, high), _beside(turning, frames.shape[1:3]))):
            kept.append(boundary)
    return tuple(kept)


def _ends(boundary: Boundary, times: NDArray[np.int64], time_base: Fraction) -> tuple[int, int]:
    """The last frame of the old picture and the first of the new one."""
    first, new = np.searchsorted(times, [round(at / time_base) for at in (boundary.start, boundary.end)]).tolist()
    return max(0, first - 1), min(new, len(times) - 2)


def _turns(text: StandingText, boundary: Boundary) -> bool:
    """Whether a text comes or goes about then."""
    first, last = float(boundary.start) - _NEAR_S, float(boundary.end) + _NEAR_S
    return first < text.start_s < last or first < text.end_s < last


def _beside(texts: Sequence[StandingText], size: tuple[int, ...]) -> Mask:
    """The pixels of a small frame that no text touches."""
    rows, columns = size
    free = np.ones((rows, columns), bool)
    for text in texts:
        more = _AROUND * (text.bottom - text.top)
        across = more * rows / columns
        top, left = int(max(0, (text.top - more) * rows)), int(max(0, (text.left - across) * columns))
        free[top : int(np.ceil((text.bottom + more) * rows)), left : int(np.ceil((text.right + across) * columns))] = (
            False
        )
    return free


def _goes_on(frames: Frames, ends: tuple[int, int], limits: tuple[int, int], beside: Mask) -> bool:
    """Whether the picture beside the text changes less than where it is, from one frame to another, and no more than in as many frames on either side."""
    old, new = ends
    if beside.mean() < _LEAST_BESIDE or beside.all():
        return False
    moved = _moved(frames, old, new)
    inside, outside = (float((part.max(-1) > _CHANGED).mean()) for part in (moved[~beside], moved[beside]))
    if inside <= _INSIDE * outside:
        return False
    gap = new - old
    look = max(_LOOK, gap)
    starts = [
        *range(max(limits[0], old - gap - look + 1), old - gap + 1),
        *range(new, min(limits[1] - gap, new + look - 1) + 1),
    ]
    usual = max((float(_moved(frames, k, k + gap)[beside].mean()) for k in starts), default=0.0)
    return float(moved[beside].mean()) <= max(_AS_USUAL * usual, _NOISE)


def _moved(frames: Frames, one: int, other: int) -> NDArray[np.float32]:
    """Code values by which two frames differ."""
    return np.asarray(np.abs(np.asarray(frames[other], np.float32) - frames[one]), np.float32)
