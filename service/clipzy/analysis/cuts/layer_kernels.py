"""Compiled loops that lay small pictures over each other. Compiled once, kept on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | np.float32

PARTS = 32  # of a pixel, to which a place is read: as OpenCV's warpAffine does, and finer than these pictures tell
FARTHEST_STEP = np.float32(1.5)  # pixels in one round: beyond it the linear model says nothing
LARGEST_STEP = np.float32(0.1)  # of the logarithm of the scale
LEAST_STRENGTH = np.float32(0.15)  # a layer that hardly shows is hardly moved by what it explains
SMALLEST, LARGEST = np.float32(0.4), np.float32(2.5)  # times
_SUMS = {"reassoc", "contract"}  # sums may be reordered: that is what lets the compiler work on eight numbers at once


@njit("(float32, float32, int64, int64[:,::1], float32[:,::1])", cache=True, nogil=True)
def read_along(first: Number, step: Number, size: int, near: Ints, share: Floats) -> None:
    """Where the samples of a line are read: two places of the source each, and the share of the second; beyond its ends the last ones.

    Args:
        first: place of the first sample, in pixels of the source.
        step: from one sample to the next, in the same.
        size: pixels of the source.
        near: (2, samples * colours) to fill by the places; the values of a pixel lie beside each other.
        share: (samples, colours) to fill.
    """
    samples, colours = share.shape
    for x in range(samples):
        at = np.floor((first + step * np.float32(x)) * np.float32(PARTS) + np.float32(0.5)) / np.float32(PARTS)
        whole = np.floor(at)
        low, high = min(max(int(whole), 0), size - 1), min(max(int(whole) + 1, 0), size - 1)
        for c in range(colours):
            near[0, x * colours + c], near[1, x * colours + c] = low * colours + c, high * colours + c
            share[x, c] = at - whole


@njit(
    "(float32[:,::1], Tuple((int64[:,::1], float32[:,::1])), Tuple((int64[:,::1], float32[:,::1])), float32[::1], float32[:,::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def read_picture(
    picture: Floats, down: tuple[Ints, Floats], across: tuple[Ints, Floats], line: Floats, seen: Floats
) -> None:
    """Fill `seen` (h, w) from a picture (H, W) at places of `read_along`; `line` (W,) is room to work in."""
    (rows, below), (columns, beside) = down, across
    shares = beside.reshape(seen.shape[1])
    for y in range(seen.shape[0]):
        one, other, share = picture[rows[0, y]], picture[rows[1, y]], below[y, 0]
        for i in range(line.shape[0]):
            line[i] = one[i] + share * (other[i] - one[i])
        for i in range(seen.shape[1]):
            seen[y, i] = line[columns[0, i]] + shares[i] * (line[columns[1, i]] - line[columns[0, i]])


@njit("(float32[:,:,::1], float32[:,::1], float32[::1], float32[:,:,::1], float32[:,:,::1])", cache=True, nogil=True)
def place(pictures: Floats, shift: Floats, scale: Floats, seen: Floats, within: Floats) -> None:
    """Show pictures at their places: see `layers.placed`.

    Args:
        pictures: (n, H, W * colours), or one for all.
        shift: (n, 2) pixels across and down.
        scale: (n,).
        seen: (n, H, W * colours) to fill.
        within: (n, H, W) to fill by 1 where the picture has pixels, and by 0 elsewhere.
    """
    height, width = within.shape[1:]
    colours = seen.shape[2] // width
    down = np.empty((2, height), np.int64), np.empty((height, 1), np.float32)
    across = np.empty((2, width * colours), np.int64), np.empty((width, colours), np.float32)
    line = np.empty(width * colours, np.float32)
    for k in range(seen.shape[0]):
        step = np.float32(1) / scale[k]
        x = np.float32((width - 1) / 2) * (np.float32(1) - step) + shift[k, 0]
        y = np.float32((height - 1) / 2) * (np.float32(1) - step) + shift[k, 1]
        read_along(y, step, height, down[0], down[1])
        read_along(x, step, width, across[0], across[1])
        read_picture(pictures[k if pictures.shape[0] > 1 else 0], down, across, line, seen[k])
        for j in range(height):
            lies = y + step * np.float32(j) > -0.5 and y + step * np.float32(j) < height - 0.5
            for i in range(width):
                reached = x + step * np.float32(i)
                within[k, j, i] = 1 if lies and reached > -0.5 and reached < width - 0.5 else 0


@njit("(float32[:,::1], float32[::1], float64[:,::1], float64[::1])", cache=True, nogil=True, fastmath=_SUMS)
def _add_line(columns: Floats, seen: Floats, alike: Doubles, told: Doubles) -> None:
    """One line's part of the products of columns (m, W) with each other, and with what is seen there, (W,)."""
    count, width = columns.shape
    for i in range(count):
        one, total = columns[i], np.float32(0)
        for x in range(width):
            total += one[x] * seen[x]
        told[i] += total
        for j in range(i + 1):
            other, total = columns[j], np.float32(0)
            for x in range(width):
                total += one[x] * other[x]
            alike[i, j] += total


@njit(
    "(float32[:,:,:,::1], float32[:,:,::1], float32[:,:,::1], float64[:,:,::1], float64[:,::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def add_moved(shown: Floats, within: Floats, pictures: Floats, alike: Doubles, told: Doubles) -> None:
    """Products of all columns with each other, and with what is to be explained, over the pixels within.

    Columns of each layer: itself, how it changes as it is shifted across, down, and enlarged by a tenth; of all layers together an even level.

    Args:
        shown: (layers, n, H, W).
        within: (n, H, W) 0 or 1.
        pictures: (n, H, W).
        alike: (n, 4 * layers + 1, 4 * layers + 1) to fill; only its lower half.
        told: (n, 4 * layers + 1) to fill.
    """
    layers, n, height, width = shown.shape
    count = 4 * layers + 1
    columns = np.empty((count, width), np.float32)
    for k in range(n):
        alike[k], told[k] = 0, 0
        for y in range(height):
            inside = within[k, y]
            up, low = max(y - 1, 0), min(y + 1, height - 1)
            over = np.float32(1 / (low - up))
            off = np.float32(y - (height - 1) / 2)
            for layer in range(layers):
                here, above, below = shown[layer, k, y], shown[layer, k, up], shown[layer, k, low]
                as_is, across, down, larger = (
                    columns[4 * layer],
                    columns[4 * layer + 1],
                    columns[4 * layer + 2],
                    columns[4 * layer + 3],
                )
                for x in range(1, width - 1):
                    across[x] = (here[x + 1] - here[x - 1]) * np.float32(0.5)
                across[0], across[width - 1] = here[1] - here[0], here[width - 1] - here[width - 2]
                for x in range(width):
                    as_is[x] = here[x] * inside[x]
                    across[x] *= inside[x]
                    down[x] = (below[x] - above[x]) * over * inside[x]
                    larger[x] = (across[x] * np.float32(x - (width - 1) / 2) + down[x] * off) * np.float32(-0.1)
            columns[count - 1, :] = inside
            _add_line(columns, pictures[k, y], alike[k], told[k])


@njit("(float64[:,::1], float64[::1], float64[::1])", cache=True, nogil=True)
def solve(alike: Doubles, told: Doubles, stiff: Doubles) -> None:
    """Put the weights of columns in place of their products with what is to be explained, by Cholesky's method.

    Args:
        alike: (m, m) products of the columns with each other, the lower half; it is used up.
        told: (m,) to replace.
        stiff: (m,) what each weight costs.
    """
    count = len(told)
    for i in range(count):
        alike[i, i] += stiff[i]
        for j in range(i + 1):
            rest = alike[i, j]
            for k in range(j):
                rest -= alike[i, k] * alike[j, k]
            alike[i, j] = rest / alike[j, j] if j < i else np.sqrt(rest)
        for j in range(i):
            told[i] -= alike[i, j] * told[j]
        told[i] /= alike[i, i]
    for i in range(count - 1, -1, -1):
        for j in range(i + 1, count):
            told[i] -= alike[j, i] * told[j]
        told[i] /= alike[i, i]


@njit("(float64[::1], float32[::1], float32[:])", cache=True, nogil=True)
def _correct(found: Doubles, shift: Floats, scale: Floats) -> None:
    """Move the place of a layer, (2,) and (1,), by the weights (4,) of how it changes."""
    strength = max(np.float32(found[0]), LEAST_STRENGTH)
    for way in range(2):
        moved = np.float32(found[1 + way]) / strength
        # a shift of what is shown is one of the picture by so much less as it is enlarged
        shift[way] += min(max(moved, -FARTHEST_STEP), FARTHEST_STEP) / scale[0]
    grown = np.float32(found[3]) / strength / np.float32(10)
    grown = min(max(grown, -LARGEST_STEP), LARGEST_STEP)
    scale[0] = min(max(scale[0] * np.exp(grown), SMALLEST), LARGEST)


@njit(
    "(float32[:,:,:,::1], float32[:,:,::1], Tuple((float32[:,:,::1], float32[:,::1])), int64, float64[::1])",
    cache=True,
    nogil=True,
)
def settle(layers: Floats, pictures: Floats, places: tuple[Floats, Floats], rounds: int, stiff: Doubles) -> None:
    """Correct the places of layers in pictures, round by round: see `layers.find_places`.

    Args:
        layers: (layers, n, H, W), or one for all n.
        pictures: (n, H, W).
        places: shifts (layers, n, 2) and scales (layers, n), to correct.
        rounds: how often.
        stiff: (4 * layers + 1,) what the weights of all columns cost.
    """
    shift, scale = places
    count, (n, height, width) = layers.shape[0], pictures.shape
    shown = np.empty((count, 1, height, width), np.float32)
    within, reached = np.empty((1, height, width), np.float32), np.empty((1, height, width), np.float32)
    alike, told = np.empty((1, len(stiff), len(stiff))), np.empty((1, len(stiff)))
    for k in range(n):
        own = k if layers.shape[1] > 1 else 0
        for _ in range(rounds):
            for which in range(count):
                there = within if which == 0 else reached
                place(
                    layers[which, own : own + 1], shift[which, k : k + 1], scale[which, k : k + 1], shown[which], there
                )
                if which > 0:
                    within *= reached
            add_moved(shown, within, pictures[k : k + 1], alike, told)
            solve(alike[0], told[0], stiff)
            for which in range(count):
                _correct(told[0, 4 * which : 4 * which + 4], shift[which, k], scale[which, k : k + 1])


@njit(
    "(float32[:,:,:,::1], float32[:,:,::1], float32[:,:,::1], float64[:,:,::1], float64[:,::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def add_shown(shown: Floats, within: Floats, pictures: Floats, alike: Doubles, told: Doubles) -> None:
    """The same of columns that are the layers as they lie and an even level: `alike` (n, layers + 1, layers + 1), `told` (n, layers + 1)."""
    layers, n, height, width = shown.shape
    columns = np.empty((layers + 1, width), np.float32)
    for k in range(n):
        alike[k], told[k] = 0, 0
        for y in range(height):
            inside = within[k, y]
            for layer in range(layers):
                here, as_is = shown[layer, k, y], columns[layer]
                for x in range(width):
                    as_is[x] = here[x] * inside[x]
            columns[layers, :] = inside
            _add_line(columns, pictures[k, y], alike[k], told[k])


@njit(
    "(float32[:,:,:,::1], float32[:,:,::1], float32[:,:,::1], float32[:,::1], float32[::1])",
    cache=True,
    nogil=True,
    fastmath=_SUMS,
)
def leave(shown: Floats, within: Floats, pictures: Floats, weights: Floats, left: Floats) -> None:
    """Fill `left` (n,) by the mean square, over the whole picture, of what layers and a level in these shares, (n, layers + 1), leave within."""
    layers, n, height, width = shown.shape
    rest = np.empty(width, np.float32)
    for k in range(n):
        total = np.float32(0)
        for y in range(height):
            seen, inside = pictures[k, y], within[k, y]
            for x in range(width):
                rest[x] = seen[x] - weights[k, layers]
            for layer in range(layers):
                shows, share = shown[layer, k, y], weights[k, layer]
                for x in range(width):
                    rest[x] -= share * shows[x]
            for x in range(width):
                total += rest[x] * rest[x] * inside[x]
        left[k] = total / np.float32(height * width)
