"""Pictures of one or two frames between two shots: both steps are large, and neither stands out beside the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import Found
from clipzy.analysis.cuts.differences import AROUND, BESIDE_WEIGHT, LEAST_CUT, SHARP, same_detail, same_picture, steps

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

MOST_FRAMES = 2  # of an insert: with three the steps no longer lie beside each other, and each is found by itself
_SURE = 0.5  # of the network
_BESIDE = 2  # steps on each side that a cut stands out from


def cut_with_insert(
    frames: Frames, change: Floats, one_hot: Floats, run: tuple[int, int], limits: tuple[int, int]
) -> Found | None:
    """The cut that the network is sure of although no single step shows it, at the larger of two steps that do; None where there is none.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB.
        change: (N - 1,) from `steps`.
        one_hot: (N,) what the network says of each frame, 0..1.
        run: first and last of the frames that it says something of.
        limits: first and last frame that may belong to it.
    """
    sure = float(one_hot[run[0] : run[1] + 1].max())
    if sure <= _SURE:
        return None
    # the network may be off by two frames
    first, last = max(limits[0], run[0] - 2), min(limits[1] - 1, run[1] + 2)
    pairs = [(one, one + length) for length in range(1, MOST_FRAMES + 1) for one in range(first, last - length + 1)]
    pairs = [pair for pair in pairs if _stand_out(change, *pair) and _parts_shots(frames, *pair)]
    if not pairs:
        return None
    step = max(max(pairs, key=lambda pair: float(change[list(pair)].min())), key=lambda step: float(change[step]))
    return Found(step, step + 1, None, sure)


def _stand_out(change: Floats, one: int, other: int) -> bool:
    """Whether two steps stand out from all others around them."""
    least = float(change[[one, other]].min())
    around = [*change[max(0, one - AROUND) : one], *change[one + 1 : other], *change[other + 1 : other + 1 + AROUND]]
    beside = [*change[max(0, one - _BESIDE) : one], *change[one + 1 : other], *change[other + 1 : other + 1 + _BESIDE]]
    if not beside or least < LEAST_CUT:
        return False
    return least > SHARP * float(np.median(around)) and least > SHARP / BESIDE_WEIGHT * float(max(beside))


def _parts_shots(frames: Frames, one: int, other: int) -> bool:
    """Whether the pictures on both sides are of two shots: after a flash or a damaged frame the same one returns."""
    ends = np.stack([frames[one], frames[other + 1]])
    return float(steps(ends)[0]) >= LEAST_CUT and not (same_detail(ends, 0, 1) or same_picture(ends, 0, 1))
