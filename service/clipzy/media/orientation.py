"""How a stored picture has to be turned and stretched to be shown as its maker meant it."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture has to be turned to stand upright: mirrored left to right first, then quarter turns counter-clockwise."""

    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.quarter_turns % 2 == 1

    @property
    def rotation_degrees(self) -> int:
        """Counter-clockwise turn in degrees: 0, 90, 180 or 270."""
        return 90 * self.quarter_turns

    def upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn an array of (height, width, ...); a view."""
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.rot90(picture, self.quarter_turns)


def orientation_of(frame: VideoFrame) -> Orientation:
    """Read the display matrix that the container gives, to the nearest quarter turn (ISO/IEC 14496-12, 8.3.2)."""
    try:
        matrix = cast(SideDataContainer, frame.side_data)[Type.DISPLAYMATRIX]
    except KeyError:
        return Orientation()
    # rows (a b u), (c d v), (x y w), 16.16 fixed point: a stored point (x, y) is shown at (a x + c y, b x + d y), y downwards
    a, b, _, c, d = struct.unpack("<5i", bytes(matrix)[:20])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    # direction in which the stored rows are shown, y downwards: a turn of the picture counter-clockwise points it upwards
    turns = round(math.atan2(-b, a) / (math.pi / 2)) % 4
    return Orientation(turns, mirrored)


def display_size(width: int, height: int, sample_aspect: Fraction | None, orientation: Orientation) -> tuple[int, int]:
    """Width and height in pixels as shown: pixels made square by stretching the width, then turned upright."""
    if sample_aspect and sample_aspect > 0:
        width = max(1, round(width * sample_aspect))
    return (height, width) if orientation.swaps_sides else (width, height)
