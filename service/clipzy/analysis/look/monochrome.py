"""Videos in black and white, sepia, or another tint for each lightness, as duotone: what tint each lightness has, and looks that show all colours so.

A match of distributions takes colours nearer to such a template but leaves rare ones some of their own: a red car stays reddish. That is not black and white.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab

Array = NDArray[np.float64]
Table = NDArray[np.float32]

LEVELS = 32  # of lightness, as many colours in each
# The chroma in OKLab's unit by which colours differ from the tint of their lightness. Up to the first a video has no colours of its own, from the second on it has.
# All but one in two hundred: codecs leave less than the first of a single tone, and streets under a grey sky, with one car on them, have several times the second
RESIDUE, RESIDUE_QUANTILE = (0.015, 0.03), 0.995
# All but one in ten, of greys: those of films in black and white are alike (0.0), those of an empty road differ by .0039 to .0049. A tint is coded in steps, and
# differs by more the stronger it is and the coarser the codec: sepia of a tint of .035 by .0027 to .0094
BULK, BULK_QUANTILE, BULK_OF_TINT = (0.003, 0.004), 0.9, 0.2
DARK = 0.3  # of lightness, below which one code of noise makes ever more chroma
LEAST_RANGE = 0.15  # of lightness, between its 2nd and 98th percentile: a plain surface has a colour, and no tones
# Two levels that follow each other, so far apart in lightness and in tint, are two colours, not one tint that changes with lightness
GAP, OTHER_TINT = 0.15, 0.03


@dataclass(frozen=True, slots=True)
class Tone:
    """The tint of each lightness. `lightness`: (k,) OKLab, rising from 0; what is lighter than all has the last tint; `chroma`: (k, 2) a and b; `sureness`: 0..1, that there are no other colours."""

    lightness: Array
    chroma: Array
    sureness: float

    def at(self, lightness: Array) -> Array:
        """The tint of lightness (...): (..., 2) a and b."""
        return np.stack([np.interp(lightness, self.lightness, self.chroma[:, axis]) for axis in range(2)], -1)


def tone_of(colours: Table) -> Tone | None:
    """The tone of colours (n, 3), sRGB 0..1; None of those with more than one tint at one lightness, two tints with nothing between, or no range of lightness."""
    lab = oklab.from_srgb(colours.astype(np.float64))
    low, high = np.quantile(lab[:, 0], (0.02, 0.98))
    if high - low < LEAST_RANGE:
        return None
    tone = tints(lab, LEVELS)
    steps = np.diff(tone.lightness[1:]), np.linalg.norm(np.diff(tone.chroma[1:], axis=0), axis=1)
    if ((steps[0] > GAP) & (steps[1] > OTHER_TINT)).any():
        return None
    away = off_tone(lab, tone)
    of_tint = BULK_OF_TINT * float(np.linalg.norm(tone.chroma[1:], axis=1).mean())
    bulk, rare = np.quantile(away, (BULK_QUANTILE, RESIDUE_QUANTILE))
    sureness = min(np.interp(bulk, np.array(BULK) + of_tint, (1.0, 0.0)), np.interp(rare, RESIDUE, (1.0, 0.0)))
    return replace(tone, sureness=float(sureness)) if sureness else None


def tints(lab: Array, levels: int) -> Tone:
    """The middle tint of colours (n, 3), OKLab, at so many levels of lightness, taken for sure."""
    parts = [level for level in np.array_split(lab[lab[:, 0].argsort(kind="stable")], levels) if len(level)]
    # black has no tint, or it would not be black; white has that of the lightest colours
    lightness = np.array([0.0, *(level[:, 0].mean() for level in parts)])
    chroma = np.array([(0.0, 0.0), *(np.median(level[:, 1:], 0) for level in parts)])
    return Tone(lightness, chroma, 1.0)


def off_tone(lab: Array, tone: Tone) -> Array:
    """By how much chroma colours (n, 3), OKLab, differ from the tint of their lightness: (n,). Of dark ones a share counts, as noise is stronger there."""
    return np.asarray(np.linalg.norm(lab[:, 1:] - tone.at(lab[:, 0]), axis=1) * np.minimum(lab[:, 0] / DARK, 1))


def toned(look: Table, tone: Tone, share: float) -> Table:
    """A look (..., 3), sRGB 0..1, with its lightness kept and its tints moved to the tone's by `share` times the tone's sureness, 0..1."""
    lab = oklab.from_srgb(look.astype(np.float64))
    lab[..., 1:] += share * tone.sureness * (tone.at(lab[..., 0]) - lab[..., 1:])
    return np.asarray(oklab.into_srgb(lab), np.float32)
