"""The course of a measurement along a video: means over steps of half a second, of more in hours of video."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipzy.style.measurements import Course

Floats = NDArray[np.floating[Any]]

STEP_S = 0.5
MOST_STEPS = 1200


def course_of(times_s: Floats, values: Floats, weights: Floats, duration_s: float, digits: int) -> Course:
    """The weighted means of measurements (N,), each at its time, over even steps; None for a step in which nothing has weight."""
    step = STEP_S * max(1, int(np.ceil(duration_s / STEP_S / MOST_STEPS)))
    count = max(0, int(np.ceil(duration_s / step)))
    inside = (times_s >= 0) & (times_s < count * step)
    index = (np.asarray(times_s)[inside] / step).astype(np.int64)
    weight = np.bincount(index, weights[inside], count)
    total = np.bincount(index, (weights * values)[inside], count)
    return Course(
        step, tuple(round(float(t / w), digits) if w > 0 else None for t, w in zip(total, weight, strict=True))
    )
