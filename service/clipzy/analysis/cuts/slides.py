"""What slides leave unexplained, for every way and every shift, from how far each line of a picture is from each line of two others.

A slide shows whole lines (columns, or rows) of the old picture and of the new one side by side. So no picture need be made up to try one: all that can be tried are
sums along the diagonals of a table of distances between lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.fitting_kernels import slide

Floats = NDArray[np.float32]


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
