"""The sliders that make some colours read as a style's sliders do.

Measured sliders are drawn toward 0, since what content alone explains is not called grading (`grade.BLIND_RIDGE`), and content hides much of what is
left: of highlights put on dark footage hardly a tenth is read again. Their difference put on as it is would so be taken back a second time. What is
searched for is therefore what has to be put on for the colours, once graded, to be measured like the style.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis import oklab
from clipzy.analysis.grade import BLIND_RIDGE, LookStatistics, grade, look_statistics, neutral_prior
from clipzy.analysis.tone_curve import regraded

Array = NDArray[np.float64]

LEAST, MOST = (-1.5, -1.5, -1.0, -1.0, -3.0, -3.0), (1.5, 1.5, 1.0, 1.0, 3.0, 3.0)
"""How far each slider may go: a cast that colours all there is, or tones that leave hardly any drawing, are nobody's style."""
_EFFORT = 3e-3  # weight on each squared slider: what the footage cannot show is not asked of it with all force
_ROUNDS, _TRIES = 12, 5  # steps at most, and shorter ones tried for each
_NEAR = 0.005  # a step that is none
_PRIOR_STEP, _STEP = 0.02, 0.05  # of differences that stand for derivatives


def sliders_for(wanted: Array, lab: Array, *, saturated: bool = True) -> Array:
    """Find what has to be put on (Levenberg-Marquardt).

    Args:
        wanted: (6,) sliders in -1..1, as `grade.fit_grade` is to read them.
        lab: OKLab colours (n, 3) they are to be read of.
        saturated: whether saturation may be put on; it stays at 0 where not.

    Returns:
        (6,) for `tone_curve.regraded`, within `LEAST` and `MOST`. As near as that allows where the colours cannot be brought there.
    """
    short, even = _shortfall(wanted), np.ones(len(lab))
    free = np.array([1, 1, saturated, 1, 1, 1], float)

    def missing(sliders: Array) -> Array:
        shown = oklab.from_srgb(oklab.into_srgb(regraded(lab, sliders)))
        return short(look_statistics(shown, even))

    sliders: Array = np.zeros(6)
    damping = 1e-3
    left = missing(sliders)
    best = float(left @ left)
    for _ in range(_ROUNDS):
        slopes = [(missing(sliders - s) - missing(sliders + s)) / (2 * _STEP) for s in _STEP * np.eye(6)]
        jacobian = np.stack(slopes, 1)
        for _ in range(_TRIES):
            normal = jacobian.T @ jacobian + (_EFFORT + damping) * np.eye(6)
            step = np.linalg.solve(normal, jacobian.T @ left - _EFFORT * sliders)
            tried = np.asarray(free * np.clip(sliders + step, LEAST, MOST), np.float64)
            rest = missing(tried)
            cost = float(rest @ rest + _EFFORT * tried @ tried)
            if cost < best - 1e-7:
                break
            damping *= 6
        else:
            break
        done = bool(np.abs(tried - sliders).max() < _NEAR)
        sliders, left, best, damping = tried, rest, cost, max(damping / 4, 1e-6)
        if done:
            break
    return sliders


def _shortfall(wanted: Array) -> Callable[[LookStatistics], Array]:
    """How far what `fit_grade` reads of statistics lies below wanted sliders, (6,), to first order and 0 just where it reads them.

    That fit ends where the sum of squares and ridge is level, so that one look at its slope at the wanted sliders does for a fit.
    """
    prior, ridge = neutral_prior(), np.array(BLIND_RIDGE)
    even = np.ones(len(prior))

    def given(sliders: Array) -> Array:
        return look_statistics(grade(prior, sliders), even).vector()

    there = given(wanted)
    slopes = [(given(wanted + s) - given(wanted - s)) / (2 * _PRIOR_STEP) for s in _PRIOR_STEP * np.eye(6)]
    jacobian = np.stack(slopes, 1)
    curvature = jacobian.T @ jacobian + np.diag(ridge)

    def short(of: LookStatistics) -> Array:
        slope = jacobian.T @ (there - of.vector()) + ridge * wanted
        # the scale ends at 1: what would read as more reads as the end of it
        inside = np.flatnonzero((np.abs(wanted) < 1) | (slope * wanted > 0))
        found = np.zeros(6)
        found[inside] = np.linalg.solve(curvature[np.ix_(inside, inside)], slope[inside])
        return found

    return short
