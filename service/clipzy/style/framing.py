"""Where a crop goes in the picture, and how close: to what the picture is of, a face before anything else, without cutting into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from clipzy.style.measurements import Subject
from clipzy.style.plan import Crop
from clipzy.style.time import Span
from clipzy.style.tracking import FACES_COUNT

CLOSER = 1.4  # times: enough to be seen as another take, little enough for the pixels to hold
LITTLE = 1.25  # where more would cut into something: less would look like a mistake, not like another framing
AROUND = 0.04  # of a crop's side, which is left free between its edges and what it must not cut into
BEYOND = 0.1  # share of the sights of a thing, on either side, that may lie outside: single errors widen nothing
PASSER_BY = 0.25  # of the largest face's area, below which a face is somebody in the background
EYES = 0.42  # of a crop's height, from its top, at which a face is placed; other subjects go to its middle
HEADS = 0.25  # of what is cut away, above the picture, where nothing is known of it: heads are up rather than down
UNSURE = 0.3  # mean confidence below which a crop stays where it was


Box = tuple[float, float, float, float]  # left, top, right, bottom: shares of the whole picture


@dataclass(frozen=True, slots=True)
class Focus:
    """What a take is of: a point in shares of the whole picture, and in words."""

    x: float
    y: float
    is_face: bool
    box: Box | None = None  # what of the picture it takes up, with everybody else's face; None where that is not known

    @property
    def words(self) -> str:
        """For a reason."""
        return "the face" if self.is_face else "the subject"


def focus_of(subjects: Sequence[Subject], span: Span) -> Focus | None:
    """What the pictures of a span are of: the middle one of its places, so that a single error moves nothing; None where nothing is sure."""
    seen = [subject for subject in subjects if span.start <= subject.time_s < span.end]
    faces = [subject for subject in seen if subject.is_face]
    about = faces if len(faces) >= max(1, FACES_COUNT * len(seen)) else [s for s in seen if not s.is_face]
    if not about or sum(subject.confidence for subject in about) / len(about) < UNSURE:
        return None
    x, y = (median(values) for values in zip(*(subject.centre for subject in about), strict=True))
    return Focus(x, y, bool(faces) and about == faces)


def aimed(crop: Crop, focus: Focus | None) -> Crop:
    """The same crop, moved as near to the focus as the picture's edges allow; as it is without one."""
    if focus is None:
        return crop
    across = focus.x - crop.width / 2
    down = focus.y - crop.height * (EYES if focus.is_face else 0.5)
    return Crop(inside(across, crop.width), inside(down, crop.height), crop.width, crop.height)


def box_of(subjects: Sequence[Subject], span: Span, *, faces: bool) -> Box | None:
    """What the faces of a span take up together, or its things: nearly all of their sights; None where there are none."""
    seen = [s for s in subjects if span.start <= s.time_s < span.end and s.is_face == faces]
    largest = max((subject.area for subject in seen), default=0.0)
    kept = [subject for subject in seen if not faces or subject.area >= PASSER_BY * largest]
    if not kept:
        return None
    low, high = (BEYOND, 1 - BEYOND) if len(kept) > 2 else (0.0, 1.0)
    left, top = (float(np.quantile([getattr(s, side) for s in kept], low)) for side in ("left", "top"))
    right, bottom = (float(np.quantile([getattr(s, side) for s in kept], high)) for side in ("right", "bottom"))
    return left, top, right, bottom


def closer(crop: Crop, focus: Focus | None) -> Crop:
    """A crop of the same shape, up to 1.4 times as close, at the focus or else a little above the crop's middle; never outside of it.

    It is only a little closer, 1.25 times, where it would cut into the focus, and where nothing is known of the picture; in between where that spares it.
    """
    times = LITTLE if focus is None else CLOSER if focus.box is None else _times(crop, focus.box)
    width, height = crop.width / times, crop.height / times
    middle = Crop(crop.x + (crop.width - width) / 2, crop.y + (crop.height - height) * HEADS, width, height)
    wanted = aimed(middle, focus)
    x, y = wanted.x, wanted.y
    if focus is not None and focus.box is not None:
        left, top, right, bottom = focus.box
        x, y = _holding(x, width, left, right), _holding(y, height, top, bottom)
    x = min(max(x, crop.x), crop.x + crop.width - width)
    y = min(max(y, crop.y), crop.y + crop.height - height)
    return Crop(x, y, width, height)


def _times(crop: Crop, box: Box) -> float:
    """How much closer a crop can be that holds a box; of one that reaches beyond the crop what lies in it."""
    left, top, right, bottom = box
    across = min(right, crop.x + crop.width) - max(left, crop.x)
    down = min(bottom, crop.y + crop.height) - max(top, crop.y)
    sides = ((crop.width, across), (crop.height, down))
    return min(max(min((1 - 2 * AROUND) * side / max(extent, 1e-9) for side, extent in sides), LITTLE), CLOSER)


def _holding(start: float, length: float, low: float, high: float) -> float:
    """The edge of a crop, moved no further than it takes to hold something; one that is longer than the crop is left in its middle."""
    free = AROUND * length
    if high - low > length - 2 * free:
        return (low + high - length) / 2
    return min(max(start, high + free - length), low - free)


def inside(start: float, length: float) -> float:
    """The edge of a crop so long, moved into the picture."""
    return min(max(start, 0.0), 1.0 - length)
