"""How pictures are composed: rule of thirds, headroom, leading lines, averaged over samples of the video."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.bars import Bars, find_bars
from clipzy.analysis.saliency import Floats, Pixels, saliency
from clipzy.style.measurements import Composition

_MOST = 60  # samples examined, evenly spread
_THIRDS_SIGMA = 0.08  # width of a third point's reach, share of each side
_SEEN_SPREAD = 6.0  # standard deviation of code values under which a picture shows nothing
_SUBJECT_LEVEL = 0.5  # of the strongest saliency
_SUBJECT_SHARE = 0.4  # of all saliency above that level that must lie in one piece
_SUBJECT_AREA = (0.004, 0.45)  # share of the picture
_MARGIN = 0.15  # of each side: what is centred further out is scenery
_SUBJECT_CONTRAST = 2.5  # mean saliency within over mean without
_OFTEN = 0.2  # share of samples with a subject from which headroom is told
_LONG_LINE = 0.15  # of the diagonal
_UPRIGHT_DEG = 6.0  # lines nearer to the frame's own directions do not lead anywhere
_MEETING_DEG = 1.5
_LEAST_LINES = 4  # any two lines meet, and three often do


def measure_composition(samples: Pixels, bars: Bars | None = None) -> Composition:
    """Measure composition in samples (S, H, W, 3) uint8 RGB.

    Returns:
        `thirds`: saliency near the four third points over what an even spread would put there, r / (1 + r): 0.5 is chance, 1 all of it.
        `headroom`: gap above the subject, median over the samples in which one thing stands out; None when it does in less than a fifth.
        `leading_lines`: length of long slanted straight edges that meet in one point over that of all long straight edges, mean over samples.
        Everything is None when no sample shows anything.
    """
    looked_at = (bars or find_bars(samples)).crop(samples)[:: max(1, -(-len(samples) // _MOST))]
    pictures = [p for p in looked_at if p.std() > _SEEN_SPREAD]
    maps = [m for m in map(saliency, pictures) if m.any()]
    if not maps:
        return Composition(None, None, None)
    rooms = [room for room in map(_headroom, maps) if room is not None]
    return Composition(
        thirds=float(np.mean([_thirds(m) for m in maps])),
        headroom=float(np.median(rooms)) if len(rooms) >= _OFTEN * len(pictures) else None,
        leading_lines=float(np.mean([_leading_lines(p) for p in pictures])),
    )


def _thirds(attention: Floats) -> float:
    height, width = attention.shape
    y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    near = [np.exp(-0.5 * ((axis[:, None] - np.array([1 / 3, 2 / 3])) / _THIRDS_SIGMA) ** 2).sum(1) for axis in (y, x)]
    reach = np.outer(*near)
    ratio = float((attention * reach).sum() / attention.sum() / reach.mean())
    return ratio / (1 + ratio)


def _headroom(attention: Floats) -> float | None:
    strong = attention > _SUBJECT_LEVEL
    count, labels, stats, centres = cv2.connectedComponentsWithStats(strong.astype(np.uint8))
    if count < 2:
        return None
    weight = np.bincount(labels.ravel(), attention.ravel(), count)[1:]
    subject = int(weight.argmax()) + 1
    inside = labels == subject
    across, down = centres[subject] / attention.shape[::-1]
    contrast = float(attention[inside].mean() / max(float(attention[~inside].mean()), 1e-6))
    low, high = _SUBJECT_AREA
    central = _MARGIN < across < 1 - _MARGIN and _MARGIN < down < 1 - _MARGIN
    alone = weight[subject - 1] >= _SUBJECT_SHARE * weight.sum() and contrast >= _SUBJECT_CONTRAST
    if not (central and alone and low < inside.mean() < high):
        return None
    return float(stats[subject, cv2.CC_STAT_TOP] / attention.shape[0])


def _leading_lines(picture: Pixels) -> float:
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    diagonal = float(np.hypot(grey.shape[0], grey.shape[1]))
    lines = cv2.createLineSegmentDetector().detect(grey)[0]
    if lines is None:
        return 0.0
    ends = lines[:, 0].astype(np.float64)
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    ends, length = ends[length > _LONG_LINE * diagonal], length[length > _LONG_LINE * diagonal]
    angle = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 90
    slanted = (angle > _UPRIGHT_DEG) & (angle < 90 - _UPRIGHT_DEG)
    if slanted.sum() < _LEAST_LINES:
        return 0.0
    return _meeting(ends[slanted], length[slanted]) / float(length.sum())


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
