"""The compiled loop that resamples part of a plane. Compiled once, cached on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Words = NDArray[np.uint16]


# sums may be reordered, so that the compiler can vectorise
@njit(
    "(uint8[:,::1], Tuple((uint16[:,::1], float32[:,::1])), Tuple((uint16[::1], float32[:,::1])), UniTuple(int64, 2), uint8[:,::1])",
    cache=True,
    nogil=True,
    fastmath={"reassoc", "contract"},
)
def resample(
    plane: Bytes, down: tuple[Words, Floats], across: tuple[Words, Floats], read: tuple[int, int], result: Bytes
) -> None:
    """Fill `result` (h, w): each line from some lines of the plane, then each sample from some of that line.

    The number of taps is even, and they are processed in twos: with more at once the compiler does not vectorise.

    Args:
        plane: (H, W), may be wider than what is read of it.
        down: (h, taps) lines to read, and their weights.
        across: (w,) first sample to read, counted from that number of taps before the first that is read, where the end one stands in
            for those that are not there; (taps, w) the weights of it and the ones after it.
        read: first column of the plane that is read, and the one after the last.
        result: may be wider than what is written of it.
    """
    (rows, of_rows), (columns, of_columns) = down, across
    start, stop = read
    taps, width, length = of_columns.shape[0], columns.shape[0], stop - start
    line = np.empty(length + 2 * taps, np.float32)
    middle = line[taps : taps + length]
    made = np.empty(width, np.float32)
    for i in range(rows.shape[0]):
        middle[:] = 0
        for t in range(0, rows.shape[1], 2):
            upper, lower = plane[rows[i, t], start:stop], plane[rows[i, t + 1], start:stop]
            of_upper, of_lower = of_rows[i, t], of_rows[i, t + 1]
            for x in range(length):
                middle[x] += of_upper * upper[x] + of_lower * lower[x]
        line[:taps] = middle[0]
        line[taps + length :] = middle[length - 1]
        made[:] = np.float32(0.5)
        for t in range(0, taps, 2):
            left, right = line[t:], line[t + 1 :]
            of_left, of_right = of_columns[t], of_columns[t + 1]
            for j in range(width):
                made[j] += of_left[j] * left[columns[j]] + of_right[j] * right[columns[j]]
        for j in range(width):
            result[i, j] = np.uint8(min(max(made[j], np.float32(0)), np.float32(255)))
