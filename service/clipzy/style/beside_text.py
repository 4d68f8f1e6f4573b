"""Moves a crop aside for text that stands in the picture, as far as what the picture is of lets it."""

from __future__ import annotations

from collections.abc import Sequence

from clipzy.style.framing import Focus
from clipzy.style.plan import Crop
from clipzy.style.standing_text import Box

BESIDE = 0.02  # of a crop's side, which is left free between its edges and the text
OFF_CENTRE = 0.15  # of a crop's side, from its edge, where the middle of a thing may come to lie

Free = tuple[float, float]  # from where to where a crop's edge may be moved, shares of the picture


def beside_text(crop: Crop, focus: Focus | None, texts: Sequence[Box]) -> Crop:
    """The same crop, moved no further than it takes to show texts whole, the first ones before others.

    A face that it holds stays whole, and the middle of a thing well inside; where that leaves no place for a text, the crop is not moved for it.
    """
    if focus is None:
        across, down = (0.0, 1 - crop.width), (0.0, 1 - crop.height)
    elif focus.is_face and focus.box is not None:
        left, top, right, bottom = focus.box
        across, down = _whole(crop.x, crop.width, left, right), _whole(crop.y, crop.height, top, bottom)
    else:
        across, down = _inside(crop.x, crop.width, focus.x), _inside(crop.y, crop.height, focus.y)
    for left, top, right, bottom in texts:
        beside, above = _narrowed(across, crop.width, left, right), _narrowed(down, crop.height, top, bottom)
        if beside is not None and above is not None:
            across, down = beside, above
    x, y = (min(max(start, low), high) for start, (low, high) in ((crop.x, across), (crop.y, down)))
    return Crop(x, y, crop.width, crop.height)


def _whole(start: float, side: float, low: float, high: float) -> Free:
    """Where the edge shows something from low to high whole; nowhere else where it does not now."""
    first, last = max(high - side, 0.0), min(low, 1 - side)
    return (first, last) if first <= start <= last else (start, start)


def _inside(start: float, side: float, middle: float) -> Free:
    first, last = middle - (1 - OFF_CENTRE) * side, middle - OFF_CENTRE * side
    return min(max(first, 0.0), start), max(min(last, 1 - side), start)


def _narrowed(free: Free, side: float, low: float, high: float) -> Free | None:
    """Where the edge may still go if the crop is to show something from low to high; None where it cannot."""
    room = min(BESIDE * side, max((side - (high - low)) / 2, 0.0))
    first, last = max(free[0], min(high + room, 1.0) - side), min(free[1], max(low - room, 0.0))
    return (first, last) if first <= last else None
