"""Compiled loops that look for parts in small pictures. Compiled once, kept on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | np.float32

_SUMS = {"reassoc", "contract"}  # sums may be reordered: that is what lets the compiler work on eight numbers at once
_AT_ONCE = 4  # places beside each other that are tried together: what is read of the part serves them all
_EVEN = 1.2e-6  # share of its squares, up to which the contrast of a place is rounding


@njit("(float32[:,::1], float32[::1], float64[:,:,::1])", cache=True, nogil=True)
def _summed(picture: Floats, flat: Floats, sums: Doubles) -> None:
    """Lay a picture (H, W) out line by line, and fill `sums` (2, H + 1, W + 1) by those of codes and their squares above and left of each place."""
    height, width = picture.shape
    for y in range(height):
        one, square = 0.0, 0.0
        for x in range(width):
            value = picture[y, x]
            flat[y * width + x] = value
            one += value
            square += value * value
            sums[0, y + 1, x + 1] = sums[0, y, x + 1] + one
            sums[1, y + 1, x + 1] = sums[1, y, x + 1] + square


@njit("float64(float32[::1], int64, int64, int64, float32[::1])", cache=True, nogil=True)
def _laid_out(part: Floats, rows: int, columns: int, width: int, line: Floats) -> float:
    """Lay a part out in the lines of a picture so wide, its mean taken off, with nothing between; returns the square of what is left."""
    mean, power = 0.0, 0.0
    for p in range(rows * columns):
        mean += part[p]
    mean /= rows * columns
    line[:] = 0
    for y in range(rows):
        for x in range(columns):
            value = part[y * columns + x] - mean
            line[y * width + x] = value
            power += value * value
    return power


@njit("UniTuple(float32, 4)(float32[::1], float32[::1], int64)", cache=True, nogil=True, fastmath=_SUMS)
def _products(line: Floats, flat: Floats, first: int) -> tuple[Number, Number, Number, Number]:
    """Of a line with a longer one, from four places on."""
    one, two, three, four = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    seen = flat[first : first + line.shape[0] + 3]
    for i in range(line.shape[0]):
        share = line[i]
        one += share * seen[i]
        two += share * seen[i + 1]
        three += share * seen[i + 2]
        four += share * seen[i + 3]
    return one, two, three, four


@njit("float64(float64[:,::1], int64, int64, int64, int64)", cache=True, nogil=True)
def _within(sums: Doubles, x: int, y: int, columns: int, rows: int) -> float:
    """The sum over a part of a picture, from those above and left of each place."""
    below, above = sums[y + rows], sums[y]
    return float(below[x + columns] - below[x] - above[x + columns] + above[x])


@njit("(float32[:,:,::1], float32[:,::1], int64[:,::1], float32[:,:,::1])", cache=True, nogil=True)
def fit_parts(pictures: Floats, parts: Floats, sizes: Ints, found: Floats) -> None:
    """Find where parts are most like the pictures, by Pearson's coefficient.

    Args:
        pictures: (n, H, W).
        parts: (n, all pixels) of each picture's own parts, one behind the other.
        sizes: (parts, 2) their rows and columns.
        found: (n, parts, 4) to fill by the coefficient of the best place, 0 where all is even, by that place across and down, and by the part's
            standard deviation.
    """
    n, height, width = pictures.shape
    flat, line = np.zeros(height * width + _AT_ONCE, np.float32), np.empty(height * width, np.float32)
    sums = np.zeros((2, height + 1, width + 1), np.float64)
    for k in range(n):
        _summed(pictures[k], flat, sums)
        first = 0
        for which in range(sizes.shape[0]):
            rows, columns = sizes[which]
            area = rows * columns
            power = _laid_out(parts[k, first : first + area], rows, columns, width, line)
            first += area
            used = line[: (rows - 1) * width + columns]
            best, left, top = -1.0, 0, 0
            for y in range(height - rows + 1):
                for start in range(0, width - columns + 1, _AT_ONCE):
                    alike = _products(used, flat, y * width + start)
                    for ahead in range(min(_AT_ONCE, width - columns + 1 - start)):
                        x = start + ahead
                        total = _within(sums[0], x, y, columns, rows)
                        square = _within(sums[1], x, y, columns, rows)
                        contrast = square - total * total / area
                        fits = 0.0
                        if power > 0 and contrast > _EVEN * square:
                            fits = alike[ahead] / np.sqrt(contrast * power)
                        if fits > best:
                            best, left, top = fits, x, y
            found[k, which, 0], found[k, which, 1], found[k, which, 2] = best, left, top
            found[k, which, 3] = np.sqrt(power / area)
