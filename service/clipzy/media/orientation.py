"""How a stored picture is turned and stretched for display."""

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
    """How a stored picture is turned upright: mirrored left to right first, then quarter turns counter-clockwise."""

    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height are swapped."""
        return self.quarter_turns % 2 == 1

    @property
    def rotation_degrees(self) -> int:
        """Counter-clockwise turn in degrees: 0, 90, 180 or 270."""
        return 90 * self.quarter_turns

    def upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """An array (height, width, ...) turned upright; a view."""
        if self.mirrored:
            picture = picture[:, ::-1]
        return np.rot90(picture, self.quarter_turns)


def orientation_of(frame: VideoFrame) -> Orientation:
    """From the container's display matrix, to the nearest quarter turn (ISO/IEC 14496-12, 8.3.2)."""
    try:
        matrix = cast(SideDataContainer, frame.side_data)[Type.DISPLAYMATRIX]
    except KeyError:
        return Orientation()
    # rows (a b u), (c d v), (x y w), 16.16 fixed point: a stored point (x, y) is shown at (a x + c y, b x + d y), y downwards
    a, b, _, c, d = struct.unpack("<5i", bytes(matrix)[:20])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    # the displayed direction of stored rows, y downwards: a counter-clockwise turn points it upwards
    turns = round(math.atan2(-b, a) / (math.pi / 2)) % 4
    return Orientation(turns, mirrored)


def display_size(width: int, height: int, sample_aspect: Fraction | None, orientation: Orientation) -> tuple[int, int]:
    """Displayed width and height: pixels are made square by stretching the width, then the picture is turned upright."""
    if sample_aspect and sample_aspect > 0:
        width = max(1, round(width * sample_aspect))
    return (height, width) if orientation.swaps_sides else (width, height)
