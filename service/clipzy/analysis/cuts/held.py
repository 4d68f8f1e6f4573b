"""Frames that are seen so long that each is a picture of its own: slideshows of one frame each, recordings at a frame a second."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import sharpness
from clipzy.analysis.cuts.small_frames import shared_colours, soft_grey

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

HELD_S = Fraction(1, 5)  # from 5 frames a second on a file is looked at as a film
_PAUSE = 4  # times as long as the usual frame, as in `media.decoding.frame_rate`: held ones that are longer are pauses
# Sum of both shares, colours and shapes: in real takes at one to five frames a second 96 % of the steps that
# look like cuts share more; of pairs of unlike pictures from them none, of synthetic ones 3 %
_SHARED = 1.33
# columns and lines of the part that is searched: less than half, so that the camera may have moved by a fourth
_MIDDLE = (20, 13)


def frame_rate(times: NDArray[np.int64], time_base: Fraction) -> float:
    """Frames a second while pictures move, from the starts of N frames and the end of the last, (N + 1,) in ticks of `time_base` seconds.

    Pauses do not count: beside a picture that stands for a minute a transition lasts as many frames as elsewhere.
    """
    lengths = np.diff(times)
    moving = lengths[lengths <= max(_PAUSE * float(np.median(lengths)), float(HELD_S / time_base))]
    return float(len(moving) / max(float(moving.sum() * time_base), 1e-9))


def held_frames(times: NDArray[np.int64], time_base: Fraction) -> NDArray[np.bool_]:
    """Which frames are held: (N,), from their starts and the end of the last, (N + 1,) in ticks."""
    return np.asarray(np.diff(times) > float(HELD_S / time_base))


def sharp_steps(frames: Frames, change: Floats, held: NDArray[np.bool_]) -> Floats:
    """How much each step (N - 1,) stands out, see `sharpness`; beside held frames, where it leads to another picture, from stillness.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map.
        change: (N - 1,) from `steps`.
        held: (N,) from `held_frames`.
    """
    sharp = sharpness(change)
    if not held.any():
        return sharp
    alone = sharpness(change, held)
    for k in np.flatnonzero((held[:-1] | held[1:]) & (alone > sharp)):
        if not one_take(frames[k], frames[k + 1]):
            sharp[k] = alone[k]
    return sharp


def one_take(one: Frames, other: Frames) -> bool:
    """Whether two consecutive held frames (27, 48, 3) may be of one take whose camera or subject has moved: by their colours and a part of both."""
    return shared_colours(one, other) + _shared_part(one, other) > _SHARED


def _shared_part(one: Frames, other: Frames) -> float:
    """The correlation of the middle of either with the part of the other that it fits best."""
    pair = soft_grey(np.stack([one, other]))
    (height, width), (across, down) = pair.shape[1:], _MIDDLE
    y, x = (height - down) // 2, (width - across) // 2
    fits = [
        cv2.matchTemplate(new, old[y : y + down, x : x + across], cv2.TM_CCOEFF_NORMED)
        for old, new in (pair, pair[::-1])
    ]
    return max(float(fit.max()) for fit in fits)
