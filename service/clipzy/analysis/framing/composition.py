"""How pictures are composed: rule of thirds, headroom, leading lines, averaged over pictures of the video."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.framing.saliency import Floats, Pixels
from clipzy.style.measurements import Composition, Subject

_THIRDS_SIGMA = 0.08  # width of a third point's reach, share of each side
_SEEN_SPREAD = 6.0  # standard deviation of code values under which a picture shows nothing
_OFTEN = 0.2  # share of pictures with a subject from which headroom is told
_LONG_LINE = 0.15  # of the diagonal
# In a picture of half the size, at a quarter of the cost, so many slanted edges so long are the least where lines lead anywhere: of 120 pictures
# with up to eight lines that meet drawn into them, 22 had lines that lead, and no one of these is passed over; four in five of plain clips are
_HINT_LINE, _HINTS = 0.12, 2
_UPRIGHT_DEG = 6.0  # lines nearer to the frame's own directions do not lead anywhere
_MEETING_DEG = 1.5
_LINED = 30  # pictures whose lines are looked for, evenly spread: that costs as much as looking for faces
_LEAST_LINES = 4  # any two lines meet, and three often do


def measure_composition(
    pictures: Sequence[Pixels], attentions: Sequence[Floats], subjects: Sequence[Subject | None]
) -> Composition:
    """Measure composition in pictures (H, W, 3) uint8 RGB without their bars, each with its saliency and its subject.

    Returns:
        `thirds`: attention near the four third points over what an even spread would put there, r / (1 + r): 0.5 is chance, 1 all of it.
        A face draws all of it; where none is seen it is what stands out.
        `headroom`: gap above the subject, median over the pictures that have one; None when less than a fifth do.
        `leading_lines`: length of long slanted straight edges that meet in one point over that of all long straight edges, mean over
        30 of the pictures at most.
        Everything is None when no picture shows anything.
    """
    shown = [k for k, picture in enumerate(pictures) if _spread(picture) > _SEEN_SPREAD]
    drawn = [_drawn(attentions[k], subjects[k]) for k in shown]
    thirds = [_thirds(attention) for attention in drawn if attention.any()]
    if not thirds:
        return Composition(None, None, None)
    rooms = [subject.top for subject in (subjects[k] for k in shown) if subject is not None]
    return Composition(
        thirds=float(np.mean(thirds)),
        headroom=float(np.median(rooms)) if len(rooms) >= _OFTEN * len(shown) else None,
        leading_lines=float(np.mean([_leading_lines(pictures[k]) for k in shown[:: -(-len(shown) // _LINED)]])),
    )


def _spread(picture: Pixels) -> float:
    """Standard deviation of all code values of a picture, whatever the channel."""
    return float(cv2.meanStdDev(picture.reshape(len(picture), -1))[1][0, 0])


def _drawn(attention: Floats, subject: Subject | None) -> Floats:
    """Where the eye goes: to a face, if there is one."""
    if subject is None or not subject.is_face:
        return attention
    height, width = attention.shape
    across = ((np.arange(width) + 0.5) / width - subject.centre[0]) / max(subject.right - subject.left, 1 / width)
    down = ((np.arange(height) + 0.5) / height - subject.centre[1]) / max(subject.bottom - subject.top, 1 / height)
    return np.asarray(np.outer(np.exp(-2 * down**2), np.exp(-2 * across**2)), np.float32)


def _thirds(attention: Floats) -> float:
    height, width = attention.shape
    y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    near = [np.exp(-0.5 * ((axis[:, None] - np.array([1 / 3, 2 / 3])) / _THIRDS_SIGMA) ** 2).sum(1) for axis in (y, x)]
    reach = np.outer(*near)
    ratio = float((attention * reach).sum() / attention.sum() / reach.mean())
    return ratio / (1 + ratio)


def _leading_lines(picture: Pixels) -> float:
    grey = np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY), np.uint8)
    half = np.asarray(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    hints, _ = _straight(half, _HINT_LINE)
    if _slanted(hints).sum() < _HINTS:
        return 0.0
    ends, length = _straight(grey, _LONG_LINE)
    slanted = _slanted(ends)
    if slanted.sum() < _LEAST_LINES:
        return 0.0
    return _meeting(ends[slanted], length[slanted]) / float(length.sum())


def _straight(grey: Pixels, least: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Straight edges longer than a share of the diagonal: ends (n, 4) x, y, x, y in pixels, and lengths (n,)."""
    lines = cv2.createLineSegmentDetector().detect(grey)[0]
    ends = np.zeros((0, 4)) if lines is None else lines[:, 0].astype(np.float64)
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    long = length > least * float(np.hypot(grey.shape[0], grey.shape[1]))
    return ends[long], length[long]


def _slanted(ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    angle = _directions(ends[:, 2:] - ends[:, :2]) % 90
    return np.asarray((angle > _UPRIGHT_DEG) & (angle < 90 - _UPRIGHT_DEG))


def _meeting(ends: NDArray[np.float64], length: NDArray[np.float64]) -> float:
    """Most line length that points at one place: every crossing of two lines is tried. Parallel lines do not meet."""
    first = np.column_stack([ends[:, :2], np.ones(len(ends))])
    last = np.column_stack([ends[:, 2:], np.ones(len(ends))])
    lines = np.cross(first, last)
    a, b = np.triu_indices(len(lines), 1)
    points = np.cross(lines[a], lines[b])
    points = points[np.abs(points[:, 2]) > 1e-6 * np.abs(points[:, :2]).max(1)]
    if not len(points):
        return 0.0
    places = points[:, :2] / points[:, 2:]
    middle, along = (ends[:, :2] + ends[:, 2:]) / 2, ends[:, 2:] - ends[:, :2]
    toward = places[:, None] - middle
    sine = np.abs(toward[..., 0] * along[:, 1] - toward[..., 1] * along[:, 0])
    sine /= np.maximum(np.hypot(toward[..., 0], toward[..., 1]) * np.hypot(along[:, 0], along[:, 1]), 1e-9)
    meets = sine < np.sin(np.radians(_MEETING_DEG))
    enough = meets.sum(1) >= _LEAST_LINES
    # lines that lie on one another are one edge, not several that lead to a place
    spread = np.array([np.ptp(_directions(along[m])) if m.any() else 0.0 for m in meets])
    scores = (meets @ length) * enough * (spread > 2 * _UPRIGHT_DEG)
    return float(scores.max())


def _directions(along: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.degrees(np.arctan2(along[:, 1], along[:, 0])) % 180)
