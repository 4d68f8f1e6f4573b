"""Which frames the shot network has to see: those where the small frames' own differences leave in doubt whether a shot changes.

The network costs three times as much as all the rest of the search. Where the picture neither jumps nor slowly becomes another one there is no boundary, and
a jump of many times the usual step needs no network to confirm it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import LEAST_CUT, UNMISTAKABLE, propose, steps
from clipzy.analysis.cuts.held import sharp_steps
from clipzy.analysis.stretches import runs, tidied

Frames = NDArray[np.uint8]

_STANDS_OUT = 2.0  # a step this many times the usual one may be a cut
_BESIDE_STEP, _BESIDE_CHANGE = 3, 2  # frames on each side whose answers count
CONTEXT = 12
"""Frames to show the network on each side of a stretch: half of what it was trained with finds the same boundaries for a fourth less."""
_JOINED = 2 * CONTEXT  # frames between two stretches below which one window costs less than two


def doubtful(frames: Frames, rate: float, held: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Find the stretches that the shot network is to be asked about.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map; read in pieces.
        rate: frames per second.
        held: (N,) frames that last, see `held_frames`.

    Returns:
        First frame and one past the last of each stretch, in order, none overlapping.
    """
    n = len(frames)
    if n < 2:
        return ()
    change = steps(frames)
    sharp = sharp_steps(frames, change, held)
    plain = (sharp > UNMISTAKABLE) & (change > LEAST_CUT)
    asked = np.zeros(n, bool)
    for step in np.flatnonzero((sharp > _STANDS_OUT) & ~plain):
        asked[max(0, step - _BESIDE_STEP) : step + _BESIDE_STEP + 1] = True
    walls = [0, *(int(k) + 1 for k in np.flatnonzero(plain)), n]
    for start, end in pairwise(walls):
        for first, last in propose(frames, start, end - 1, rate):
            asked[max(0, first - _BESIDE_CHANGE) : last + _BESIDE_CHANGE + 1] = True
    return tuple((first, end) for first, end in runs(tidied(asked, 1, _JOINED - 1)).tolist())
