"""The subjects of a picture: its faces where there are any, else the one thing that stands out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.framing.saliency import Floats
from clipzy.style.measurements import Subject

SURE_FACE = 0.95  # below, the network takes bark and cloth for faces too often
HAIR = 0.2  # of a face's height, above the box that the network draws around it
MOST_FACES = 4  # of a picture that are kept: a crop is about one of them
STIRRED = 0.03  # share of the picture: a subject that has moved by more is worth a look in between
_SUBJECT_LEVEL = 0.5  # of the strongest saliency
_SUBJECT_SHARE = 0.4  # of all saliency above that level that must lie in one piece
_SUBJECT_AREA = (0.004, 0.45)  # share of the picture
_MARGIN = 0.15  # of each side: what is centred further out is scenery
_SUBJECT_CONTRAST = 2.5  # mean saliency within over mean without
_SURE_CONTRAST = 5.0  # from which a salient subject counts as certain


def find_subjects(attention: Floats, faces: NDArray[np.float32], time_s: float) -> tuple[Subject, ...]:
    """Find the subjects of a picture: its faces, hair included, the largest first, else the one thing that stands out, else nothing.

    Args:
        attention: (h, w), the picture's `saliency`.
        faces: (N, 5) left, top, right, bottom as shares of the picture, and probability, as the face network gives them.
        time_s: when the picture is shown.
    """
    seen = [_head(face, time_s) for face in faces if face[4] >= SURE_FACE]
    if seen:
        return tuple(sorted(seen, key=lambda head: head.area, reverse=True)[:MOST_FACES])
    salient = _salient(attention, time_s)
    return () if salient is None else (salient,)


def stirred(before: Sequence[Subject], after: Sequence[Subject]) -> bool:
    """Whether the subject of two pictures has moved between them, or is a face in only one of them."""
    if not before or not after or before[0].is_face != after[0].is_face:
        return any(subject.is_face for subject in (*before, *after))
    moved = (abs(a - b) for a, b in zip(before[0].centre, after[0].centre, strict=True))
    return max(moved) > STIRRED


def _head(face: NDArray[np.float32], time_s: float) -> Subject:
    left, top, right, bottom, probability = (float(value) for value in face)
    top -= HAIR * (bottom - top)
    left, top, right, bottom = (min(max(value, 0.0), 1.0) for value in (left, top, right, bottom))
    return Subject(time_s, left, top, right, bottom, confidence=min(1.0, probability), is_face=True)


def _salient(attention: Floats, time_s: float) -> Subject | None:
    """The strongest piece of what stands out, where it is one, well inside the picture and plainly stronger than the rest."""
    strong = attention > _SUBJECT_LEVEL
    count, labels, stats, centres = cv2.connectedComponentsWithStats(strong.astype(np.uint8))
    if count < 2:
        return None
    weight = np.bincount(labels.ravel(), attention.ravel(), count)[1:]
    subject = int(weight.argmax()) + 1
    inside = labels == subject
    height, width = attention.shape
    across, down = centres[subject] / (width, height)
    contrast = float(attention[inside].mean() / max(float(attention[~inside].mean()), 1e-6))
    low, high = _SUBJECT_AREA
    central = _MARGIN < across < 1 - _MARGIN and _MARGIN < down < 1 - _MARGIN
    alone = weight[subject - 1] >= _SUBJECT_SHARE * weight.sum() and contrast >= _SUBJECT_CONTRAST
    if not (central and alone and low < inside.mean() < high):
        return None
    left, top, across_px, down_px = (int(value) for value in stats[subject, :4])
    return Subject(
        time_s,
        left / width,
        top / height,
        (left + across_px) / width,
        (top + down_px) / height,
        confidence=min(1.0, contrast / _SURE_CONTRAST),
        is_face=False,
    )
