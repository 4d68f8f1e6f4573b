"""Flashes of light among the pictures by which a video's colours are told, and the pictures around them in their place.

Samples lie half a second apart, and so do beats at 60 and 120 a minute: one white frame in thirty would count for half of the video.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.bars import Bars
from clipzy.analysis.colour_samples import not_black, small_samples
from clipzy.analysis.differences import flash_about

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

LONGEST_S = 0.2  # what is lit for longer is seen for itself, however few frames it has
_NEAR_S = 0.5  # on each side of a flash
_STROBE = 1 / 3  # share of the frames near a flash that are as light, from which on flashing is the look


@dataclass(frozen=True, slots=True)
class Steady:
    """Small samples in which no flash is left. `small`: (S, pixels, 3) as `small_samples` makes them.

    `detail_of`: (S,) the sample whose pixels side by side count for each: the nearest in time that is no flash.
    """

    small: Pixels
    detail_of: NDArray[np.intp]


def steady(
    small: Pixels, bars: Bars, size: tuple[int, int], *, at: NDArray[np.intp], frames: Pixels, edges_s: Array
) -> Steady:
    """Put the frame before a flash in the place of every small sample that is one.

    Where flashes come so thick that they are the look (a strobe), samples stay as they are.

    Args:
        small: (S, pixels, 3), from `small_samples`.
        bars: of the samples.
        size: width and height of the samples, pixels.
        at: (S,) the frame that each sample is of.
        frames: (N, 27, 48, 3) uint8 RGB, every frame of the video; may be a memory map.
        edges_s: (N + 1,) start of every frame and the end of the last, seconds.
    """
    before = {
        n: frame for n, k in enumerate(at.tolist()) if (frame := _before_lone_flash(frames, edges_s, k)) is not None
    }
    detail_of = np.arange(len(small))
    if not before:
        return Steady(small, detail_of)
    mended = small.copy()
    calm, seconds = np.setdiff1d(detail_of, list(before)), edges_s[at]
    for n, frame in before.items():
        mended[n] = small_samples(_enlarged(frames[frame], size)[None], bars)[0]
        if len(calm):
            detail_of[n] = calm[np.abs(seconds[calm] - seconds[n]).argmin()]
    return Steady(mended, detail_of)


def _before_lone_flash(frames: Pixels, edges_s: Array, at: int) -> int | None:
    """The frame before the flash that a frame is part of; None where it is of none, or of one among many."""
    outside = flash_about(frames, at)
    if outside is None:
        return None
    before, after = outside
    if edges_s[after] - edges_s[before + 1] > LONGEST_S or _shows_nothing(frames[before]):
        return None
    low, high = np.searchsorted(edges_s[:-1], (edges_s[at] - _NEAR_S, edges_s[at] + _NEAR_S))
    light = frames[low:high].mean((1, 2, 3))
    half = (float(frames[at].mean()) + float(frames[before].mean())) / 2
    return before if float((light > half).mean()) < _STROBE else None


def _shows_nothing(frame: Pixels) -> bool:
    # lightning in the night is all that is seen of the night
    return not bool(not_black(frame.reshape(1, -1, 3))[0])


def _enlarged(frame: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)
