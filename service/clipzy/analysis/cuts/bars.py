"""Bars about the picture, as of a phone's clip in a wide frame: they never change, so measures over the whole frame take two shots for one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.small_frames import in_scratch

Frames = NDArray[np.uint8]
# Left, top, right and bottom edge of the picture, as shares of the frame's sides, 0..1
Shares = tuple[float, float, float, float]

WHOLE: Shares = (0.0, 0.0, 1.0, 1.0)
_FEWEST = 4  # columns or lines of picture, of which fewer tell nothing


def without_bars(frames: Frames, picture: Shares, scratch: Path | None = None) -> Frames:
    """The picture of small frames (N, 27, 48, 3) stretched over the whole of each: themselves where it fills them, or a copy as of `in_scratch`."""
    height, width = frames.shape[1:3]
    left, top, right, bottom = picture
    # columns and lines that are bar in part are left out
    across, down = _within(left, right, width), _within(top, bottom, height)
    if across == (0, width) and down == (0, height):
        return frames

    def fill(piece: slice) -> Frames:
        shown = frames[piece, down[0] : down[1], across[0] : across[1]]
        return np.stack([cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR) for each in shown])

    return in_scratch(frames.shape, fill, scratch)


def _within(first: float, last: float, pixels: int) -> tuple[int, int]:
    """The pixels of a side that lie within two edges; all, where hardly any do."""
    start, end = int(np.ceil(round(first * pixels, 6))), int(round(last * pixels, 6))
    return (start, end) if end - start >= _FEWEST else (0, pixels)
