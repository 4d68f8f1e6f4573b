"""Convert 10-bit frames of any colour space to 8-bit BT.709 and apply a look, through tables indexed by Y'CbCr.

The counterpart of `lut` for HDR and wide gamuts, which need finer steps than standard video: all ten bits of luma are used, chromas are interpolated, and
entries have fractional bits. Luma by (U, V, Y) takes 9 MB, chroma 4 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from clipzy.media.colour.baking import in_slices
from clipzy.media.colour.coding import LUMA_WEIGHTS, Matrix
from clipzy.media.colour.colour_spaces import ColourSpace
from clipzy.media.colour.deep_kernels import CHROMAS, CODES, LUMAS, bake_deep, look_up_deep
from clipzy.media.colour.look_table import check_look
from clipzy.media.colour.lut import lines
from clipzy.media.colour.standard_table import standard_table

DEEP_FORMAT = "yuv420p10le"  # the pixel format `apply_deep` takes


@dataclass(frozen=True, slots=True, eq=False)
class DeepLook:
    """A colour space and a look baked for frames of one matrix and range; the output is BT.709 in limited range.

    `luma`: (CHROMAS, CHROMAS, CODES) uint16 by [U / 16, V / 16, Y], in 128ths of a code. `chroma`: (CHROMAS, CHROMAS, LUMAS) int64
    by [U / 16, V / 16, Y / 8], in the same unit, U' in the low half.
    """

    luma: NDArray[np.uint16]
    chroma: NDArray[np.int64]


def pack_deep(look: NDArray[np.float32], space: ColourSpace, *, full_range: bool, matrix: Matrix) -> DeepLook:
    """Bake the conversion from a colour space followed by a look; for standard video see `lut.pack`.

    Raises ValueError when the look is malformed.
    """
    check_look(look)
    table = np.ascontiguousarray(np.clip(look, 0, 1), np.float32)
    luma = np.empty((CHROMAS, CHROMAS, CODES), np.uint16)
    chroma = np.empty((CHROMAS, CHROMAS, LUMAS), np.int64)
    nodes, coding = standard_table(space), (full_range, *LUMA_WEIGHTS[matrix])

    def fill(rows: slice) -> None:
        bake_deep(nodes, table, coding, rows.start, (luma[rows], chroma[rows]))

    in_slices(CHROMAS, fill)
    return DeepLook(luma, chroma)


def apply_deep(packed: DeepLook, frame: av.VideoFrame) -> av.VideoFrame:
    """A new yuv420p frame from a frame in DEEP_FORMAT of any size. Safe to call from several threads at once.

    It carries no time stamp. Raises ValueError for frames of another pixel format.
    """
    if frame.format.name != DEEP_FORMAT:
        raise ValueError(f"a deep look takes frames of {DEEP_FORMAT}, not {frame.format.name}")
    result = av.VideoFrame(frame.width, frame.height, "yuv420p")
    y, u, v = (plane.view(np.uint16) for plane in lines(frame))
    look_up_deep((y, u, v), frame.width, packed.luma, packed.chroma, lines(result))
    return result
