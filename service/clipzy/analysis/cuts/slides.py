"""Models of slides: pushes, covers and uncoverings in four directions.

A slide shows whole lines (columns, or rows) of the old picture and of the new one side by side. So no picture need be made up to try one: what each shift leaves
unexplained is a sum along a diagonal of the table of distances between lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.fitting_kernels import slide
from clipzy.analysis.cuts.mattes import stored
from clipzy.analysis.cuts.model_fits import ModelFits
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Direction

Floats = NDArray[np.float32]

_FORMS = 3  # a push, a cover and an uncovering
# of rows, then of columns: in their own order the first of them leaves first
_WAYS = (Direction.UP, Direction.DOWN, Direction.LEFT, Direction.RIGHT)


def fit_slides(old: Floats, new: Floats, middle: Floats) -> ModelFits:
    """The new picture pushes the old one out, covers it, or is uncovered by it, in four directions."""
    first, last = stored(old), stored(new)
    change = float(np.square(last - first).sum((1, 2, 3)).mean())
    progress, left = [], []
    for axis in (1, 2):
        costs = sliding_costs(*(_lines(pictures, axis) for pictures in (first, last, middle)))
        progress.append(costs.argmin(2) / (costs.shape[2] - 1))
        left.append(costs.min(2))
    ways = np.concatenate(progress)
    directions = [direction for direction in _WAYS for _ in range(_FORMS)]
    return ModelFits.of((TransitionType.SLIDE,) * len(ways), ways, np.concatenate(left), change, directions)


def sliding_costs(old: Floats, new: Floats, seen: Floats) -> Floats:
    """Sums of squares (6, n, 2 * size + 1) left at each shift, in half lines: by a push, a cover and an uncovering, one way and then the other.

    Args:
        old: (n, size, k), for each of n pictures the lines of the one that goes, in the order in which they leave; or (1, size, k) for all.
        new: the same of the one that comes.
        seen: (n, size, k) the same of the pictures to explain.
    """
    n, size, k = seen.shape
    lines, power = np.concatenate([old, new], 1), np.einsum("nsk,nsk->ns", seen, seen)
    if len(lines) == 1:
        products = (seen.reshape(n * size, k) @ lines[0].T).reshape(n, size, 2 * size)
    else:
        products = seen @ lines.transpose(0, 2, 1)
    costs = np.empty((2, 3, n, 2 * size + 1), np.float32)
    slide(lines, products, power, costs)
    return costs.reshape(6, n, -1)


def _lines(pictures: Floats, axis: int) -> Floats:
    """Rows (axis 1) or columns of pictures (n, H, W, 3): (n, size, k)."""
    n, height, width = pictures.shape[:3]
    if axis == 1:
        return np.require(pictures.reshape(n, height, -1), np.float32, ("C", "W"))
    columns = np.empty((n, width, height, 3), np.float32)
    # colour by colour: numpy is many times slower at copying three numbers at a time
    for colour in range(3):
        columns[..., colour] = pictures[..., colour].transpose(0, 2, 1)
    return columns.reshape(n, width, -1)
