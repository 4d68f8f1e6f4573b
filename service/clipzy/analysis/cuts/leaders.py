"""One colour that is held before a fade in or after a fade out, at either end of a video: it is no shot, and the fade beside it changes none."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import is_flat
from clipzy.style.measurements import Boundary
from clipzy.style.time import Span

Frames = NDArray[np.uint8]

_PIECE = 256  # frames read at once


def without_leaders(
    shots: Sequence[Span],
    boundaries: Sequence[Boundary],
    frames: Frames,
    times: NDArray[np.int64],
    time_base: Fraction,
) -> tuple[Span, ...]:
    """Leave out of a video's shots a first and a last one of one colour, where a gradual transition parts it from the others.

    Args:
        shots: all stretches between boundaries, in order.
        boundaries: in order.
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map; read in pieces.
        times: (N + 1,) start of every frame and the end of the last, in ticks.
        time_base: seconds per tick.
    """
    kept = list(shots)
    gradual = [edge for edge in boundaries if edge.start < edge.end]

    def is_leader(shot: Span) -> bool:
        first, end = np.searchsorted(times, [int(edge / time_base) for edge in (shot.start, shot.end)]).tolist()
        return all(is_flat(frames, k, min(k + _PIECE, end) - 1) for k in range(first, min(end, len(frames)), _PIECE))

    if len(kept) > 1 and any(edge.start == kept[0].end for edge in gradual) and is_leader(kept[0]):
        del kept[0]
    if len(kept) > 1 and any(edge.end == kept[-1].start for edge in gradual) and is_leader(kept[-1]):
        del kept[-1]
    return tuple(kept)
