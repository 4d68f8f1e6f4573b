"""What slides leave unexplained, for every way and every shift, from how far each line of a picture is from each line of two others.

A slide shows whole lines (columns, or rows) of the old picture and of the new one side by side. So no picture need be made up to try one: all that can be tried are
sums along the diagonals of a table of distances between lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def sliding_costs(old: Floats, new: Floats, seen: Floats) -> Iterator[Floats]:
    """Sums of squares (n, 2 * size + 1) left at each shift, in half lines: by a push, a cover and an uncovering, one way and the other.

    Args:
        old: (n, size, k), for each of n pictures the lines of the one that goes, in the order in which they leave.
        new: the same of the one that comes.
        seen: the same of the pictures to explain.
    """
    tables = [_distances(lines, seen) for lines in (old, new)]
    between = [_distances((lines[:, 1:] + lines[:, :-1]) / 2, seen) for lines in (old, new)]
    seams = [_distances((old[:, [k]] + new[:, [j]]) / 2, seen) for k, j in ((-1, 0), (0, -1))]
    for turned in (False, True):
        way = slice(None, None, -1 if turned else 1)
        a, b, a_half, b_half = (table[:, way, way] for table in (*tables, *between))
        seam = seams[turned][:, :, way]
        pictures = old[:, way], new[:, way], seen[:, way]
        yield from _shifted(np.concatenate([a, b], 1), np.concatenate([a_half, seam, b_half], 1), *pictures)


def _distances(lines: Floats, seen: Floats) -> Floats:
    """Squares of the distances between lines (n, j, k) and those that are seen (n, size, k): (n, j, size)."""
    power = np.square(lines).sum(2)[:, :, None] + np.square(seen).sum(2)[:, None]
    return np.asarray(power - 2 * lines @ seen.transpose(0, 2, 1))


def _shifted(whole: Floats, half: Floats, old: Floats, new: Floats, seen: Floats) -> Iterator[Floats]:
    """Of the tables for both pictures on end, (n, 2 * size, size) and halfway between lines: what is left at each shift."""
    size = whole.shape[2]
    x = np.arange(size)
    s = np.arange(size + 1)[:, None]
    pushed, pushed_half = whole[:, x + s, x], half[:, x + s[:-1], x]
    comes, edge = x >= size - s, x == size - s[:-1] - 1
    stays, stood = whole[:, x, x][:, None], whole[:, x + size, x][:, None]
    first, last = (_meeting(one, other, seen) for one, other in ((old, new[:, :1]), (old[:, -1:], new)))
    yield _both(pushed.sum(2), pushed_half.sum(2))
    covered = np.where(edge, first, np.where(comes[:-1], pushed_half, stays))
    yield _both(np.where(comes, pushed, stays).sum(2), covered.sum(2))
    bared = np.where(edge, last, np.where(comes[:-1], stood, pushed_half))
    yield _both(np.where(comes, stood, pushed).sum(2), bared.sum(2))


def _meeting(one: Floats, other: Floats, seen: Floats) -> Floats:
    """What the line where both pictures meet leaves, wherever it is: (n, 1, size)."""
    return np.asarray(np.square((one + other) / 2 - seen).sum(2)[:, None])


def _both(whole: Floats, half: Floats) -> Floats:
    costs = np.empty((len(whole), whole.shape[1] + half.shape[1]), np.float32)
    costs[:, ::2], costs[:, 1::2] = whole, half
    return costs
