"""Where the picture lies in a frame that has bars around it, and which pixels are wholly picture."""

from __future__ import annotations

import numpy as np

# Left, top, right and bottom edge of the picture, as shares of the frame's sides, 0..1
Shares = tuple[float, float, float, float]

WHOLE: Shares = (0.0, 0.0, 1.0, 1.0)


def pixels_within(picture: Shares, size: tuple[int, int], fewest: int) -> tuple[slice, slice]:
    """Columns and rows that lie wholly within the edges, in frames of that size (width, height); all of a side that would keep fewer than `fewest`."""
    left, top, right, bottom = picture
    return _along(left, right, size[0], fewest), _along(top, bottom, size[1], fewest)


def _along(first: float, last: float, pixels: int, fewest: int) -> slice:
    start, end = int(np.ceil(round(first * pixels, 6))), int(round(last * pixels, 6))
    return slice(start, end) if end - start >= fewest else slice(0, pixels)
