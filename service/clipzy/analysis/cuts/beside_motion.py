"""Cuts next to fast motion, as of hair that is thrown about: the step to the other shot is the largest, and yet it does not stand out from the one beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import Found
from clipzy.analysis.cuts.differences import AROUND, LEAST_CUT, SHARP, same_detail, same_picture

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SURE = 0.5  # of the network
_OVER_BESIDE = 1.5  # times the larger of the two steps on each side; 2 without a network that is sure
_BESIDE = 2


def cut_beside_motion(frames: Frames, change: Floats, one_hot: Floats, run: tuple[int, int]) -> Found | None:
    """The cut that the network is sure of, at a step that stands out from the usual one, if less from those beside it; None where there is none.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB.
        change: (N - 1,) from `steps`.
        one_hot: (N,) what the network says of each frame, 0..1.
        run: first and last of the frames that it says something of.
    """
    peak = run[0] + int(one_hot[run[0] : run[1] + 1].argmax())
    sure = float(one_hot[peak])
    near = change[max(0, peak - 1) : peak + 2]
    if sure <= _SURE or not len(near):
        return None
    step = max(0, peak - 1) + int(near.argmax())
    much = float(change[step])
    beside = np.concatenate([change[max(0, step - _BESIDE) : step], change[step + 1 : step + 1 + _BESIDE]])
    usual = float(np.median(change[max(0, step - AROUND) : step + AROUND + 1]))
    if much < max(LEAST_CUT, SHARP * usual, _OVER_BESIDE * float(beside.max(initial=0))):
        return None
    alike = same_detail(frames, step, step + 1) or same_picture(frames, step, step + 1)
    return None if alike else Found(step, step + 1, None, sure)
