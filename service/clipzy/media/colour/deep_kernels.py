"""Compiled loops of the deep look: baking and reading its tables. Compiled once, cached on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clipzy.media.colour.lut_kernels import Bytes, Coding, Planes, Triple, coded, interpolated, rgb_of

CODES = 1024  # of ten bits
CHROMA_STEP, LUMA_STEP = 16, 8  # ten-bit codes from entry to entry along the coarse axes
CHROMAS, LUMAS = CODES // CHROMA_STEP + 1, CODES // LUMA_STEP + 1
_COMPUTED = 4  # codes from one computed luma to the next: one code of eight bits
FRACTIONS = 7  # bits of an entry below an 8-bit code
_WEIGHT_BITS = 8  # the four weights add up to CHROMA_STEP squared
_LUMA_BITS = FRACTIONS + _WEIGHT_BITS
_CHROMA_BITS = FRACTIONS + _WEIGHT_BITS + 2  # four entries of chroma are added
_HALF_LUMA, _HALF_CHROMA = 1 << (_LUMA_BITS - 1), 1 << (_CHROMA_BITS - 1)
_LOW = (1 << 32) - 1

Words = NDArray[np.uint16]
Pairs = NDArray[np.int64]
Table = NDArray[np.float32]
Corners = tuple[Words, ...]
Int = np.int64


@njit(cache=True, nogil=True)
def tetrahedral(table: Table, colour: Triple) -> Triple:
    """Tetrahedral interpolation in an (n, n, n, 3) table by [blue, green, red].

    Greys are interpolated from greys alone. Tone mapping by the largest component has creases where two components are equal, which fall on the borders of
    tetrahedra. Colours outside 0..1 are clipped first.
    """
    last = table.shape[0] - 1
    x, y, z = (
        min(max(colour[0], 0.0), 1.0) * last,
        min(max(colour[1], 0.0), 1.0) * last,
        min(max(colour[2], 0.0), 1.0) * last,
    )
    i, j, k = min(int(x), last - 1), min(int(y), last - 1), min(int(z), last - 1)
    fx, fy, fz = x - i, y - j, z - k
    if fx >= fy:
        if fy >= fz:
            first, second, most, middle, least = table[k, j, i + 1], table[k, j + 1, i + 1], fx, fy, fz
        elif fx >= fz:
            first, second, most, middle, least = table[k, j, i + 1], table[k + 1, j, i + 1], fx, fz, fy
        else:
            first, second, most, middle, least = table[k + 1, j, i], table[k + 1, j, i + 1], fz, fx, fy
    elif fx >= fz:
        first, second, most, middle, least = table[k, j + 1, i], table[k, j + 1, i + 1], fy, fx, fz
    elif fy >= fz:
        first, second, most, middle, least = table[k, j + 1, i], table[k + 1, j + 1, i], fy, fz, fx
    else:
        first, second, most, middle, least = table[k + 1, j, i], table[k + 1, j + 1, i], fz, fy, fx
    near, far = table[k, j, i], table[k + 1, j + 1, i + 1]
    a, b, c = 1 - most, most - middle, middle - least
    return (
        a * near[0] + b * first[0] + c * second[0] + least * far[0],
        a * near[1] + b * first[1] + c * second[1] + least * far[1],
        a * near[2] + b * first[2] + c * second[2] + least * far[2],
    )


@njit(cache=True, nogil=True)
def _standard(space: Table, look: Table, coding: Coding, codes: Triple) -> Triple:
    """Ten-bit Y'CbCr codes, through the colour space and the look, as unrounded 8-bit BT.709 codes in limited range."""
    # full range spans 1023 steps in ten bits and 255 in eight; limited range has exactly four times as many
    y, u, v = codes
    full_range = coding[0]
    luma = y * 255 / 1023 if full_range else y / 4
    scale = 255 / 1023 if full_range else 0.25
    red, green, blue = rgb_of(coding, luma, 128 + (u - 512) * scale, 128 + (v - 512) * scale)
    red, green, blue = tetrahedral(space, (red, green, blue))
    return coded(interpolated(look, red, green, blue))


@njit(
    "(float32[:,:,:,::1], float32[:,:,:,::1], Tuple((boolean, float64, float64)), int64, Tuple((uint16[:,:,::1], int64[:,:,::1])))",
    cache=True,
    nogil=True,
)
def bake_deep(space: Table, look: Table, coding: Coding, first: int, tables: tuple[Words, Pairs]) -> None:
    """Fill some rows of U of the two tables, from row `first` on; entries lie on multiples of the steps.

    Every fourth luma is computed, those between are interpolated linearly.
    """
    luma, chroma = tables
    unit = 1 << FRACTIONS
    for row in range(luma.shape[0]):
        for column in range(CHROMAS):
            u, v = float((first + row) * CHROMA_STEP), float(column * CHROMA_STEP)
            before = 0.0
            for y in range(0, CODES + 1, _COMPUTED):
                code, _, _ = _standard(space, look, coding, (float(y), u, v))
                for k in range(_COMPUTED if y else 0):
                    luma[row, column, y - _COMPUTED + k] = int((before + (code - before) * k / _COMPUTED) * unit + 0.5)
                before = code
            for y in range(LUMAS):
                _, cb, cr = _standard(space, look, coding, (float(y * LUMA_STEP), u, v))
                chroma[row, column, y] = int(cb * unit + 0.5) | int(cr * unit + 0.5) << 32


@njit(cache=True, nogil=True)
def _between(corners: Corners, weights: tuple[Int, ...], y: Int) -> Int:
    """The weighted sum of four chromas' entries at a luma."""
    first, second, third, fourth = corners
    return Int(weights[0] * first[y] + weights[1] * second[y] + weights[2] * third[y] + weights[3] * fourth[y])


@njit(
    "(UniTuple(uint16[:,::1], 3), int64, uint16[:,:,::1], int64[:,:,::1], UniTuple(uint8[:,::1], 3))",
    cache=True,
    nogil=True,
)
def look_up_deep(frame: tuple[Words, ...], width: int, luma: Words, chroma: Pairs, result: Planes) -> None:
    """Read every block of 2x2 luma samples and its chroma pair through the tables; at odd edges the last sample counts twice.

    Values are interpolated between the four nearest chromas. The block's new chroma is the mean over its four samples; their lumas are rounded to the table's
    steps with four different offsets, so that the mean lies between entries too.
    """
    y, u, v = frame
    out_y, out_u, out_v = result
    height = y.shape[0]
    columns = (width + 1) // 2
    for i in range(u.shape[0]):
        top = 2 * i
        bottom = min(top + 1, height - 1)
        for j in range(columns):
            left = 2 * j
            right = min(left + 1, width - 1)
            # damaged files and careless encoders set bits above the tenth
            cb, cr = Int(u[i, j]) & 1023, Int(v[i, j]) & 1023
            a, b = Int(y[top, left]) & 1023, Int(y[top, right]) & 1023
            c, d = Int(y[bottom, left]) & 1023, Int(y[bottom, right]) & 1023
            m, n, down, along = cb >> 4, cr >> 4, cb & 15, cr & 15
            weights = (16 - down) * (16 - along), (16 - down) * along, down * (16 - along), down * along
            lumas = luma[m, n], luma[m, n + 1], luma[m + 1, n], luma[m + 1, n + 1]
            out_y[top, left] = (_between(lumas, weights, a) + _HALF_LUMA) >> _LUMA_BITS
            out_y[top, right] = (_between(lumas, weights, b) + _HALF_LUMA) >> _LUMA_BITS
            out_y[bottom, left] = (_between(lumas, weights, c) + _HALF_LUMA) >> _LUMA_BITS
            out_y[bottom, right] = (_between(lumas, weights, d) + _HALF_LUMA) >> _LUMA_BITS
            chromas = chroma[m, n], chroma[m, n + 1], chroma[m + 1, n], chroma[m + 1, n + 1]
            pairs = _between(chromas, weights, (a + 1) >> 3) + _between(chromas, weights, (b + 5) >> 3)
            pairs += _between(chromas, weights, (c + 3) >> 3) + _between(chromas, weights, (d + 7) >> 3)
            out_u[i, j] = ((pairs & _LOW) + _HALF_CHROMA) >> _CHROMA_BITS
            out_v[i, j] = ((pairs >> 32) + _HALF_CHROMA) >> _CHROMA_BITS


@njit("(uint16[:,:,::1], float32[:,:,:,::1], uint8[:,:,::1])", cache=True, nogil=True)
def read_picture(picture: Words, table: Table, result: Bytes) -> None:
    """Convert an RGB picture (H, W, 3) of 16 bits to 8 bits through a table by [blue, green, red]."""
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            colour = picture[i, j, 0] / 65535, picture[i, j, 1] / 65535, picture[i, j, 2] / 65535
            red, green, blue = tetrahedral(table, colour)
            result[i, j, 0], result[i, j, 1] = int(red * 255 + 0.5), int(green * 255 + 0.5)
            result[i, j, 2] = int(blue * 255 + 0.5)
