"""Flashes of light among the pictures from which a video's colours are measured, and the pictures that take their place.

Samples lie half a second apart, and so do beats at 60 and 120 a minute: one white frame in thirty would count for half of the video.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import flash_about
from clipzy.analysis.cuts.held import HELD_S
from clipzy.analysis.framing.bars import Bars
from clipzy.analysis.look.colour_samples import not_black, small_samples

Pixels = NDArray[np.uint8]
Array = NDArray[np.float64]

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
    instead = _instead(frames, edges_s, at)
    detail_of = np.arange(len(small))
    if not instead:
        return Steady(small, detail_of)
    mended = small.copy()
    calm, seconds = np.setdiff1d(detail_of, list(instead)), edges_s[at]
    for n, frame in instead.items():
        mended[n] = small_samples(_enlarged(frames[frame], size)[None], bars)[0]
        if len(calm):
            detail_of[n] = calm[np.abs(seconds[calm] - seconds[n]).argmin()]
    return Steady(mended, detail_of)


def steady_pictures(pictures: Pixels, *, at: NDArray[np.intp], frames: Pixels, edges_s: Array) -> Pixels:
    """Put the frame beside a flash in the place of every picture (S, H, W, 3) that is one.

    `at`, `frames` and `edges_s` as in `steady`, but of a part of a video, which may begin and end within a flash.
    """
    instead = _instead(frames, edges_s, at, cut_off=True)
    if not instead:
        return pictures
    height, width = pictures.shape[1:3]
    mended = pictures.copy()
    for n, frame in instead.items():
        mended[n] = _enlarged(frames[frame], (width, height))
    return mended


def after_flash(pictures: Pixels) -> Pixels:
    """The first of consecutive pictures (n, H, W, 3), or the one after the flash with which they begin."""
    outside = flash_about(pictures, 0, cut_off=True)
    return np.asarray(pictures[0 if outside is None else outside[1]])


def _instead(frames: Pixels, edges_s: Array, at: NDArray[np.intp], *, cut_off: bool = False) -> dict[int, int]:
    """The frames that replace those samples that are flashes, by the number of the sample."""
    found = ((n, _beside_lone_flash(frames, edges_s, k, cut_off=cut_off)) for n, k in enumerate(at.tolist()))
    return {n: frame for n, frame in found if frame is not None}


def _beside_lone_flash(frames: Pixels, edges_s: Array, at: int, *, cut_off: bool) -> int | None:
    """The frame before the flash that a frame belongs to, or after it; None where it belongs to none, or to one of many."""
    outside = flash_about(frames, at, cut_off=cut_off)
    if outside is None:
        return None
    before, after = outside
    beside = before if before >= 0 else after
    if edges_s[after] - edges_s[before + 1] > HELD_S or _shows_nothing(frames[beside]):
        return None
    low, high = np.searchsorted(edges_s[:-1], (edges_s[at] - _NEAR_S, edges_s[at] + _NEAR_S))
    light = frames[low:high].mean((1, 2, 3))
    half = (float(frames[at].mean()) + float(frames[beside].mean())) / 2
    return beside if float((light > half).mean()) < _STROBE else None


def _shows_nothing(frame: Pixels) -> bool:
    # lightning in the night is all that is seen of the night
    return not bool(not_black(frame.reshape(1, -1, 3))[0])


def _enlarged(frame: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), np.uint8)
