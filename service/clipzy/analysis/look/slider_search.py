"""The sliders that make some colours read as a style's sliders do.

Measured sliders are drawn toward 0, since what content alone explains is not called grading (`grade.BLIND_RIDGE`), and content hides much of what is
left: of highlights put on dark footage hardly a tenth is read again. Their difference put on as it is would so be taken back a second time. What is
searched for is therefore what has to be put on for the colours, once graded, to be measured like the style.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import BLIND_RIDGE, LookStatistics, grade, look_statistics, neutral_prior
from clipzy.analysis.look.tone_curve import regraded

Array = NDArray[np.float64]

LEAST, MOST = (-1.5, -1.5, -1.0, -1.0, -3.0, -3.0), (1.5, 1.5, 1.0, 1.0, 3.0, 3.0)
"""How far each slider may go: a cast that colours all there is, or tones that leave hardly any drawing, are nobody's style."""
CAST = slice(0, 2)  # places of temperature and tint
CAST_TIMES, CAST_BESIDE = 2.0, 0.1  # a true half reads as a third
_EFFORT = 3e-3  # weight on each squared slider: what the footage cannot show is not asked of it with all force
_ROUNDS, _TRIES = 12, 5  # steps at most, and shorter ones tried for each
_NEAR = 0.005  # a step that is none
_PRIOR_STEP, _STEP = 0.02, 0.05  # of differences that stand for derivatives


def reach(way: Array) -> tuple[Array, Array]:
    """How far sliders may go at most, (6,) each, least and most, for that way from measured to wanted ones, (6,).

    What shows next to no cast, as ink on paper, cannot be measured as wanted however much is put on: so no more than takes back what
    measuring draws toward 0, and what the guards of a look have for a cast of their own.
    """
    least, most = np.array(LEAST), np.array(MOST)
    cast = way[CAST]
    least[CAST] = np.maximum(least[CAST], CAST_TIMES * np.minimum(cast, 0) - CAST_BESIDE)
    most[CAST] = np.minimum(most[CAST], CAST_TIMES * np.maximum(cast, 0) + CAST_BESIDE)
    return least, most


def sliders_for(wanted: Array, lab: Array, least: Array, most: Array) -> Array:
    """Find what has to be put on (Levenberg-Marquardt).

    Args:
        wanted: (6,) sliders in -1..1, as `grade.fit_grade` is to read them.
        lab: OKLab colours (n, 3) they are to be read of.
        least: (6,) how far each may go down, as `reach` gives it.
        most: (6,) the same upward; a slider of which both are 0 stays there.

    Returns:
        (6,) for `tone_curve.regraded`. As near as that allows where the colours cannot be brought there.
    """
    short, even = _shortfall(wanted), np.ones(len(lab))
    free = (most > least).astype(np.float64)

    def missing(sliders: Array) -> Array:
        shown = oklab.from_srgb(oklab.into_srgb(regraded(lab, sliders)))
        return short(look_statistics(shown, even))

    sliders: Array = np.zeros(6)
    damping = 1e-3
    left = missing(sliders)
    best = float(left @ left)
    for _ in range(_ROUNDS):
        slopes = [(missing(sliders - s) - missing(sliders + s)) / (2 * _STEP) for s in _STEP * np.eye(6)]
        jacobian = np.stack(slopes, 1) * free
        for _ in range(_TRIES):
            normal = jacobian.T @ jacobian + (_EFFORT + damping) * np.eye(6)
            step = np.linalg.solve(normal, jacobian.T @ left - _EFFORT * sliders)
            tried = np.asarray(np.clip(sliders + step, least, most), np.float64)
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
