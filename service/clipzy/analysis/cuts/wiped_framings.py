"""Wipes, circles, slides and dissolves between two framings of one take, also while the camera moves.

The pictures on both sides show the same things: little changes and most pixels agree, though the shot is another one. Such a transition is found because one
end is an enlarged part of the other, and both ends, carried on as the camera went before and goes after (see `drift`), explain nearly all that is seen by a
transition that runs evenly between them. No such mix explains one picture that moves or is zoomed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.candidates import GEOMETRIC, Found, Limits, limits_of, overlaps, walled
from clipzy.analysis.cuts.double_exposure import doubly_exposed
from clipzy.analysis.cuts.drift import BESIDE, Drift
from clipzy.analysis.cuts.framing_scale import Closer, carried_on, closer_framing, closer_framings
from clipzy.analysis.cuts.transitions import TransitionFit, fit_transition
from clipzy.analysis.each import Each
from clipzy.style.dna import TransitionType

Frames = NDArray[np.uint8]
Spans = Sequence[Limits]

_EVERY_S = 0.2
_GAPS_S = (0.5, 1.0, 1.5)
_SURE_EXPLAINED = 0.75  # between the ends of what is found
_LONGEST_RUN_S = 1.0
# So many stretches are fitted, and one more for so many seconds, the best related first: in a long zoom all are related
_AT_LEAST, _ONE_IN_S = 2, 2.0
_FEWEST = 4  # mixed frames
_AT_ONCE = 64  # pairs of frames that are compared, to bound the memory
_UNEXPLAINED, _CERTAIN, _LEAP, _ROUGH = 0.25, 0.68, 0.35, 0.12
# a shaken camera leaves much unexplained; but each frame is placed by itself, and chance never runs so evenly
_VERY_EVEN, _SHAKEN, _LESS_CERTAIN = 0.03, 0.42, 0.5
_DISSOLVED, _CERTAINLY_DISSOLVED, _DISSOLVE_LEAP = 0.2, 0.82, 0.25  # a dissolve explains much by chance


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: int
    last: int
    related: Closer


def wiped_framings(frames: Frames, taken: Spans, walls: Spans, rate: float, *, each: Each = map) -> list[Found]:
    """Find transitions between two framings.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map.
        taken: last old and first new frame of each boundary that is known; none is looked for over them.
        walls: the same of all that a stretch must not reach over.
        rate: frames per second.
        each: does the work on pairs of frames that need nothing of each other.
    """
    found: list[Found] = []
    closed = walled(walls, len(frames))
    stretches = sorted(_stretches(frames, closed, rate, each), key=lambda s: -s.related.explained)
    left = _AT_LEAST + int(len(frames) / rate / _ONE_IN_S)
    for stretch in stretches:
        if not left:
            break
        spans = [*taken, *(f.ends for f in found)]
        if overlaps(stretch.first, stretch.last, spans):
            continue
        if carried_on(frames, stretch.first, stretch.last):
            continue
        left -= 1
        one = _fitted(frames, stretch, limits_of(stretch.first, stretch.last, closed))
        if one is not None and not overlaps(*one.ends, spans):
            found.append(one)
    return sorted(found, key=lambda f: f.last_old)


def _stretches(frames: Frames, walls: Spans, rate: float, each: Each) -> Iterator[_Stretch]:
    """Stretches between walls with one end that is an enlarged part of the other: the middle one of each run of them."""
    every, longest = max(1, round(_EVERY_S * rate)), round(_LONGEST_RUN_S * rate)
    for gap in (max(_FEWEST + 1, round(gap_s * rate)) for gap_s in _GAPS_S):
        starts = [range(low, high - gap + 1, every) for (_, low), (high, _) in pairwise(walls)]
        all_related = _related(frames, list(chain.from_iterable(starts)), gap, each)
        for firsts in starts:
            run: list[_Stretch] = []
            for first, related in zip(firsts, all_related):  # noqa: B905  # there are more of other walls
                if related is not None:
                    run.append(_Stretch(first, first + gap, related))
                if run and (related is None or len(run) * every >= longest or first + every not in firsts):
                    yield run[len(run) // 2]
                    run = []


def _related(frames: Frames, firsts: Sequence[int], gap: int, each: Each) -> Iterator[Closer | None]:
    """How much closer each of some frames is framed than the one `gap` frames later, or that one than it."""
    pairs = [(first, first + gap) for first in firsts]
    some = (pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE))
    return chain.from_iterable(each(partial(closer_framings, frames), some))


def _fitted(frames: Frames, stretch: _Stretch, limits: Limits) -> Found | None:
    low, high = max(limits[0], stretch.first - BESIDE), min(limits[1], stretch.last + BESIDE)
    around = np.asarray(frames[low : high + 1])
    drift = Drift.seen(around)
    fit = fit_transition(around.astype(np.float32) / 255, stretch.first - low, stretch.last - low, drift=drift)
    fit = replace(fit, last_old=fit.last_old + low, first_new=fit.first_new + low)
    if not _told(fit):
        return None
    if fit.type is TransitionType.DISSOLVE and not doubly_exposed(frames, fit.last_old, fit.first_new):
        return None
    related = closer_framing(frames, fit.last_old, fit.first_new)
    if related is None or related.explained < _SURE_EXPLAINED:
        return None
    return Found(fit.last_old, fit.first_new, fit, fit.certainty)


def _told(fit: TransitionFit) -> bool:
    if fit.first_new - fit.last_old <= _FEWEST:
        return False
    if fit.type in GEOMETRIC:
        if fit.roughness <= _VERY_EVEN:
            return fit.residual <= _SHAKEN and fit.certainty >= _LESS_CERTAIN
        even = fit.largest_step <= _LEAP and fit.roughness <= _ROUGH
        return even and fit.residual <= _UNEXPLAINED and fit.certainty >= _CERTAIN
    return (
        fit.type is TransitionType.DISSOLVE
        and fit.residual <= _DISSOLVED
        and fit.certainty >= _CERTAINLY_DISSOLVED
        and fit.largest_step <= _DISSOLVE_LEAP
    )
