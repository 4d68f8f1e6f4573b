"""Whether lettering stands where it stood in another sample, and where in a sample between two searched ones it still has to be looked for."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.quantiles import quantile
from clipzy.analysis.text.ocr import SIDE_STEP, Rows, TextBox, cut_out

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SAME_PLACE = 0.5  # intersection over union
_SAME_LETTERS = 0.76  # correlation of edges: 0.84 and more for the same line, 0.67 and less for another
_AROUND = 0.75  # heights of a line above and below it that are searched with it


def lines_between(
    samples: Pixels, sample: int, searched: Sequence[tuple[int, tuple[TextBox, ...]]]
) -> tuple[tuple[TextBox, ...], tuple[Rows, ...]]:
    """What is known of a sample by its neighbours, the one or two samples that were searched, and the bands in which it has to be searched itself.

    A line that both have, and whose letters stand in between as well, is there. Where one of them has any other line one may begin, end or
    give place to another.
    """
    known: list[TextBox] = []
    doubted = [box for _, boxes in searched for box in boxes]
    if len(searched) == 2:
        (before, early), (after, late) = searched
        for box in early:
            on = next((other for other in late if overlap(box, other) > SAME_PLACE), None)
            ends = () if on is None else ((before, box), (after, on))
            if ends and all(stands(outline(samples[at], place), samples[sample], place) for at, place in ends):
                known.append(box)
                doubted = [other for other in doubted if other is not box and other is not on]
    return tuple(known), _bands(doubted, samples.shape[1])


def with_others(known: Sequence[TextBox], found: Sequence[TextBox]) -> tuple[TextBox, ...]:
    """Lines that are known and those found elsewhere, top to bottom."""
    new = [box for box in found if not any(overlap(box, other) > SAME_PLACE for other in known)]
    return tuple(sorted([*known, *new], key=lambda box: (box.y, box.x)))


def outline(picture: Pixels, box: TextBox) -> Floats:
    """Outline of the letters in a box, mean 0 and length 1: what lies behind them matters little."""
    rough = steepness(cut_out(picture, box))
    slope = np.minimum(rough, quantile(rough, 0.9))
    slope = slope - slope.mean()
    return np.asarray(slope / max(float(np.linalg.norm(slope)), 1e-6), np.float32)


def steepness(crop: Pixels) -> Floats:
    """How steeply light changes in a crop (h, w, 3) uint8 BGR: (h, w)."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray(np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), np.float32)


def stands(edges: Floats, picture: Pixels, box: TextBox) -> bool:
    """Tell whether letters of that outline stand in a box of a picture."""
    return float((edges * outline(picture, box)).sum()) > _SAME_LETTERS


def overlap(one: TextBox, other: TextBox) -> float:
    """Intersection over union of two boxes."""
    across = min(one.x + one.width / 2, other.x + other.width / 2) - max(
        one.x - one.width / 2, other.x - other.width / 2
    )
    down = min(one.y + one.height / 2, other.y + other.height / 2) - max(
        one.y - one.height / 2, other.y - other.height / 2
    )
    shared = max(across, 0.0) * max(down, 0.0)
    return shared / max(one.width * one.height + other.width * other.height - shared, 1e-9)


def _bands(boxes: Sequence[TextBox], height: int) -> tuple[Rows, ...]:
    """The rows of a picture of that height in which boxes lie, with what is around them; bands that touch are one."""
    bands: list[Rows] = []
    step = height / max(1, round(height / SIDE_STEP))  # so that a band is distorted as the whole picture is
    for box in sorted(boxes, key=lambda each: each.y):
        rows = min(height, round(ceil((1 + 2 * _AROUND) * box.height * height / step) * step))
        first = max(0, min(round(box.y * height - rows / 2), height - rows))
        if bands and first <= bands[-1][1]:
            bands[-1] = bands[-1][0], max(bands[-1][1], first + rows)
        else:
            bands.append((first, first + rows))
    return tuple(bands)
