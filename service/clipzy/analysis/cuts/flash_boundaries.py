"""Boundaries that turn out to be a flash or a blink: the light changes for a moment, and the same picture returns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import Found
from clipzy.analysis.cuts.differences import FLASH_FRAMES, is_blank_end, is_blink, is_flash, only_relit, same_detail
from clipzy.style.dna import TransitionType

Frames = NDArray[np.uint8]

_FLASH_LEAP = 0.4  # of a fade's way, in one frame: its whole way out or back


def is_only_a_flash(frames: Frames, held: NDArray[np.bool_], found: Found) -> bool:
    """Whether only the light changes, or the picture returns in a moment: at a step within one picture, or at a rise and fall taken for a fade."""
    ends, fit = found.ends, found.fit
    if fit is None and (only_relit(frames, *ends) or is_blank_end(frames, found.first_new, held)):
        return True
    if fit is not None and _flares(frames, found) and same_detail(frames, *ends):
        return True
    if fit is not None and fit.type is TransitionType.FADE and fit.largest_step > _FLASH_LEAP:
        return _passes(frames, _brightens(frames, found), held)
    if found.first_new - found.last_old > FLASH_FRAMES + 1:
        return False
    return _passes(frames, found.last_old + 1, held) or _passes(frames, found.first_new, held)


def _passes(frames: Frames, first_new: int, held: NDArray[np.bool_]) -> bool:
    return is_flash(frames, first_new, held) or is_blink(frames, first_new, held)


def _brightens(frames: Frames, found: Found) -> int:
    """The frame of a boundary that brightens most over the one before."""
    return found.last_old + 1 + int(np.diff(_light(frames, found)).argmax())


def _flares(frames: Frames, found: Found) -> bool:
    """Whether the picture is brighter between both ends of a boundary than at either."""
    light = _light(frames, found)
    return bool(light[1:-1].max(initial=0) > light[[0, -1]].max() + 1)


def _light(frames: Frames, found: Found) -> NDArray[np.float32]:
    """Mean code value of each frame from one end of a boundary to the other."""
    return np.asarray(np.asarray(frames[found.last_old : found.first_new + 1], np.float32).mean((1, 2, 3)))
