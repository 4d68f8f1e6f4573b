"""How rough pictures are, that is by how much neighbouring pixels differ (noise, blocks of a codec, fine texture), and how looks are kept from making them too rough.

A look that spreads a narrow range of colours over a wide one spreads these differences as well. How rough a picture may become depends on how rough it was and
how rough its template is, as with clipping.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from clipzy.analysis.look import oklab

Array = NDArray[np.float64]
Table = NDArray[np.float32]

EDGE = 0.05  # OKLab: pixels farther apart than that are two things
VISIBLE = 0.2  # below it nothing is seen
MOST_ROUGHER = 1.25  # times the rougher of footage and template
MOST_GROWN = (
    2.0  # times the footage itself, whose noise no template makes right; flat footage of cameras asks for as much
)
# times both bounds, by strength: 1 up to the usual strength, more at the whole, where the user asks for all of the template
ALLOWANCE = ((0.7, 1.0), (1.0, 2.4))
TRIES = 6
# Of white, as in `networks.look_ends`: how far it reaches in OKLab, the chroma at which a colour says half as much of its cast, and the excess wholly taken
WHITE_REACH = (0.03, 0.07)
PALE = 0.04
BELIEVED = 0.08


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
    """The footage's colours (n, 3) sRGB moved alike in OKLab, so that their mean is the template's: its light and cast, without its contrasts.

    White in mass, a page, says nothing of light (`networks.look_ends`): as far as the footage has more of it than the template has at its own white, it is
    left out of the mean, and moved no farther than to that white.
    """
    have, want = oklab.from_srgb(footage.astype(np.float64)), oklab.from_srgb(template.astype(np.float64))
    end = _white_of(want)
    page = _near(have, np.array([1.0, 0, 0]))
    more = max(0.0, page.mean() - _near(want, end).mean())
    belief = min(1.0, more / BELIEVED)
    page *= belief**2 * (3 - 2 * belief) * more / max(page.mean(), 1e-9)
    rest, kept = 1 - page, page[:, None]
    to_mean = want.mean(0) - (np.average(have, 0, rest) if rest.sum() > 0 else have.mean(0))
    to_white = end - (np.average(have, 0, page) if more else end)
    to_white[0] = min(0.0, to_white[0])
    return np.clip(oklab.into_srgb(have + (1 - kept) * to_mean + kept * to_white), 0, 1).astype(np.float32)


def _white_of(lab: Array) -> Array:
    """A template's own white, OKLab (3,): as light as all but a hundredth of its colours (n, 3), of the cast of its lightest, pale ones before others."""
    outermost, from_ = np.quantile(lab[:, 0], (0.99, 0.98))
    lightest = lab[lab[:, 0] >= from_, 1:]
    cast = np.average(lightest, 0, 1 / (1 + (lightest**2).sum(1) / PALE**2))
    return np.array([outermost, *cast])


def _near(lab: Array, white: Array) -> Array:
    """How surely colours (n, 3) are of a white: (n,) 0..1."""
    return np.interp(np.linalg.norm(lab - white, axis=1), WHITE_REACH, (1.0, 0.0))


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
