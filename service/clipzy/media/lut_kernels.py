"""Compiled loops of the packed look: baking the tables and reading them. Compiled once, kept on disk, run without the GIL."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

BIN = 4  # codes that share an entry along the coarse axes
BINS = 256 // BIN
_CENTRE = (BIN - 1) / 2
_KR, _KB = 0.2126, 0.0722  # ITU-R BT.709-6, what leaves

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint16]
Triple = tuple[float, float, float]
Planes = tuple[Bytes, ...]
Coding = tuple[bool, float, float]  # full range, Kr, Kb


@njit(cache=True, nogil=True)
def interpolated(table: NDArray[np.float32], red: float, green: float, blue: float) -> Triple:
    """Trilinear reading of an (n, n, n, 3) table by [blue, green, red]; colours outside 0..1 are clipped first, as lut3d does."""
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
    """Y'CbCr codes with the look on them, as unrounded BT.709 codes in limited range."""
    red, green, blue = rgb_of(coding, y, u, v)
    return coded(interpolated(table, red, green, blue))


@njit(
    "(float32[:,:,:,::1], Tuple((boolean, float64, float64)), uint8[:,:,::1], uint16[:,:,::1])", cache=True, nogil=True
)
def bake(table: NDArray[np.float32], coding: Coding, luma: Bytes, chroma: Words) -> None:
    """Fill the two tables, each entry at the centre of its bin."""
    for u in range(BINS):
        for v in range(BINS):
            for y in range(256):
                code, _, _ = _looked(table, coding, y, u * BIN + _CENTRE, v * BIN + _CENTRE)
                luma[u, v, y] = int(code + 0.5)
    for u in range(256):
        for v in range(256):
            for y in range(BINS):
                _, cb, cr = _looked(table, coding, y * BIN + _CENTRE, u, v)
                chroma[u, v, y] = int(cb + 0.5) | int(cr + 0.5) << 8


@njit(
    "(UniTuple(uint8[:,::1], 3), int64, uint8[:,:,::1], uint16[:,:,::1], UniTuple(uint8[:,::1], 3))",
    cache=True,
    nogil=True,
)
def look_up(frame: Planes, width: int, luma: Bytes, chroma: Words, result: Planes) -> None:
    """Read every block of 2x2 luma samples and its chroma pair through the tables; at odd edges the last sample counts twice.

    The block's new chroma is the mean over its four samples: at edges between light and dark a look that tones them apart would
    be tens of codes off if only the mean luma were looked up. The four entries share two cache lines.
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
            cb, cr = u[i, j], v[i, j]
            lumas, chromas = luma[cb >> 2, cr >> 2], chroma[cb, cr]
            a, b, c, d = y[top, left], y[top, right], y[bottom, left], y[bottom, right]
            out_y[top, left], out_y[top, right] = lumas[a], lumas[b]
            out_y[bottom, left], out_y[bottom, right] = lumas[c], lumas[d]
            a, b, c, d = chromas[a >> 2], chromas[b >> 2], chromas[c >> 2], chromas[d >> 2]
            out_u[i, j] = ((a & 255) + (b & 255) + (c & 255) + (d & 255) + 2) >> 2
            out_v[i, j] = ((a >> 8) + (b >> 8) + (c >> 8) + (d >> 8) + 2) >> 2
