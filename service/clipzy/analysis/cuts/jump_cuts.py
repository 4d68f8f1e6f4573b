"""Jump cuts: a take goes on a moment later, with the ground where it was and the speaker suddenly elsewhere.

Most of the picture agrees, so that nothing else finds them. A jump cut is a step of many times those beside it, between pictures that move, whose changed part
keeps its colours: a title, a sticker or another page brings its own, a stutter follows a standstill, and a light only relights what is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import LEAST_SHOT, Found
from clipzy.analysis.cuts.differences import UNMISTAKABLE, is_flash, only_relit, same_picture
from clipzy.analysis.cuts.small_frames import shared_colours, soft_grey

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SHARP, _LEAST_JUMP = 4.0, 0.04  # of the usual step, and of full scale
_BESIDE = 4  # steps on each side
_MOVING = 0.004  # of full scale, the middle one of those: .005 and more about jump cuts of takes, .003 at most where pages, titles and lights change at once
_CHANGED, _LEAST_AREA = 0.06, 0.12  # of full scale, from which a pixel counts as changed; share of them in the picture
_SHARED = 0.7  # of the colours of what has changed, that it had before: .78 and more; .6 at most of what is put in


def with_jump_cuts(found: Sequence[Found], frames: Frames, change: Floats, sharp: Floats) -> list[Found]:
    """Boundaries in order, with the jump cuts between them.

    Args:
        found: what is found of others, in order.
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map.
        change: (N - 1,) from `steps`.
        sharp: (N - 1,) from `sharpness`.
    """
    taken = [(f.last_old - LEAST_SHOT, f.first_new + LEAST_SHOT) for f in found]
    jumps = [
        Found(k, k + 1, None, float(1 - UNMISTAKABLE / max(float(sharp[k]), UNMISTAKABLE) / 2))
        for k in np.flatnonzero((sharp > _SHARP) & (change > _LEAST_JUMP)).tolist()
        if not any(low < k < high for low, high in taken) and _moves(change, k) and is_jump(frames, k)
    ]
    return sorted([*found, *jumps], key=lambda f: f.last_old)


def _moves(change: Floats, step: int) -> bool:
    """Whether the pictures move before a step and after it."""
    beside = change[max(0, step - _BESIDE) : step], change[step + 1 : step + 1 + _BESIDE]
    return all(len(part) and float(np.median(part)) > _MOVING for part in beside)


def is_jump(frames: Frames, last_old: int) -> bool:
    """Whether a frame and the next show one scene whose subject is elsewhere at once."""
    pair = np.asarray(frames[last_old : last_old + 2])
    if not same_picture(pair, 0, 1) or only_relit(pair, 0, 1) or is_flash(frames, last_old + 1):
        return False
    one, other = soft_grey(pair)
    changed = np.abs(other - one) > _CHANGED
    return float(changed.mean()) > _LEAST_AREA and shared_colours(pair[0], pair[1], changed) > _SHARED
