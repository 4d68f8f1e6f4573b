"""Apply a look to decoded 8-bit 4:2:0 frames through tables indexed by Y'CbCr.

FFmpeg's lut3d works on RGB, so every frame is converted there and back. Here both conversions and the look are baked into two tables with one lookup a
sample: Y' by (U>>1, V>>1, Y), 4 MB, and U'V' by (U, V, Y>>2), 8 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from clipzy.media.colour.baking import in_slices
from clipzy.media.colour.coding import LUMA_WEIGHTS, Matrix
from clipzy.media.colour.look_table import check_look
from clipzy.media.colour.lut_kernels import BINS, PAIRS, bake, look_up

PACKABLE = frozenset({"yuv420p", "yuvj420p"})  # the pixel formats `apply` takes; yuvj420p is yuv420p in full range


@dataclass(frozen=True, slots=True, eq=False)
class PackedLook:
    """A look baked for frames of one matrix and range; the output is BT.709 in limited range.

    `luma`: (128, 128, 256) uint8 by [U>>1, V>>1, Y]. `chroma`: uint16 by [U, V, Y>>2], U' in the low byte, in tiles of 2x2x8 entries that fill a cache
    line each: (128, 128, 64, 2, 2) by [U>>1, V>>1, Y>>2, U&1, V&1].
    """

    luma: NDArray[np.uint8]
    chroma: NDArray[np.uint16]


def pack(look: NDArray[np.float32], *, full_range: bool = False, matrix: Matrix = "bt709") -> PackedLook:
    """Bake a look for frames whose Y'CbCr has this matrix and range.

    Args:
        look: (n, n, n, 3) float32 by [blue, green, red], values R', G', B' in 0..1, gamma-encoded; n is usually 33.
        full_range: the frames' luma spans 0..255 instead of 16..235.
        matrix: the frames' RGB to Y'CbCr matrix.

    Raises:
        ValueError: when the look is malformed.
    """
    check_look(look)
    table = np.ascontiguousarray(np.clip(look, 0, 1), np.float32)
    kr, kb = LUMA_WEIGHTS[matrix]
    luma = np.empty((PAIRS, PAIRS, 256), np.uint8)
    chroma = np.empty((PAIRS, PAIRS, BINS, 2, 2), np.uint16)

    def fill(rows: slice) -> None:
        bake(table, (full_range, kr, kb), rows.start, luma[rows], chroma[rows])

    in_slices(PAIRS, fill)
    return PackedLook(luma, chroma)


def apply(packed: PackedLook, frame: av.VideoFrame) -> av.VideoFrame:
    """A new yuv420p frame with the look applied; any size, odd ones too. Safe to call from several threads at once.

    It carries no time stamp. Raises ValueError when the frame's pixel format is not in PACKABLE.
    """
    if frame.format.name not in PACKABLE:
        raise ValueError(f"a packed look takes 8-bit 4:2:0 frames, not {frame.format.name}")
    if frame.planes[0].line_size % 2:  # an uncompressed picture of odd width, as stored in its file
        frame = _copied(frame)
    result = av.VideoFrame(frame.width, frame.height, "yuv420p")
    look_up(lines(frame), frame.width, packed.luma, packed.chroma, lines(result))
    return result


def _copied(frame: av.VideoFrame) -> av.VideoFrame:
    """A copy, whose lines are padded to an even number of bytes at least."""
    copy = av.VideoFrame(frame.width, frame.height, frame.format.name)
    for made, plane in zip(planes(copy), planes(frame), strict=True):
        made[:] = plane
    return copy


def planes(frame: av.VideoFrame) -> tuple[NDArray[np.uint8], ...]:
    """The planes of an 8-bit planar frame as (height, width) views."""
    return tuple(rows[:, : plane.width] for rows, plane in zip(lines(frame), frame.planes, strict=True))


def lines(frame: av.VideoFrame) -> tuple[NDArray[np.uint8], ...]:
    """The planes as views of bytes, with the padding at the end of each line, which must not be changed."""
    return tuple(
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)  # type: ignore[call-overload]
        for plane in frame.planes
    )
