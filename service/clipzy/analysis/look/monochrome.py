"""Videos in black and white, sepia or another single tone: what tint each lightness has, and looks that show all colours so.

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
# The chroma in OKLab's unit by which all but one colour in two hundred differ from the tint of their lightness. Up to the first a video has no colours of its own,
# from the second on it has: codecs leave less than the first of a single tone, and streets under a grey sky, with one car on them, have several times the second
RESIDUE, RESIDUE_QUANTILE = (0.015, 0.03), 0.995
DARK = 0.3  # of lightness, below which one code of noise makes ever more chroma
LEAST_RANGE = 0.15  # of lightness, between its 2nd and 98th percentile: a plain surface has a colour, and no tones


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
    """The tone of colours (n, 3), sRGB 0..1; None of those with more than one hue, more than one tint at one lightness, or no range of lightness."""
    lab = oklab.from_srgb(colours.astype(np.float64))
    low, high = np.quantile(lab[:, 0], (0.02, 0.98))
    if high - low < LEAST_RANGE:
        return None
    mean = lab[:, 1:].mean(0)
    hue = mean / max(float(np.linalg.norm(mean)), 1e-9)
    tinted = np.stack([lab[:, 0], np.maximum(lab[:, 1:] @ hue, 0)], -1)
    levels = [
        level.mean(0) for level in np.array_split(tinted[tinted[:, 0].argsort(kind="stable")], LEVELS) if len(level)
    ]
    # black has no tint, or it would not be black; white has that of the lightest colours
    lightness, amount = np.array([(0.0, 0.0), *levels]).T
    tone = Tone(lightness, amount[:, None] * hue, 1.0)
    away = np.linalg.norm(lab[:, 1:] - tone.at(lab[:, 0]), axis=1) * np.minimum(lab[:, 0] / DARK, 1)
    sureness = float(np.interp(np.quantile(away, RESIDUE_QUANTILE), RESIDUE, (1.0, 0.0)))
    return replace(tone, sureness=sureness) if sureness else None


def toned(look: Table, tone: Tone, share: float) -> Table:
    """A look (..., 3), sRGB 0..1, with its lightness kept and its tints moved to the tone's by `share` times the tone's sureness, 0..1."""
    lab = oklab.from_srgb(look.astype(np.float64))
    lab[..., 1:] += share * tone.sureness * (tone.at(lab[..., 0]) - lab[..., 1:])
    return np.asarray(oklab.into_srgb(lab), np.float32)
