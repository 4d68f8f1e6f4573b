"""NumPy's quantiles without its handling of axes, methods and missing values, which takes most of the time for small pictures."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray


def quantile(values: NDArray[np.float32] | NDArray[np.float64], share: float) -> float:
    """The quantile, 0..1, of finite values of any shape, one at least: `numpy.quantile` to the last bit."""
    place = (values.size - 1) * share
    first = min(floor(place), values.size - 1)
    following = min(first + 1, values.size - 1)
    ordered = np.partition(values, (first, following), axis=None)
    low, high, beyond = float(ordered[first]), float(ordered[following]), place - first
    gap = float(ordered[following] - ordered[first])
    return low + gap * beyond if beyond < 0.5 else high - gap * (1 - beyond)
