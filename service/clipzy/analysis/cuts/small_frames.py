"""What the rules read of small frames: their grey, change, blocks and colours.

Sums are taken in whole numbers: exact, and many times faster than NumPy's means over axes so short.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]

PIECE = 4096  # frames read at once: 16 MB of 27x48 pictures
_AT_ONCE = 256  # frames: what is made of them stays within the processor's cache
_BLOCK = 3  # pixels
_SOFTENED = 0.6  # pixels: what is finer is noise of sensor and codec
_LEVELS = (8, 16, 16)  # of L*, a* and b*


def pieces(n: int) -> Iterator[slice]:
    """Consecutive slices of n frames, so that a memory map is read in pieces."""
    for start in range(0, n, PIECE):
        yield slice(start, min(n, start + PIECE))


def in_scratch(shape: tuple[int, ...], fill: Callable[[slice], Frames], scratch: Path | None) -> Frames:
    """Frames of that shape in a file that vanishes with them, in the folder `scratch` or where temporary files lie; `fill` makes each piece."""
    file: IO[bytes]
    with tempfile.TemporaryFile(dir=scratch) as file:
        made = np.memmap(file, np.uint8, "w+", shape=shape)
    for piece in pieces(len(made)):
        made[piece] = fill(piece)
    return made


def grey(frames: Frames) -> Floats:
    """Frames (..., 3) uint8 without their colour: the mean of their channels, codes 0..1, (...)."""
    red, green, blue = np.moveaxis(np.asarray(frames), -1, 0)
    total = np.add(red, green, dtype=np.uint16)
    total += blue
    return np.asarray(total.astype(np.float32) / np.float32(3) / np.float32(255))


def soft_grey(frames: Frames) -> Floats:
    """The same of frames (n, H, W, 3) without their noise: (n, H, W)."""
    return np.stack([cv2.GaussianBlur(picture, (0, 0), _SOFTENED) for picture in grey(frames)])


def changes(frames: Frames) -> Floats:
    """Mean absolute change from each of frames (n + 1, H, W, 3) uint8 to the next, 0..1 of full scale: (n,)."""
    lines = np.ascontiguousarray(frames).reshape(len(frames), -1)
    total = np.empty(len(lines) - 1, np.float32)
    every = np.ones(lines.shape[1], np.float32)
    for start in range(0, len(total), _AT_ONCE):
        some = lines[start : start + _AT_ONCE + 1]
        # whole numbers under 2^24, of which float32 has each: a product of matrices is the fastest sum
        total[start : start + _AT_ONCE] = cv2.absdiff(some[1:], some[:-1]).astype(np.float32) @ every
    return np.asarray(total.astype(float) / lines.shape[1] / 255, np.float32)


def blocks(frames: Frames) -> Floats:
    """Means of 3x3 pixels of frames (n, H, W, 3) uint8, codes 0..1, (n, H // 3 * W // 3 * 3): small shifts of a detail then count for little."""
    n, height, width = len(frames), frames.shape[1] // _BLOCK, frames.shape[2] // _BLOCK
    whole = np.asarray(frames)[:, : height * _BLOCK, : width * _BLOCK]
    lines = np.add(whole[:, ::_BLOCK], whole[:, 1::_BLOCK], dtype=np.uint16)
    lines += whole[:, 2::_BLOCK]
    tiles = lines.reshape(n, height, width, _BLOCK, 3)
    total = tiles[:, :, :, 0] + tiles[:, :, :, 1]
    total += tiles[:, :, :, 2]
    means = total.astype(np.float32) / np.float32(_BLOCK * _BLOCK) / np.float32(255)
    return np.asarray(means.reshape(n, -1))


def shared_colours(one: Frames, other: Frames, where: NDArray[np.bool_] | None = None) -> float:
    """The share of the pixels of two frames (H, W, 3) that have their like in the other, wherever it lies, 0..1; of those `where` (H, W) alone."""
    mask = None if where is None else where.astype(np.uint8)
    return float(np.minimum(*(_colours(frame, mask) for frame in (one, other))).sum())


def _colours(frame: Frames, mask: NDArray[np.uint8] | None) -> Floats:
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
    counts = cv2.calcHist([lab], [0, 1, 2], mask, list(_LEVELS), [0, 256] * 3)
    # a colour at the edge of a bin has its like in the next
    soft = cv2.GaussianBlur(counts.reshape(_LEVELS[0], -1), (0, 0), 0.5)
    return np.asarray(soft / soft.sum(), np.float32)
