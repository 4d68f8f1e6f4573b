"""How rough pictures are: by how much pixels side by side differ, which is noise, blocks of a codec and fine texture; and looks that leave them less so.

A look that spreads a narrow range of colours over a wide one spreads these as well. How rough a picture may be is told by what it was and by what
its template is, as with clipping.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from clipzy.analysis import oklab

Array = NDArray[np.float64]
Table = NDArray[np.float32]

EDGE = 0.05  # OKLab: pixels farther apart than that are two things
VISIBLE = 0.2  # below it nothing is seen
MOST_ROUGHER = 1.25  # times the rougher of footage and template
MOST_GROWN = (
    2.0  # times the footage itself, whose noise no template makes right; flat footage of cameras asks for as much
)
# Of both, by strength: up to the usual one, and at the whole, where as much of the template is wanted as can be had
ALLOWANCE = ((0.7, 1.0), (1.0, 2.4))
TRIES = 6


def roughness(pairs: NDArray[np.float32], look: Table | None = None) -> float:
    """Mean difference of pixels side by side, in hundredths of OKLab's unit, edges left out: films have .2 to 1.4.

    Args:
        pairs: (n, 2, 3) sRGB 0..1.
        look: (33, 33, 33, 3) by [blue, green, red] that they are seen through; edges are those without it.
    """
    sides = _sides(pairs)
    return _difference(*(sides if look is None else (seen_through(look, side) for side in sides)))


def most_roughness(footage: float, template: float, strength: float) -> float:
    """How rough the footage may become by a look of a strength, given how rough both are."""
    most = min(MOST_ROUGHER * max(footage, template), MOST_GROWN * footage)
    return max(VISIBLE, float(np.interp(strength, *ALLOWANCE)) * most)


def gentle_share(look: Table, gentle: Table, pairs: NDArray[np.float32], most: float) -> float:
    """The share of a look that is too rough, in place of a gentle one, that leaves pixels side by side as rough as may be.

    Args:
        look: (33, 33, 33, 3) by [blue, green, red].
        gentle: likewise; where even that is rougher the share is 0.
        pairs: of the footage, (n, 2, 3) sRGB 0..1.
        most: in hundredths of OKLab's unit.
    """
    sides = _sides(pairs)
    whole, calm = (tuple(seen_through(table, side) for side in sides) for table in (look, gentle))

    def rough(share: float) -> float:
        one, other = (b + share * (a - b) for a, b in zip(whole, calm, strict=True))
        return _difference(one, other)

    low, high = 0.0, 1.0
    for _ in range(TRIES):
        middle = (low + high) / 2
        low, high = (middle, high) if rough(middle) <= most else (low, middle)
    return low


def without_edges(pairs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pairs (n, 2, 3) sRGB, where two pixels are two things each with itself."""
    lab = oklab.from_srgb(pairs.astype(np.float64))
    apart = np.linalg.norm(lab[:, 0] - lab[:, 1], axis=1) >= EDGE
    return np.stack([pairs[:, 0], np.where(apart[:, None], pairs[:, 0], pairs[:, 1])], 1)


def moved_to_mean(footage: NDArray[np.float32], template: NDArray[np.float32]) -> NDArray[np.float32]:
    """The footage's colours (n, 3) sRGB moved alike in OKLab, so that their mean is the template's: its light and cast, without its contrasts."""
    have, want = oklab.from_srgb(footage.astype(np.float64)), oklab.from_srgb(template.astype(np.float64))
    moved = oklab.into_srgb(have + want.mean(0) - have.mean(0))
    return np.clip(moved, 0, 1).astype(np.float32)


def seen_through(table: Table, colours: Array) -> Array:
    """Colours (n, 3) sRGB as a table maps them, trilinear."""
    at = colours[:, ::-1].T * (table.shape[0] - 1)
    return np.stack([map_coordinates(table[..., c].astype(np.float64), at, order=1) for c in range(3)], -1)


def _sides(pairs: NDArray[np.float32]) -> tuple[Array, Array]:
    """Both pixels of pairs, (n, 3) each, without those that lie on edges."""
    one, other = pairs[:, 0].astype(np.float64), pairs[:, 1].astype(np.float64)
    fine = np.linalg.norm(oklab.from_srgb(one) - oklab.from_srgb(other), axis=1) < EDGE
    return one[fine], other[fine]


def _difference(one: Array, other: Array) -> float:
    """Mean distance of colours (n, 3) sRGB from others, hundredths of OKLab's unit; 0 of none."""
    if not len(one):
        return 0.0
    return float(100 * np.linalg.norm(oklab.from_srgb(one) - oklab.from_srgb(other), axis=1).mean())
