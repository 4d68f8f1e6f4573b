"""The conversion of a colour space to standard video as a table, and applied to small pictures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from clipzy.media.colour.coding import LUMA_WEIGHTS, Coding
from clipzy.media.colour.colour_spaces import STANDARD, ColourSpace, to_standard
from clipzy.media.colour.deep_kernels import read_picture
from clipzy.media.colour.look_table import identity

NODES = 97  # along each axis; with 33, as in looks, PQ's shadows would be several codes off
DEEP = 65535  # the highest code of 16 bits


@lru_cache(maxsize=8)  # of 11 MB each
def standard_table(space: ColourSpace) -> NDArray[np.float32]:
    """`to_standard` of every node: (NODES, NODES, NODES, 3) float32 by [blue, green, red], R', G', B' in 0..1."""
    if space == STANDARD:
        return identity(2)
    nodes = identity(NODES)
    # layer by layer: as a whole the intermediate arrays would take half a GB
    return np.stack([to_standard(layer.astype(np.float64), space).astype(np.float32) for layer in nodes])


@lru_cache(maxsize=8)
def grey_curve(space: ColourSpace) -> NDArray[np.uint8]:
    """The standard grey of each grey of 16 bits: (65536,) uint8."""
    codes = np.linspace(0, 1, DEEP + 1)[:, None].repeat(3, 1)
    return np.asarray(np.rint(to_standard(codes, space)[:, 1] * 255), np.uint8)


def rgb_of(frame: VideoFrame, coding: Coding, bits: int) -> NDArray[np.uint16]:
    """R'G'B' (H, W, 3) in full-range codes of 16 bits, from a yuv444p16 frame whose codes of `bits` bits were shifted up to 16."""
    luma, cb, cr = (
        np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)[:, : plane.width].astype(np.float32)
        for plane in frame.planes
    )
    whole = float(((1 << bits) - 1) << (16 - bits))  # ITU-T H.273: limited range is 219 and 224 times 256 of 16 bits
    luma = luma / whole if coding.full_range else (luma - 16 * 256) / (219 * 256)
    cb, cr = ((plane - 32768) / (whole if coding.full_range else 224 * 256) for plane in (cb, cr))
    kr, kb = LUMA_WEIGHTS[coding.matrix]
    red, blue = luma + 2 * (1 - kr) * cr, luma + 2 * (1 - kb) * cb
    rgb = np.stack([red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue], -1)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * DEEP), np.uint16)


def standard_picture(picture: NDArray[np.uint16], space: ColourSpace) -> NDArray[np.uint8]:
    """A picture in full-range codes of 16 bits, RGB (H, W, 3) or grey (H, W), as standard video of 8 bits, full range."""
    if picture.ndim == 2:
        return grey_curve(space)[picture]
    result = np.empty(picture.shape, np.uint8)
    read_picture(picture, standard_table(space), result)
    return result
