"""Compiled loops of the models of transitions: sums over small pictures. Compiled once, kept on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clipzy.analysis.cuts.layer_kernels import read_along, read_picture

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | np.float32

COLOURS = 3
_SUMS = {"reassoc", "contract"}  # sums may be reordered: that is what lets the compiler work on eight numbers at once


@njit(
    "(UniTuple(float32[:,:,:,::1], 2), float32[:,:,:,::1], float32[:,:,::1], UniTuple(float32[:,:,::1], 2), float32[::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def ways(
    ends: tuple[Floats, Floats], middle: Floats, within: Floats, told: tuple[Floats, Floats], made: Floats
) -> None:
    """What there is to know of the way from one picture to another, and of how much of it is made, pixel by pixel.

    Args:
        ends: the old and the new picture, (n, H, W, 3) each, or one for all.
        middle: (n, H, W, 3), the pictures between.
        within: (n, H, W) 0 or 1, or one for all, the pixels that count.
        told: to fill: (n, H, W) products of both ways, and (n, H, W), or one for all, squares of the whole way.
        made: (n,) to fill by the square of the way made, over all pixels.
    """
    old, new = ends
    toward, power = told
    n, height, width, colours = middle.shape
    for k in range(n):
        k_end = k if old.shape[0] > 1 else 0
        k_within, k_power = k if within.shape[0] > 1 else 0, k if power.shape[0] > 1 else 0
        total = np.float32(0)
        for y in range(height):
            for x in range(width):
                along, whole, gone = np.float32(0), np.float32(0), np.float32(0)
                for c in range(colours):
                    start = old[k_end, y, x, c]
                    delta, moved = new[k_end, y, x, c] - start, middle[k, y, x, c] - start
                    along += moved * delta
                    whole += delta * delta
                    gone += moved * moved
                inside = within[k_within, y, x]
                toward[k, y, x] = along * inside
                power[k_power, y, x] = whole * inside
                total += gone * inside
        made[k] = total


@njit("(float32[:,:,::1], float32[:,::1])", cache=True, nogil=True, fastmath=_SUMS)
def spread(pictures: Floats, deviation: Floats) -> None:
    """Fill `deviation` (n, 3) by the standard deviations of pictures (n, pixels, 3)."""
    n, pixels, colours = pictures.shape
    for k in range(n):
        for c in range(colours):
            mean, square = np.float32(0), np.float32(0)
            for p in range(pixels):
                mean += pictures[k, p, c]
            mean /= np.float32(pixels)
            for p in range(pixels):
                square += (pictures[k, p, c] - mean) ** 2
            deviation[k, c] = np.sqrt(square / np.float32(pixels))


@njit("(float32[:,::1], int64[::1], float32[:,::1])", cache=True, nogil=True, fastmath=_SUMS)
def _neighbours(lines: Floats, order: Ints, known: Floats) -> None:
    """Of lines of two pictures on end, (2 * size, k), in an order, fill `known` (3, 2 * size) by squares.

    Those of each line, of the mean of it and the next, and of the mean of it and the line of the other picture that is nearest to that.
    """
    count, size = lines.shape[0], lines.shape[0] // 2
    for j in range(count):
        one, following = lines[order[j]], lines[order[min(j + 1, count - 1)]]
        other = lines[order[size]] if j < size else lines[order[size - 1]]
        alone, between, meeting = np.float32(0), np.float32(0), np.float32(0)
        for i in range(lines.shape[1]):
            alone += one[i] * one[i]
            between += (one[i] + following[i]) ** 2
            meeting += (one[i] + other[i]) ** 2
        known[0, j], known[1, j], known[2, j] = alone, between / 4, meeting / 4


@njit("(float32[:,::1], float32[:,::1], float32[::1], float32[:,::1])", cache=True, nogil=True, fastmath=_SUMS)
def _slid(known: Floats, by_shift: Floats, seen: Floats, costs: Floats) -> None:
    """What a push, a cover and an uncovering leave of one picture, (3, 2 * size + 1): see `slide`.

    Args:
        known: see `_neighbours`.
        by_shift: (size + 1, size) products of the lines that are seen with those that are there at each shift.
        seen: (size,) squares of the lines that are seen.
        costs: to fill.
    """
    size = len(seen)
    square, between, meeting = known[0], known[1], known[2]
    stays, comes = np.empty(size + 1, np.float32), np.empty(size + 1, np.float32)
    # what is left where the old picture stays up to a line, and where the new one stands from it on
    stays[0], comes[size] = 0, 0
    for x in range(size):
        end = size - 1 - x
        stays[x + 1] = stays[x] + square[x] - 2 * by_shift[0, x] + seen[x]
        comes[end] = comes[end + 1] + square[size + end] - 2 * by_shift[size, end] + seen[end]
    for s in range(size + 1):
        of_old, of_new, near = np.float32(0), np.float32(0), by_shift[s]
        for x in range(size - s):
            of_old += square[x + s] - 2 * near[x] + seen[x]
        for x in range(size - s, size):
            of_new += square[x + s] - 2 * near[x] + seen[x]
        costs[0, 2 * s] = of_old + of_new
        costs[1, 2 * s], costs[2, 2 * s] = stays[size - s] + of_new, of_old + comes[size - s]
    for s in range(size):
        of_old, of_new, edge = np.float32(0), np.float32(0), size - s - 1
        near, far = by_shift[s], by_shift[s + 1]
        for x in range(edge):
            of_old += between[x + s] - near[x] - far[x] + seen[x]
        for x in range(edge + 1, size):
            of_new += between[x + s] - near[x] - far[x] + seen[x]
        # the line where both pictures meet
        both = between[size - 1] - near[edge] - far[edge] + seen[edge]
        covers = meeting[edge] - by_shift[0, edge] - far[edge] + seen[edge]
        bares = meeting[size + edge] - near[edge] - by_shift[size, edge] + seen[edge]
        costs[0, 2 * s + 1] = of_old + both + of_new
        costs[1, 2 * s + 1] = stays[edge] + covers + of_new
        costs[2, 2 * s + 1] = of_old + bares + comes[edge + 1]


@njit("(float32[:,:,::1], float32[:,:,::1], float32[:,::1], float32[:,:,:,::1])", cache=True, nogil=True)
def slide(lines: Floats, products: Floats, power: Floats, costs: Floats) -> None:
    """Sums of squares that a push, a cover and an uncovering leave at each shift, in half lines: see `slides`.

    Args:
        lines: (n, 2 * size, k) of the picture that goes, and behind it of the one that comes, in the order in which they pass; or one for all.
        products: (n, size, 2 * size) of the lines that are seen with these.
        power: (n, size) squares of the lines that are seen.
        costs: (2, 3, n, 2 * size + 1) to fill, in that order and in the opposite one.
    """
    n, size = power.shape
    known, by_shift = np.empty((3, 2 * size), np.float32), np.empty((size + 1, size), np.float32)
    seen, cost = np.empty(size, np.float32), np.empty((3, 2 * size + 1), np.float32)
    for way in range(2):
        order = np.arange(2 * size)
        if way == 1:
            for j in range(size):
                order[j], order[size + j] = size - 1 - j, 2 * size - 1 - j
        for k in range(n):
            if k == 0 or lines.shape[0] > 1:
                _neighbours(lines[k], order, known)
            for x in range(size):
                line = products[k, order[x]]
                seen[x] = power[k, order[x]]
                for s in range(size + 1):
                    by_shift[s, x] = line[order[x + s]]
            _slid(known, by_shift, seen, cost)
            costs[way, :, k] = cost


@njit("(float32[:,::1], float32, float32[:,::1])", cache=True, nogil=True)
def magnify(picture: Floats, times: Number, larger: Floats) -> None:
    """Fill `larger` by a picture, both (H, W * 3), so many times as large, about its middle; what is beyond its ends are the last pixels."""
    if times == 1:
        larger[:] = picture
        return
    height, width = picture.shape[0], picture.shape[1] // COLOURS
    step = np.float32(1) / np.float32(times)
    down = np.empty((2, height), np.int64), np.empty((height, 1), np.float32)
    across = np.empty((2, width * COLOURS), np.int64), np.empty((width, COLOURS), np.float32)
    read_along(np.float32((height - 1) / 2) * (np.float32(1) - step), step, height, down[0], down[1])
    read_along(np.float32((width - 1) / 2) * (np.float32(1) - step), step, width, across[0], across[1])
    read_picture(picture, down, across, np.empty(picture.shape[1], np.float32), larger)


@njit("(UniTuple(float32[:,::1], 2), UniTuple(float32, 3), float32[:,::1], float32[:,::1])", cache=True, nogil=True)
def mix(ends: tuple[Floats, Floats], way: tuple[Number, Number, Number], room: Floats, mixed: Floats) -> None:
    """Fill `mixed` by two pictures (H, W * 3), see `mix_all`; `room` is one to work in."""
    leaving, coming, opacity = way
    if opacity < 1:
        magnify(ends[0], leaving, mixed)
    if opacity <= 0:
        return
    magnify(ends[1], coming, room)
    kept = np.float32(1) - np.float32(opacity)
    for y in range(mixed.shape[0]):
        for i in range(mixed.shape[1]):
            mixed[y, i] = room[y, i] * opacity + (mixed[y, i] * kept if opacity < 1 else np.float32(0))


@njit("(UniTuple(float32[:,::1], 2), UniTuple(float32[::1], 3), float32[:,:,::1])", cache=True, nogil=True)
def mix_all(ends: tuple[Floats, Floats], given: tuple[Floats, Floats, Floats], mixed: Floats) -> None:
    """Fill `mixed` (ways, H, W * 3) by two pictures: how many times as large the first is, how many the second, and the share of that, (ways,) each."""
    room = np.empty(ends[0].shape, np.float32)
    for k in range(mixed.shape[0]):
        mix(ends, (given[0][k], given[1][k], given[2][k]), room, mixed[k])


@njit(
    "(UniTuple(float32[:,:,::1], 2), float32[:,:,::1], float32[:,:,::1], UniTuple(float32[:,::1], 3), float32[:,::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def crossed(
    ends: tuple[Floats, Floats], seen: Floats, within: Floats, given: tuple[Floats, Floats, Floats], left: Floats
) -> None:
    """Sums of squares that mixes of two pictures leave.

    Args:
        ends: (n, H, W * 3) each.
        seen: (n, H, W * 3), the pictures to explain.
        within: (n, H, W) 0 or 1, the pixels that count.
        given: (n, ways) each, as in `mix_all`.
        left: (n, ways) to fill.
    """
    old, new = ends
    room, mixed = np.empty(old.shape[1:], np.float32), np.empty(old.shape[1:], np.float32)
    for k in range(old.shape[0]):
        for j in range(left.shape[1]):
            mix((old[k], new[k]), (given[0][k, j], given[1][k, j], given[2][k, j]), room, mixed)
            total = np.float32(0)
            for y in range(old.shape[1]):
                for x in range(within.shape[2]):
                    rest = np.float32(0)
                    for i in range(COLOURS * x, COLOURS * x + COLOURS):
                        rest += (mixed[y, i] - seen[k, y, i]) ** 2
                    total += rest * within[k, y, x]
            left[k, j] = total


@njit("(float64[::1], float64[::1], float64[::1], float64[:,::1])", cache=True, nogil=True, fastmath=_SUMS)
def fit_curves(progress: Doubles, begins: Doubles, ends: Doubles, errors: Doubles) -> None:
    """Where curves that leave 0 and reach 1 are nearest to a progress: straight, slow at first, slow at last, and both.

    Args:
        progress: (frames,) 0..1.
        begins: frames at which a curve may leave 0, rising.
        ends: at which it may reach 1, a frame later at least.
        errors: (4, 3) to fill for each curve: root mean square distance, and where it leaves 0 and reaches 1.
    """
    n = progress.shape[0]
    errors[:, 0] = np.inf
    for begin in begins:
        for end in ends:
            if end - begin < 1:
                continue
            even, late, early, smooth = 0.0, 0.0, 0.0, 0.0
            for frame in range(n):
                t = min(max((frame - begin) / (end - begin), 0.0), 1.0)
                made, left = progress[frame], 1 - t
                even += (t - made) ** 2
                late += (t * t - made) ** 2
                early += (1 - left * left - made) ** 2
                smooth += (t * t * (3 - 2 * t) - made) ** 2
            for curve, square in enumerate((even, late, early, smooth)):
                if square < errors[curve, 0]:
                    errors[curve, 0], errors[curve, 1], errors[curve, 2] = square, begin, end
    errors[:, 0] = np.sqrt(errors[:, 0] / n)
