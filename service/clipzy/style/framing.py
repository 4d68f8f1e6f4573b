"""Where a crop goes in the picture: to what the picture is of, a face before anything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from clipzy.style.measurements import Subject
from clipzy.style.plan import Crop
from clipzy.style.time import Span
from clipzy.style.tracking import FACES_COUNT

CLOSER = 1.4  # times: enough to be seen as another take, little enough for the pixels to hold
EYES = 0.42  # of a crop's height, from its top, at which a face is placed; other subjects go to its middle
HEADS = 0.25  # of what is cut away, above the picture, where nothing is known of it: heads are up rather than down
UNSURE = 0.3  # mean confidence below which a crop stays where it was


@dataclass(frozen=True, slots=True)
class Focus:
    """What a take is of: a point in shares of the whole picture, and in words."""

    x: float
    y: float
    is_face: bool

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


def closer(crop: Crop, focus: Focus | None) -> Crop:
    """A crop of the same shape, 1.4 times as close, at the focus or else a little above the crop's middle; never outside of it."""
    width, height = crop.width / CLOSER, crop.height / CLOSER
    middle = Crop(crop.x + (crop.width - width) / 2, crop.y + (crop.height - height) * HEADS, width, height)
    wanted = aimed(middle, focus)
    x = min(max(wanted.x, crop.x), crop.x + crop.width - width)
    y = min(max(wanted.y, crop.y), crop.y + crop.height - height)
    return Crop(x, y, width, height)


def inside(start: float, length: float) -> float:
    """The edge of a crop so long, moved into the picture."""
    return min(max(start, 0.0), 1.0 - length)
