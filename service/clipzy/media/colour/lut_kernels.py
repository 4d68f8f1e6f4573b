"""Compiled loops of the packed look: baking and reading its tables. Compiled once, cached on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BIN = 4  # luma codes that share an entry of chroma
BINS = 256 // BIN
PAIR = 2  # codes of U, and of V, that share an entry of luma: with four of each, skies had contours
PAIRS = 256 // PAIR
_CENTRE, _MIDDLE = (BIN - 1) / 2, (PAIR - 1) / 2
_KR, _KB = 0.2126, 0.0722  # of the output, ITU-R BT.709-6
_U, _W, _H = np.uint64, np.uint32, np.uint16
_COARSE = _U(256 - BIN)  # the bits of a luma code that give its bin

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]
Triple = tuple[float, float, float]
Planes = tuple[Bytes, ...]
Coding = tuple[bool, float, float]  # full range, Kr, Kb


@njit(cache=True, nogil=True)
def interpolated(table: NDArray[np.float32], red: float, green: float, blue: float) -> Triple:
    """Trilinear interpolation in an (n, n, n, 3) table by [blue, green, red]; colours outside 0..1 are clipped first, as in lut3d."""
    last = table.shape[0] - 1
    x = min(max(red, 0.0), 1.0) * last
    y = min(max(green, 0.0), 1.0) * last
    z = min(max(blue, 0.0), 1.0) * last
    i, j, k = min(int(x), last - 1), min(int(y), last - 1), min(int(z), last - 1)
    fx, fy, fz = x - i, y - j, z - k
    out_red = out_green = out_blue = 0.0
    for dk in range(2):
        for dj in range(2):
            for di in range(2):
                weight = (fx if di else 1 - fx) * (fy if dj else 1 - fy) * (fz if dk else 1 - fz)
                out_red += weight * table[k + dk, j + dj, i + di, 0]
                out_green += weight * table[k + dk, j + dj, i + di, 1]
                out_blue += weight * table[k + dk, j + dj, i + di, 2]
    return out_red, out_green, out_blue


@njit(cache=True, nogil=True)
def rgb_of(coding: Coding, y: float, u: float, v: float) -> Triple:
    """Y'CbCr codes 0..255 as R'G'B' 0..1."""
    full_range, kr, kb = coding
    luma = y / 255 if full_range else (y - 16) / 219
    scale = 255.0 if full_range else 224.0
    cb, cr = (u - 128) / scale, (v - 128) / scale
    red = luma + 2 * (1 - kr) * cr
    blue = luma + 2 * (1 - kb) * cb
    return red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue


@njit(cache=True, nogil=True)
def coded(colour: Triple) -> Triple:
    """R'G'B' 0..1 as unrounded BT.709 codes in limited range."""
    red, green, blue = colour
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    return 16 + 219 * luma, 128 + 112 * (blue - luma) / (1 - _KB), 128 + 112 * (red - luma) / (1 - _KR)


@njit(cache=True, nogil=True)
def _looked(table: NDArray[np.float32], coding: Coding, y: float, u: float, v: float) -> Triple:
    """Y'CbCr codes with the look applied, as unrounded BT.709 codes in limited range."""
    red, green, blue = rgb_of(coding, y, u, v)
    return coded(interpolated(table, red, green, blue))


@njit(
    "(float32[:,:,:,::1], Tuple((boolean, float64, float64)), int64, uint8[:,:,::1], uint16[:,:,:,:,::1])",
    cache=True,
    nogil=True,
)
def bake(table: NDArray[np.float32], coding: Coding, first: int, luma: Bytes, chroma: Words) -> None:
    """Fill some pairs of U of the two tables, from pair `first` on, each entry for the middle of the codes that share it."""
    for row in range(luma.shape[0]):
        for v in range(PAIRS):
            for y in range(256):
                code, _, _ = _looked(table, coding, y, (first + row) * PAIR + _MIDDLE, v * PAIR + _MIDDLE)
                luma[row, v, y] = int(code + 0.5)
    for row in range(luma.shape[0] * PAIR):
        for v in range(256):
            for y in range(BINS):
                _, cb, cr = _looked(table, coding, y * BIN + _CENTRE, first * PAIR + row, v)
                chroma[row >> 1, v >> 1, y, row & 1, v & 1] = int(cb + 0.5) | int(cr + 0.5) << 8


@njit(
    "(UniTuple(uint8[:,::1], 3), int64, uint8[:,:,::1], uint16[:,:,:,:,::1], UniTuple(uint8[:,::1], 3))",
    cache=True,
    nogil=True,
)
def look_up(frame: Planes, width: int, luma: Bytes, chroma: Words, result: Planes) -> None:
    """Read every block of 2x2 luma samples and its chroma pair through the tables; at odd edges the last sample counts twice.

    The block's new chroma is the mean over its four samples: looked up by the mean luma it would be tens of codes off at edges between light and dark, if
    the look tones them differently. The four entries share a cache line or two with those of similar colours.

    Each row takes three steps: table offsets by chroma, lookups for both lines, and means. The first and the last are vectorised, the middle one keeps all in
    registers. Luma is read and written in pairs: lines have an even number of bytes, as FFmpeg's do.
    """
    y, u, v = frame
    out_y, out_u, out_v = result
    lumas, chromas = luma.reshape(-1), chroma.reshape(-1)
    pairs, out_pairs = y.view(np.uint16), out_y.view(np.uint16)
    blocks = (width + 1) // 2
    of_luma, of_chroma = np.empty(blocks, np.uint32), np.empty(blocks, np.uint32)
    found = np.empty((4, blocks), np.uint16)
    # unsigned throughout: numba checks each signed index for counting from the end
    for i in range(u.shape[0]):
        row_u, row_v, out_row_u, out_row_v = u[i], v[i], out_u[i], out_v[i]
        for j in range(blocks):
            cb, cr = _W(row_u[j]), _W(row_v[j])
            of_luma[j] = (cb >> _W(1)) << _W(15) | (cr >> _W(1)) << _W(8)  # of (128, 128, 256)
            # of (128, 128, 64, 2, 2): entries of one chroma lie four apart, so that a luma code without its last two bits is the offset
            of_chroma[j] = (cb >> _W(1)) << _W(15) | (cr >> _W(1)) << _W(8) | (cb & _W(1)) << _W(1) | cr & _W(1)
        for side in range(2):
            line = min(2 * i + side, y.shape[0] - 1)
            codes, out_codes = pairs[line], out_pairs[line]
            left_found, right_found = found[2 * side], found[2 * side + 1]
            for j in range(_U(width // 2)):
                both, row = _U(codes[j]), _U(of_luma[j])
                left, right = both & _U(255), both >> _U(8)
                out_codes[j] = _H(lumas[row + left]) | _H(lumas[row + right]) << _H(8)
                row = _U(of_chroma[j])
                left_found[j] = chromas[row + (left & _COARSE)]
                right_found[j] = chromas[row + (right & _COARSE)]
            if width % 2:
                last = _U(y[line, width - 1])
                out_y[line, width - 1] = lumas[_U(of_luma[blocks - 1]) + last]
                left_found[-1] = right_found[-1] = chromas[_U(of_chroma[blocks - 1]) + (last & _COARSE)]
        first, second, third, fourth = found
        for j in range(blocks):
            a, b, c, d = _W(first[j]), _W(second[j]), _W(third[j]), _W(fourth[j])
            out_row_u[j] = ((a & _W(255)) + (b & _W(255)) + (c & _W(255)) + (d & _W(255)) + _W(2)) >> _W(2)
            out_row_v[j] = ((a >> _W(8)) + (b >> _W(8)) + (c >> _W(8)) + (d >> _W(8)) + _W(2)) >> _W(2)
