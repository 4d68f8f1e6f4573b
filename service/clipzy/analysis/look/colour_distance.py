"""How far the colours of two videos are apart: the sliced Wasserstein distance in OKLab (J. Rabin et al., SSVM 2011)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab

DIRECTIONS = 64
LEVELS = 2048  # quantiles compared along each direction


def colour_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """How far two videos' colours are apart along a direction, mean over all quantiles and directions, in hundredths of OKLab's unit.

    Where all colours move alike, that is half of their way: along directions that lie across it they hardly move.
    About 1 is just seen between two looks side by side; a strong grade is 5 to 15. No chance is involved: directions are spread evenly.

    Args:
        one: (N, 3) sRGB 0..1.
        other: (M, 3) likewise.

    Raises:
        ValueError: when either has no colours.
    """
    if not (len(one) and len(other)):
        raise ValueError("a distance needs colours on both sides")
    return float(100 * np.abs(_levels(one) - _levels(other)).mean())


def _levels(colours: NDArray[np.float32]) -> NDArray[np.float64]:
    """Quantiles of the colours along each direction: (64, 2048)."""
    along = np.sort(_directions() @ oklab.from_srgb(colours.astype(np.float64)).T, axis=1)
    nearest = ((np.arange(LEVELS) + 0.5) / LEVELS * len(colours)).astype(np.int64)
    return np.asarray(along[:, nearest])


def _directions() -> NDArray[np.float64]:
    """(64, 3) unit vectors, evenly over half a sphere (Fibonacci's spiral): the other half says the same."""
    number = np.arange(DIRECTIONS) + 0.5
    height = number / DIRECTIONS
    turn = np.pi * (1 + 5**0.5) * number
    across = np.sqrt(1 - height**2)
    return np.stack([across * np.cos(turn), across * np.sin(turn), height], -1)
