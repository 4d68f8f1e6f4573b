"""Colours of graphics on white and dark pages, as of logos, bars and charts, are kept by a look.

They identify a brand and say nothing of light. A match of distributions would send them to wherever the template has its vivid and dark colours, and so make
another brand of them. They stay what they are, in the light that the look gives to white.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from clipzy.analysis.look import oklab
from clipzy.analysis.look.table_guards import identity, rising
from clipzy.analysis.look.tone_curve import no_steeper

Table = NDArray[np.float32]
Mask = NDArray[np.bool_]

FLAT = 2.5 / 255  # of a channel: what codecs leave of one colour
WHITE = 0.07  # of OKLab, from white: a page
PAGES = (0.1, 0.25)  # share of all colours that are pages, from which there are graphics, and from which that is sure
DARK = 0.35  # lightness of OKLab up to which one colour may be a dark page
# The same of one dark colour: slides have half of it, night scenes up to .41, or .6 with hardly anything flat and vivid in it
DARK_PAGES = (0.4, 0.5)
VIVID = (0.05, 0.08)  # chroma from which a flat colour is one of graphics' and no grey, and surely
REACH = 1.0  # nodes about a colour that stay with it


def ink_weights(surfaces: Table, side_by_side: Table) -> NDArray[np.float64]:
    """How surely each of some colours is of graphics on a page: (n,) 0..1.

    Args:
        surfaces: each with another one from its surface, (n, 2, 3) sRGB 0..1.
        side_by_side: pixels side by side at its place, (n, 2, 3).
    """
    flat = (np.abs(np.stack([np.diff(surfaces, axis=1), np.diff(side_by_side, axis=1)])) < FLAT).all((0, 2, 3))
    lab = oklab.from_srgb(surfaces[:, 0].astype(np.float64))
    white = float((flat & (np.linalg.norm(lab - (1, 0, 0), axis=1) < WHITE)).mean())
    dark = _commonest(surfaces[:, 0], flat & (lab[:, 0] < DARK))
    on_white, on_dark = np.interp(white, PAGES, (0, 1)), np.interp(dark.mean(), DARK_PAGES, (0, 1))
    vivid = np.interp(np.linalg.norm(lab[:, 1:], axis=1), VIVID, (0, 1))
    # a dark page is no ink, but on a white one the commonest dark colour is
    return np.asarray(flat * vivid * np.where(dark, on_white * (1 - on_dark), max(on_white, on_dark)))


def _commonest(colours: Table, among: Mask) -> Mask:
    """Which of some colours (n, 3) are the commonest one of those that are marked, as codecs leave it: (n,)."""
    if not among.any():
        return among
    each, counts = np.unique(colours[among], axis=0, return_counts=True)
    return np.asarray(among & (np.abs(colours - each[counts.argmax()]) < FLAT).all(1))


def keep_inks(look: Table, colours: Table, weights: NDArray[np.float64]) -> Table:
    """The look (33, 33, 33, 3) by [blue, green, red] with the inks among some colours (n, 3), sRGB 0..1, kept: each as white is shown times its own channels."""
    if not weights.any():
        return look
    inks, all_of_them = (_about(colours, each, len(look)) for each in (weights, np.ones(len(weights))))
    share = inks / (all_of_them + 1e-9)
    kept = look + share[..., None] * (identity(len(look)) * look[-1, -1, -1] - look)
    return no_steeper(rising(kept)).astype(np.float32)


def _about(colours: Table, weights: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """How much of weighted colours lies about each node: (size, size, size) by [blue, green, red]."""
    blue, green, red = np.rint(colours * (size - 1)).astype(np.intp).T[::-1]
    counted = np.zeros((size, size, size))
    np.add.at(counted, (blue, green, red), weights)
    return np.asarray(gaussian_filter(counted, REACH, mode="constant"))
