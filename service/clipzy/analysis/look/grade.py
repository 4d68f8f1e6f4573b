"""The six sliders: a model of grading in OKLab, and the slider values that take a neutral picture to the look of a video.

The model is what the sliders mean. With g in -100..100 and gamma-like OKLab lightness L:

* temperature, tint: 0.07 * g/100 added to b (blue to yellow) and a (green to magenta), fading out towards black and white.
* saturation: chroma times 1 + g/100.
* contrast: an S-curve through (0, 0), (0.55, 0.55), (1, 1) whose slope in the middle is 2 ** (g/100).
* highlights, shadows: 0.11 * g/100 added to L, in a bump over the upper (0.45..1) or the lower (0..0.6) tones.

Contrast, highlights and shadows overlap: in round trips through a LUT and a codec they come back within 5..8 points, the other three within 1..2.

**The neutral prior.** An unknown video has no ungraded original, so its look is described against a neutral picture: luminance
log-normal, as natural scenes are (Huang & Mumford, CVPR 1999), spread 1.3 stops about a median that gives a mean code value of 0.40
(broadcast content averages 0.34..0.45: IEC 62087), clipped at display white; colours average to grey (Buchsbaum 1980) and scatter about
it with mean OKLab chroma 0.045, wider along daylight's blue-yellow axis than across it (Webster & Mollon 1997). So the numbers are a description of the
look, not a recovered recipe: what was filmed counts as much as how it was graded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import norm, qmc

from clipzy.style.dna import ColorGrade

Array = NDArray[np.float64]

PIVOT = 0.55
TINT, _TONE = 0.07, 0.11
_LEVELS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98])
BLIND_RIDGE = (0.02, 0.02, 0.06, 0.08, 0.08, 0.08)
"""Weight on each squared slider, since the picture before grading is unknown: about the variance of the statistics between ungraded videos over the
variance of sliders in use (0.4 of the range), so that what content alone explains is not called grading."""
_STOPS, _MEDIAN_LIGHT, _CHROMA = 1.3, 0.117, 0.045
_PRIOR_SIZE = 2048


@dataclass(frozen=True, slots=True)
class LookStatistics:
    """What a look is measured by: (11,) quantiles of L at 2..98 %, mean a and b, mean chroma about that mean."""

    lightness: Array
    mean_a: float
    mean_b: float
    chroma: float

    @property
    def cast(self) -> Array:
        """Mean a and b: (2,)."""
        return np.array([self.mean_a, self.mean_b])

    def vector(self) -> Array:
        """Scale the statistics to like importance: (14,)."""
        tail = [3 * self.mean_a, 3 * self.mean_b, 0.25 * np.log(self.chroma + 0.004)]
        return np.concatenate([self.lightness, tail])


def _smooth(x: Array) -> Array:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def midtone(lightness: Array) -> Array:
    """1 in the middle of the tone scale, 0 at black and white, which no tint may colour."""
    return _smooth(lightness / 0.18) * _smooth((1.02 - lightness) / 0.12)


def grade(lab: Array, sliders: Array) -> Array:
    """Apply sliders (6,) in -1..1, in the order of ColorGrade, to OKLab colours (..., 3)."""
    temperature, tint, saturation, contrast, highlights, shadows = sliders
    lightness = np.clip(lab[..., 0], 0, 1)
    low = lightness < PIVOT
    reach = np.where(low, lightness / PIVOT, (1 - lightness) / (1 - PIVOT))
    curved = np.power(np.clip(reach, 1e-6, 1), 2.0**contrast)
    tone = np.where(low, curved * PIVOT, 1 - curved * (1 - PIVOT))
    upper = _smooth((tone - 0.45) / 0.3) * _smooth((1 - tone) / 0.22)
    lower = _smooth(tone / 0.22) * _smooth((0.6 - tone) / 0.3)
    tone = tone + _TONE * (highlights * upper + shadows * lower)
    middle = midtone(tone)
    a = lab[..., 1] * (1 + saturation) + TINT * tint * middle
    b = lab[..., 2] * (1 + saturation) + TINT * temperature * middle
    return np.stack([tone, a, b], -1)


def look_statistics(lab: Array, weights: Array) -> LookStatistics:
    """Measure OKLab colours (n, 3) with weights (n,) that need not sum to one."""
    order = np.argsort(lab[:, 0])
    share = np.cumsum(weights[order])
    share = (share - 0.5 * weights[order]) / share[-1]
    lightness = np.interp(_LEVELS, share, lab[order, 0])
    middle = weights * midtone(lab[:, 0])
    middle = middle / max(float(middle.sum()), 1e-9)
    mean_a, mean_b = float(middle @ lab[:, 1]), float(middle @ lab[:, 2])
    chroma = float(middle @ np.hypot(lab[:, 1] - mean_a, lab[:, 2] - mean_b))
    return LookStatistics(lightness, mean_a, mean_b, chroma)


@cache
def neutral_prior() -> Array:
    """Colours of the neutral picture, (2048, 3) OKLab, evenly spread over its distribution (a Halton sequence)."""
    u = qmc.Halton(3, scramble=False).random(_PRIOR_SIZE + 1)[1:] * 0.998 + 0.001
    z = norm.ppf(u)
    light = np.clip(_MEDIAN_LIGHT * 2.0 ** (_STOPS * z[:, 0]), 0.0, 1.0)
    lightness = np.cbrt(light)
    spread = _CHROMA / 1.25 * midtone(lightness)  # mean length of a normal vector of unit spread is 1.25
    return np.stack([lightness, 0.8 * spread * z[:, 1], 1.2 * spread * z[:, 2]], -1)


def fit_grade(target: LookStatistics) -> tuple[ColorGrade, float]:
    """Find the sliders that give the neutral picture a video's statistics: analysis by synthesis, least squares with a ridge toward 0.

    Returns:
        The grade, within ±100, and the distance left, root mean square over the 14 scaled statistics (0.01 is close, 0.1 far off).
    """
    colours = neutral_prior()
    even = np.ones(len(colours))
    want, pull = target.vector(), np.sqrt(BLIND_RIDGE)

    def left(sliders: Array) -> Array:
        statistics = look_statistics(grade(colours, sliders), even).vector()
        return np.concatenate([statistics - want, pull * sliders])

    found = least_squares(left, np.zeros(6), bounds=(-1, 1), method="dogbox", xtol=1e-4)
    distance = float(np.sqrt(np.mean(found.fun[: len(want)] ** 2)))
    return ColorGrade(*(float(v) for v in np.round(100 * found.x, 2) + 0.0)), distance
