"""Colours that lie together in pictures: those of one wall, one sky, one street, however its light changes from end to end, and noise on either.

From a place of a picture a straight walk leads on as long as no step is an edge. Where it ends is another place of the same surface: in
plain parts far away, in texture the same place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis import oklab

Pixels = NDArray[np.uint8]

EDGE = 0.03  # OKLab: two parts of a picture side by side that differ by more are two things
FARTHEST = 24  # steps, of 64 across and 36 down a picture
DIRECTIONS = 16


def mates(
    small: Pixels, size: tuple[int, int], frame: NDArray[np.intp], pixel: NDArray[np.int64], random: np.random.Generator
) -> Pixels:
    """Of places in small pictures, each the colour of another place of its surface, or its own: (n, 3) uint8.

    Args:
        small: (S, pixels, 3) sRGB, shrunk until noise is gone.
        size: width and height of each.
        frame: (n,) which picture.
        pixel: (n,) which of its pixels, row by row.
        random: for the direction and length of each walk.
    """
    angle = random.integers(0, DIRECTIONS, len(pixel)) * (2 * np.pi / DIRECTIONS)
    length = random.integers(1, FARTHEST + 1, len(pixel))
    end = pixel.copy()
    for picture in np.unique(frame):
        of = np.flatnonzero(frame == picture)
        end[of] = _walked(small[picture], size, pixel[of], angle[of], length[of])
    return small[frame, end]


def _walked(
    picture: Pixels,
    size: tuple[int, int],
    start: NDArray[np.int64],
    angle: NDArray[np.float64],
    length: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The pixels where walks through one picture (pixels, 3) end."""
    lab = oklab.from_srgb(picture / 255)
    row, column = np.divmod(start, size[0])
    at, on = start.copy(), np.arange(len(start))
    for step in range(1, FARTHEST + 1):
        on = on[length[on] >= step]
        down = np.rint(row[on] + step * np.sin(angle[on])).astype(np.int64)
        across = np.rint(column[on] + step * np.cos(angle[on])).astype(np.int64)
        inside = (across >= 0) & (across < size[0]) & (down >= 0) & (down < size[1])
        on, ahead = on[inside], (down * size[0] + across)[inside]
        plain = np.linalg.norm(lab[ahead] - lab[at[on]], axis=1) < EDGE
        on = on[plain]
        at[on] = ahead[plain]
    return at
