"""Bars about the picture, as of a phone's clip in a wide frame: they never change, so measures over the whole frame take two shots for one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.small_frames import in_scratch
from clipzy.analysis.edges import Shares, pixels_within

Frames = NDArray[np.uint8]

_FEWEST = 4  # columns or lines of picture, of which fewer tell nothing


def without_bars(frames: Frames, picture: Shares, scratch: Path | None = None) -> Frames:
    """The picture of small frames (N, 27, 48, 3) stretched over the whole of each: themselves where it fills them, or a copy as of `in_scratch`."""
    height, width = frames.shape[1:3]
    # columns and lines that are bar in part are left out
    across, down = pixels_within(picture, (width, height), _FEWEST)
    if (across, down) == (slice(0, width), slice(0, height)):
        return frames

    def fill(piece: slice) -> Frames:
        shown = frames[piece, down, across]
        return np.stack([cv2.resize(each, (width, height), interpolation=cv2.INTER_LINEAR) for each in shown])

    return in_scratch(frames.shape, fill, scratch)
