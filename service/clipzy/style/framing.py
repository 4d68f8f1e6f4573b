"""Where a crop goes in the picture, and how close: to what the picture is of, a face before anything else, without cutting into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

import numpy as np

from clipzy.style.measurements import Subject
from clipzy.style.plan import Crop
from clipzy.style.standing_text import Box
from clipzy.style.time import Span
from clipzy.style.tracking import LOOK_S, face_stays, of_faces

CLOSER = 1.4  # times: enough to be seen as another take, little enough for the pixels to hold
LITTLE = 1.25  # where more would cut into something: less would look like a mistake, not like another framing
# where nothing is known of the picture: what stands near the edges of a well-filled one is still whole, and the change is still seen
BLIND = 1.15
AROUND = 0.04  # of a crop's side, which is left free between its edges and what it must not cut into
BEYOND = 0.1  # share of the sights of a thing, on either side, that may lie outside: single errors widen nothing
PASSER_BY = 0.25  # of the largest face's area, below which a face is somebody in the background
EYES = 0.42  # of a crop's height, from its top, at which a face is placed; other subjects go to its middle
# from brows to chin, of a head's height from its middle: what of a face is shown where all of it is too much
FEATURES = (-0.1, 0.4)
HAIR = 1 / 6  # of a head's height, above the face
UNSURE = 0.3  # mean confidence below which a crop stays where it was
SURE = 0.7  # from which a thing that is no face is relied on


@dataclass(frozen=True, slots=True)
class Focus:
    """What a take is of: a point in shares of the whole picture, and in words."""

    x: float
    y: float
    is_face: bool
    box: Box | None = None  # what of the picture it takes up, with everybody else's face; None where that is not known
    height: float = 0.0  # of a face
    is_sure: bool = True  # that the picture is of this, all the while: it stands out, or is a face that stays

    @property
    def words(self) -> str:
        """For a reason."""
        if self.is_face:
            return "the face" if self.is_sure else "a passing face"
        return "the subject" if self.is_sure else "the likely subject"


def focus_of(seen: Sequence[Subject], span: Span, look_s: float = LOOK_S) -> Focus | None:
    """What the pictures of a span are of: the median of its places, so that a single error moves nothing; None where nothing is sure.

    `seen`: in that span. `look_s`: seconds between two looks at the footage.
    """
    is_face = of_faces(seen, span, look_s)
    about = [subject for subject in seen if subject.is_face is is_face]
    if not about:
        return None
    confidence = sum(subject.confidence for subject in about) / len(about)
    if confidence < UNSURE:
        return None
    x, y = (median(values) for values in zip(*(subject.centre for subject in about), strict=True))
    height = median(subject.bottom - subject.top for subject in about)
    is_sure = face_stays(about, span, look_s) if is_face else confidence >= SURE
    return Focus(x, y, is_face, height=height if is_face else 0.0, is_sure=is_sure)


def aimed(crop: Crop, focus: Focus | None) -> Crop:
    """The same crop, moved as near to the focus as the picture's edges allow; as it is without one."""
    if focus is None:
        return crop
    across = focus.x - crop.width / 2
    down = focus.y + (face_starts(crop.height, focus.height) if focus.is_face else -crop.height / 2)
    return Crop(inside(across, crop.width), inside(down, crop.height), crop.width, crop.height)


def face_starts(side: float, height: float) -> float:
    """Where a crop of height `side` begins, from the middle of a face of `height`: with the eyes in their place, and eyes and mouth rather than hair."""
    return _holding(-EYES * side, side, FEATURES[0] * height, FEATURES[1] * height)


def box_of(seen: Sequence[Subject], *, faces: bool) -> Box | None:
    """What all faces take up together, or all things: nearly all of their sights; None where there are none."""
    alike = [subject for subject in seen if subject.is_face == faces]
    largest = max((subject.area for subject in alike), default=0.0)
    kept = [subject for subject in alike if not faces or subject.area >= PASSER_BY * largest]
    if not kept:
        return None
    low, high = (BEYOND, 1 - BEYOND) if len(kept) > 2 else (0.0, 1.0)
    left, top = (float(np.quantile([getattr(s, side) for s in kept], low)) for side in ("left", "top"))
    right, bottom = (float(np.quantile([getattr(s, side) for s in kept], high)) for side in ("right", "bottom"))
    return left, top, right, bottom


def usual_box(focus: Focus, subjects: Sequence[Subject]) -> Box | None:
    """A box of the usual size of such sights, around the focus; None without sights."""
    sights = [subject for subject in subjects if subject.is_face == focus.is_face]
    if not sights:
        return None
    width, height = median(s.right - s.left for s in sights), median(s.bottom - s.top for s in sights)
    return focus.x - width / 2, focus.y - height / 2, focus.x + width / 2, focus.y + height / 2


def closer(crop: Crop, focus: Focus | None, texts: Sequence[Box] = ()) -> Crop | None:
    """A crop of the same shape, up to 1.4 times as close, at the focus or else about the crop's middle; never outside of it.

    It is less close, down to 1.25 times, where it would cut into a face, text or the thing that the picture is of, and 1.15 times where nothing
    is known of that. At 1.25 times it may cut into a head's hair. None where not even this holds the faces and texts whole.
    """
    box = None if focus is None else focus.box
    face, thing = (box, None) if focus is not None and focus.is_face else (None, box)
    least = BLIND if focus is None else LITTLE
    most = BLIND if focus is None else min(max(_times(crop, thing), LITTLE), CLOSER)
    held = _around(face, texts)
    if _times(crop, held) < least and face is not None and focus is not None:
        left, top, right, bottom = face
        held, most = _around((left, top + HAIR * focus.height, right, bottom), texts), least
    times = min(most, _times(crop, held))
    if times < least:
        return None
    width, height = crop.width / times, crop.height / times
    middle = Crop(crop.x + (crop.width - width) / 2, crop.y + (crop.height - height) / 2, width, height)
    wanted = aimed(middle, focus)
    x, y = wanted.x, wanted.y
    for kept in (thing, held):
        if kept is not None:
            x, y = _holding(x, width, kept[0], kept[2]), _holding(y, height, kept[1], kept[3])
    x = min(max(x, crop.x), crop.x + crop.width - width)
    y = min(max(y, crop.y), crop.y + crop.height - height)
    return Crop(x, y, width, height)


def _around(face: Box | None, texts: Sequence[Box]) -> Box | None:
    boxes = [*([] if face is None else [face]), *texts]
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _times(crop: Crop, box: Box | None) -> float:
    """How many times closer a crop can get and still hold the part of a box that lies in it; infinite without a box."""
    if box is None:
        return inf
    left, top, right, bottom = box
    across = min(right, crop.x + crop.width) - max(left, crop.x)
    down = min(bottom, crop.y + crop.height) - max(top, crop.y)
    sides = ((crop.width, across), (crop.height, down))
    return min((1 - 2 * AROUND) * side / max(extent, 1e-9) for side, extent in sides)


def _holding(start: float, length: float, low: float, high: float) -> float:
    """The edge of a crop, moved no further than it takes to hold something; one that is longer than the crop is left in its middle."""
    free = AROUND * length
    if high - low > length - 2 * free:
        return (low + high - length) / 2
    return min(max(start, high + free - length), low - free)


def inside(start: float, length: float) -> float:
    """The edge of a crop with a side of `length`, moved into the picture."""
    return min(max(start, 0.0), 1.0 - length)
