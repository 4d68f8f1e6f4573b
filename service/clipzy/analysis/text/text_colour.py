"""Colour of lettering, told from its outline and from what lies behind it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.quantiles import quantile

Pixels = NDArray[np.uint8]

_CLUSTERS = 4  # fill, outline, and two for the ground
_SOME = 4000  # pixels, evenly spread, that say which colours there are: a line has three to ten times as many
_COLOURFUL = np.array([1.0, 2.0, 2.0])  # a and b span half of what L spans
_LEAST_SHARE = 0.06
_CLEARLY = 0.4
_LIGHTER = 0.25  # of L: fills are lighter than their outlines by more
_DARK = 0.45  # of L, the most of an outline that encloses a fill of the ground's colour
# Where an outline is thinnest its colour comes this far, at most, on the way in OKLab to that of its fill; tried in steps
_THINNEST, _THIN_STEP = 0.45, 0.05
_FILLED_COLUMNS = 0.66  # of the outline's; the holes of plain letters take 0.56 even in "GOOD BOOK"
_FILLED_AREA = 0.4  # of the outline's
_RIM = 0.4  # lettering is this much rarer on the rim than in the middle


def fill_colour(crops: Sequence[Pixels]) -> str:
    """Tell the fill colour of one line of text from crops of it (h, w, 3) uint8 BGR, as #rrggbb.

    Each crop is split into four colours. Those rare on the crop's rim are lettering; of them the fill is the one that touches the ground least, since
    an outline, or the blur of the edge, lies between. A fill of the ground's own colour, wherever that is behind the line, is told by the dark outline
    that encloses it. The crop nearest to the median of all answers decides. The crops must not be empty.
    """
    answers = np.stack([_fill(crop) for crop in crops])
    middle = np.median(answers, axis=0)
    nearest = answers[int(np.linalg.norm(answers - middle, axis=1).argmin())]
    return oklab.hex_color(oklab.into_srgb(nearest))


def _fill(crop: Pixels) -> NDArray[np.float64]:
    big = np.asarray(cv2.resize(crop, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    lab = oklab.from_codes(big[..., ::-1])
    labels = _split(lab)
    rim = np.ones(labels.shape, bool)
    rim[2:-2, 2:-2] = False
    quarter = max(1, labels.shape[0] // 4)
    kinds = range(labels.max() + 1)
    inside = np.array([(labels[quarter:-quarter] == k).mean() for k in kinds])
    outside = np.array([(labels[rim] == k).mean() for k in kinds])
    lettering = [k for k in kinds if inside[k] > _LEAST_SHARE and outside[k] < _RIM * inside[k]]
    if not lettering:
        lettering = [int((outside / np.maximum(inside, 1e-3)).argmin())]
    behind = (
        cv2.dilate(
            np.isin(labels, [k for k in kinds if k not in lettering]).astype(np.uint8), np.ones((3, 3), np.uint8)
        )
        > 0
    )
    exposed = {k: float(behind[labels == k].mean()) for k in lettering}
    chosen = min(lettering, key=exposed.__getitem__)
    by_light = sorted(lettering, key=lambda k: float(np.median(lab[labels == k][:, 0])))
    darkest, lightest = by_light[0], by_light[-1]
    # outlines are dark on nearly all captions: only clear evidence makes the darker colour the fill
    if exposed[chosen] > _CLEARLY * exposed[lightest]:
        chosen = lightest
    fill = labels == chosen
    inner = _within(lab, np.median(lab[labels == darkest], axis=0))
    if _fills(inner, fill) and float(np.median(lab[inner][:, 0]) - np.median(lab[fill][:, 0])) > _LIGHTER:
        fill = inner
    # the core of the strokes: their edges are mixed with what is beside them
    depth = cv2.distanceTransform(fill.astype(np.uint8), cv2.DIST_L2, 3)
    core = fill & (depth >= quantile(depth[fill], 0.7))
    return np.asarray(np.median(lab[core], axis=0))


def _within(lab: NDArray[np.float64], outline: NDArray[np.float64]) -> NDArray[np.bool_]:
    """What cannot be reached from the rim but through a dark outline of that colour (3,): where it is thin it comes up to `_THINNEST` of the way to the fill."""
    inner = np.zeros(lab.shape[:2], bool)
    if outline[0] < _DARK:
        away = np.linalg.norm(lab - outline, axis=-1)
        for let_through in np.arange(2 * _THIN_STEP, _THINNEST, _THIN_STEP):
            inner |= _enclosed(away < let_through) & (_THINNEST * away > let_through)
    return inner


def _enclosed(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What lies inside the mask's lines: all else that cannot be reached from the rim."""
    _, regions = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    rim = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
    return ~mask & ~np.isin(regions, rim)


def _fills(inner: NDArray[np.bool_], outline: NDArray[np.bool_]) -> bool:
    """Tell whether what is enclosed is lettering within its outline: it runs the whole line's length, while the holes of plain letters do not."""
    long_enough = inner.any(0).sum() > _FILLED_COLUMNS * outline.any(0).sum()
    return bool(long_enough and inner.sum() > _FILLED_AREA * outline.sum())


def _split(lab: NDArray[np.float64]) -> NDArray[np.int64]:
    """k-means from the darkest colour and those farthest from the ones chosen: labels (h, w)."""
    flat = lab.reshape(-1, 3) * _COLOURFUL
    some = flat[:: max(1, len(flat) // _SOME)]
    centres = some[[int(some[:, 0].argmin())]]
    while len(centres) < _CLUSTERS:
        centres = np.vstack([centres, some[int(oklab.squared_gaps(some, centres).min(0).argmax())]])
    axes, labels = np.ascontiguousarray(some.T), np.full(len(some), -1)
    for _ in range(12):
        before, labels = labels, oklab.nearest_along(axes, centres)
        if np.array_equal(labels, before):
            break
        count = np.bincount(labels, minlength=_CLUSTERS)[:, None]
        total = np.stack([np.bincount(labels, axis, _CLUSTERS) for axis in axes], -1)
        centres = np.where(count > 0, total / np.maximum(count, 1), centres)
    return oklab.nearest_along(np.ascontiguousarray(flat.T), centres).reshape(lab.shape[:2])
