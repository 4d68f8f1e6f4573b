"""Colours that lie together in pictures: those of one wall, one sky, one street, however its light changes from end to end, and noise on either.

From a place of a picture a straight walk leads on as long as no step is an edge. Where it ends is another place of the same surface: in
plain parts far away, in texture the same place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab

Pixels = NDArray[np.uint8]

EDGE = 0.03  # OKLab: two parts of a picture side by side that differ by more are two things
FARTHEST = 24  # steps, of 64 across and 36 down a picture
DIRECTIONS = 16
STEP = 0.0135  # OKLab: three codes of chroma, by which blocks of a codec differ, and bands of 8 bits
_GOLDEN = np.pi * (3 - 5**0.5)  # directions that spread evenly, however many
_AT_ONCE = 64  # pictures: what they take of memory grows with them


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
    for first in range(0, len(small), _AT_ONCE):
        some = small[first : first + _AT_ONCE]
        of = np.flatnonzero((frame >= first) & (frame < first + len(some)))
        end[of] = _walked(some, size, frame[of] - first, pixel[of], (angle[of], length[of]))
    return small[frame, end]


def chroma_steps(surfaces: NDArray[np.float32], side_by_side: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pairs of colours a little apart in chroma, (k, 2, 3) sRGB 0..1, about those of plain surfaces that have no noise.

    Noise hides steps. Where a codec took it away, blocks lie side by side that differ by a code or three in any hue, which a steep look shows; pairs that
    were drawn tell of the few hues in which the surface itself varies.

    Args:
        surfaces: two colours of one surface each, (n, 2, 3) sRGB 0..1, like ones where no walk led on.
        side_by_side: pixels side by side at the places of the first, (n, 2, 3).
    """
    plain = (surfaces[:, 0] != surfaces[:, 1]).any(1) & (side_by_side[:, 0] == side_by_side[:, 1]).all(1)
    lab = oklab.from_srgb(surfaces[plain, 0].astype(np.float64))
    hue = np.arange(len(lab)) * _GOLDEN
    step = STEP / 2 * np.stack([np.zeros(len(lab)), np.cos(hue), np.sin(hue)], 1)
    return np.clip(oklab.into_srgb(np.stack([lab + step, lab - step], 1)), 0, 1).astype(np.float32)


def _walked(
    pictures: Pixels,
    size: tuple[int, int],
    frame: NDArray[np.intp],
    start: NDArray[np.int64],
    way: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> NDArray[np.int64]:
    """The pixels where walks end, each in one of some pictures (n, pixels, 3), from a pixel in a direction for so many steps."""
    angle, length = way
    lab = np.moveaxis(oklab.from_codes(pictures), -1, 0).reshape(3, -1)
    row, column = np.divmod(start, size[0])
    in_all = frame * pictures.shape[1]  # pixels of the pictures before
    at, on = start.copy(), np.arange(len(start))
    for step in range(1, FARTHEST + 1):
        on = on[length[on] >= step]
        down = np.rint(row[on] + step * np.sin(angle[on])).astype(np.int64)
        across = np.rint(column[on] + step * np.cos(angle[on])).astype(np.int64)
        inside = (across >= 0) & (across < size[0]) & (down >= 0) & (down < size[1])
        on, ahead = on[inside], (down * size[0] + across)[inside]
        first, second, third = (np.square(axis[in_all[on] + ahead] - axis[in_all[on] + at[on]]) for axis in lab)
        plain = np.sqrt(first + second + third) < EDGE
        on = on[plain]
        at[on] = ahead[plain]
    return at
