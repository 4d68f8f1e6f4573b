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
from clipzy.analysis.look.grade import BLIND_RIDGE, TINT, LookStatistics, grade, look_statistics, neutral_prior
from clipzy.analysis.look.slider_target import CAST, MOST_VIVID
from clipzy.analysis.look.tone_curve import regraded

Array = NDArray[np.float64]

LEAST, MOST = (-1.5, -1.5, -1.0, -1.0, -3.0, -3.0), (1.5, 1.5, MOST_VIVID - 1, 1.0, 3.0, 3.0)
"""How far each slider may go, from grey on where it is to undo a cast: a cast that colours all there is, or tones that leave hardly any drawing, are nobody's style."""
CAST_TIMES, CAST_BESIDE = 2.0, 0.1  # a true half reads as a third
_EFFORT = 3e-3  # weight on each squared slider: what the footage cannot show is not asked of it with all force
_ROUNDS, _TRIES = 12, 5  # steps at most, and shorter ones tried for each
_NEAR = 0.005  # a step that is none
_PRIOR_STEP, _STEP = 0.02, 0.05  # of differences that stand for derivatives


def reach(way: Array, cast: Array) -> tuple[Array, Array]:
    """How far sliders may go at most, (6,) each, least and most, for that way from measured to wanted ones, (6,), of colours of that cast, (2,) a and b.

    What shows next to no cast, as ink on paper, cannot be measured as wanted however much is put on: so no more than takes back what
    measuring draws toward 0, and what the guards of a look have for a cast of their own. What saturation would do to the cast that the footage has
    is none of it: `tone_curve.regraded` spreads colours about that.
    """
    least, most = np.array(LEAST), np.array(MOST)
    has, asked = cast[::-1] / TINT, way[CAST]  # temperature is along b, tint along a
    least[CAST] = np.maximum(least[CAST] - np.maximum(has, 0), CAST_TIMES * np.minimum(asked, 0) - CAST_BESIDE)
    most[CAST] = np.minimum(most[CAST] - np.minimum(has, 0), CAST_TIMES * np.maximum(asked, 0) + CAST_BESIDE)
    return least, most


def sliders_for(wanted: Array, lab: Array, cast: Array, least: Array, most: Array) -> Array:
    """Find what has to be put on (Levenberg-Marquardt within bounds).

    Args:
        wanted: (6,) sliders in -1..1, as `grade.fit_grade` is to read them.
        lab: OKLab colours (n, 3) they are to be read of.
        cast: (2,) a and b about which saturation spreads them, see `tone_curve.regraded`.
        least: (6,) how far each may go down, as `reach` gives it.
        most: (6,) the same upward.

    Returns:
        (6,) for `tone_curve.regraded`. As near as that allows where the colours cannot be brought there.
    """
    short, even = _shortfall(wanted), np.ones(len(lab))

    def missing(sliders: Array) -> Array:
        shown = oklab.from_srgb(oklab.into_srgb(regraded(lab, sliders, cast)))
        return short(look_statistics(shown, even))

    sliders: Array = np.clip(np.zeros(6), least, most)
    damping = 1e-3
    left = missing(sliders)
    best = float(left @ left + _EFFORT * sliders @ sliders)
    for _ in range(_ROUNDS):
        jacobian = -_slopes(missing, sliders, _STEP, (least, most))
        downhill = jacobian.T @ left - _EFFORT * sliders
        # what lies at its bound and would go on stays there, and the others reckon with that
        free = np.where(downhill > 0, sliders < most, sliders > least)
        jacobian = jacobian * free
        for _ in range(_TRIES):
            normal = jacobian.T @ jacobian + (_EFFORT + damping) * np.eye(6)
            step = np.linalg.solve(normal, downhill * free)
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


def _slopes(of: Callable[[Array], Array], sliders: Array, step: float, bounds: tuple[Array, Array]) -> Array:
    """How values (k,) of sliders (6,) change with each of them, by differences over `step` to both sides: (k, 6).

    Within bounds: saturation beyond -1 gives the chroma that it gives as far before -1, in the opposite hues, and a difference over both would be none.
    """
    columns = []
    for one in np.eye(len(sliders)):
        low, high = (np.clip(sliders + side * step * one, *bounds) for side in (-1, 1))
        columns.append((of(high) - of(low)) / max(float((high - low).sum()), 1e-9))
    return np.stack(columns, 1)


def _shortfall(wanted: Array) -> Callable[[LookStatistics], Array]:
    """How far what `fit_grade` reads of statistics lies below wanted sliders, (6,), to first order and 0 just where it reads them.

    That fit ends where the sum of squares and ridge is level, so that one look at its slope at the wanted sliders does for a fit.
    """
    prior, ridge = neutral_prior(), np.array(BLIND_RIDGE)
    even = np.ones(len(prior))

    def given(sliders: Array) -> Array:
        return look_statistics(grade(prior, sliders), even).vector()

    there = given(wanted)
    jacobian = _slopes(given, wanted, _PRIOR_STEP, (-np.ones(6), np.ones(6)))
    curvature = jacobian.T @ jacobian + np.diag(ridge)

    def short(of: LookStatistics) -> Array:
        slope = jacobian.T @ (there - of.vector()) + ridge * wanted
        # the scale ends at 1: what would read as more reads as the end of it
        inside = np.flatnonzero((np.abs(wanted) < 1) | (slope * wanted > 0))
        found = np.zeros(6)
        found[inside] = np.linalg.solve(curvature[np.ix_(inside, inside)], slope[inside])
        return found

    return short
