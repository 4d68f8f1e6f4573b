"""Slow zooms where a template has them: a few per cent over a shot, on its subject."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from clipzy.style.framing import Focus
from clipzy.style.measurements import CameraMove
from clipzy.style.plan import Crop, CropKey
from clipzy.style.time import Span, down_to_clock

SHORTEST = Fraction(3, 2)  # seconds: a zoom in a shorter shot is a jolt
PACE = 0.02  # of the picture's size a second: it is felt rather than seen
LEAST, MOST = 0.04, 0.08  # of the picture's size over a shot


def zooms_itself(span: Span, moves: Sequence[CameraMove]) -> bool:
    """Whether the footage's camera zooms in a span; its moves must be in order."""
    first = bisect_right(moves, span.start, key=lambda move: move.span.end)
    there = moves[first : bisect_left(moves, span.end, first, key=lambda move: move.span.start)]
    return any(move.zooms_in(span) for move in there)


def spread(candidates: Sequence[int], count: int, seed: int) -> list[int]:
    """At most `count` of the candidates, spread evenly; `seed` says where they begin."""
    count = min(count, len(candidates))
    offset = float(np.random.default_rng(seed).random())
    return [candidates[math.floor((number + offset) * len(candidates) / count)] for number in range(count)]


def zoomed(crop: Crop, focus: Focus | None, duration: Fraction, *, inwards: bool) -> tuple[Crop, CropKey, str]:
    """Where a slow zoom begins and ends, and its name: closer at the subject, which stays where it is, or away from it."""
    amount = min(max(PACE * float(duration), LEAST), MOST)
    width, height = crop.width * (1 - amount), crop.height * (1 - amount)
    # what lies at these shares of the crop does not move
    across, down = (0.5, 0.5) if focus is None else ((focus.x - crop.x) / crop.width, (focus.y - crop.y) / crop.height)
    across, down = (min(max(share, 0.0), 1.0) for share in (across, down))
    near = Crop(crop.x + across * (crop.width - width), crop.y + down * (crop.height - height), width, height)
    start, end = (crop, near) if inwards else (near, crop)
    on = "" if focus is None else f" on {focus.words}" if inwards else f" from {focus.words}"
    return (
        start,
        CropKey(down_to_clock(duration), end),
        f"{'pushing in' if inwards else 'pulling out'} by {amount:.0%}{on}",
    )
