"""Stretches in which one shot may gradually become another: the transition that explains each best, and how far to believe it.

Some model explains any window on a moving picture. A transition is believed when the network saw one, when little is left unexplained, when an edge or a slide
moves evenly although each frame is placed by itself, and when the picture changes faster than in the shots beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import steps
from clipzy.analysis.cuts.drift import BESIDE, Drift
from clipzy.analysis.cuts.mattes import plain
from clipzy.analysis.cuts.transitions import TransitionFit, fit_transition
from clipzy.style.dna import TransitionType

Frames = NDArray[np.uint8]
Limits = tuple[int, int]  # numbers of a stretch's first and last frame, which may be pure pictures of two shots

LEAST_SHOT = 2  # frames
MARGINS_S = (0.2, 0.4, 0.8)  # many_hot under-covers transitions by 4 frames a side and misses most of a wipe or slide
# What a wider window may lose where the network saw a transition, for the ends of a dissolve's middle explain that as well as the whole; and what it must gain
# elsewhere, for some model explains any window on a moving picture
_WIDER = 0.03
_SURE_CUT = 0.66  # the step is three times the next: see `fit_transition`
# kinds whose progress is searched for each frame by itself
GEOMETRIC = (TransitionType.WIPE, TransitionType.SLIDE, TransitionType.CIRCLE)
_THROUGH_ONE_COLOUR = (TransitionType.FADE, TransitionType.ZOOM)
_HELD_S = 0.2  # of one colour, from which it counts as a picture of its own
_WHOLE_RESIDUAL, _WHOLE_ROUGH = 0.3, 0.12  # at most, of what goes through it: true ones .25 and .07, chance .27 and .19
_PURE_FRAMES, _WELL_EXPLAINED = 2, 0.2
_HOPELESS = 0.45  # residual in the narrowest window, where nobody saw a transition: of those that were found in wider ones .36 at most
_REGULAR_FRAMES = 6
_ROUGH = 0.08  # chance fits of these kinds are rougher than 0.07, true ones smoother than 0.04
_LEAST_CONFIDENCE = 0.35  # of what the network saw and a model should explain
_LARGEST_LEAP = 0.7  # of its progress, in one frame
_BESIDE = 8  # steps on each side that say how lively the shots are
_LIVELIER, _SLIDE_LIVELIER = 1.3, 1.8  # times livelier than the shots beside it: a slide moves everything
_CARRIED_ON = 0.5  # what is left of the confidence where the shots beside it are as lively
_PROPOSAL_RESIDUAL = 0.4  # a proposal must be explained by some model at least this well,
_PROPOSAL_CERTAINTY = 0.5
_PROPOSAL_STEP = 0.55  # and must not happen in one frame
_PROPOSAL_FRAMES = 4
_MOSTLY_REGULAR, _REGULAR_CONFIDENCE = 0.5, 0.5  # even progress makes this confidence enough
_PROPOSAL_CONFIDENCE = 0.6  # drifting shots yield chance fits up to 0.54, transitions 0.75 and more


@dataclass(frozen=True, slots=True)
class Found:
    """A boundary in frame numbers: `last_old` is the old shot's last pure frame, `first_new` the new shot's first."""

    last_old: int
    first_new: int
    fit: TransitionFit | None  # None for a cut
    confidence: float

    @property
    def ends(self) -> Limits:
        """`last_old` and `first_new`."""
        return self.last_old, self.first_new


def walled(walls: Sequence[Limits], n: int) -> list[Limits]:
    """What a stretch of n frames must not reach over, in order: walls, and the ends of the video."""
    return sorted([(-1, 0), *walls, (n - 1, n)])


def limits_of(first: int, last: int, walls: Sequence[Limits]) -> Limits:
    """First and last frame between the walls about a stretch."""
    return max(new for old, new in walls if old < first), min(old for old, new in walls if new > last)


def overlaps(first: int, last: int, taken: Sequence[Limits]) -> bool:
    """Whether a stretch reaches into any that is taken."""
    return any(first < new and old < last for old, new in taken)


def fitted(frames: Frames, core: tuple[int, int], limits: tuple[int, int], rate: float, belief: float) -> Found:
    """Fit the change around `core` with growing margins; of windows that are explained about as well the widest counts."""
    widest = BESIDE + max(2, round(MARGINS_S[-1] * rate))
    start, end = max(limits[0], core[0] - widest), min(limits[1], core[1] + widest)
    if end <= start:
        return Found(core[0], core[1], None, belief)
    around = np.asarray(frames[start : end + 1], np.float32) / 255
    drift = Drift.seen(frames[start : end + 1])
    fit: TransitionFit | None = None
    for low, high in _windows(core, limits, rate):
        wider = fit_transition(around, low - start, high - start, drift=drift)
        wider = replace(wider, last_old=wider.last_old + start, first_new=wider.first_new + start)
        if wider.type is TransitionType.CUT and wider.residual == 0 and wider.certainty > _SURE_CUT:
            return Found(wider.last_old, wider.first_new, None, belief)
        as_good = fit is None or wider.residual < fit.residual + (_WIDER if belief > 0 else -_WIDER)
        if fit is None or as_good or (_whole(wider) and _half_seen(frames, fit, rate)):
            fit = wider
        if not belief and (fit.residual > _HOPELESS or _settled(fit, (low, high), frames, rate)):
            break
    assert fit is not None  # of the first margin
    found = Found(fit.last_old, fit.first_new, None if fit.type is TransitionType.CUT else fit, 0.0)
    lively = _liveliness(frames, found, limits) > (_SLIDE_LIVELIER if fit.type is TransitionType.SLIDE else _LIVELIER)
    regular = regularity(fit) if lively else 0.0
    there = 1 - (1 - belief) * min(1.0, fit.residual / _PROPOSAL_RESIDUAL) * (1 - regular)
    # a moving camera pushes one picture out and another in as a slide does, and where it is slow mixes them as a dissolve does
    alone = fit.type is TransitionType.SLIDE or (fit.type is TransitionType.DISSOLVE and not belief)
    return replace(found, confidence=there * fit.certainty * (_CARRIED_ON if alone and not lively else 1))


def _windows(core: tuple[int, int], limits: tuple[int, int], rate: float) -> list[tuple[int, int]]:
    """Windows around a core within the limits, wider and wider, each once."""
    pads = [max(2, round(margin * rate)) for margin in MARGINS_S]
    return list(dict.fromkeys((max(limits[0], core[0] - pad), min(limits[1], core[1] + pad)) for pad in pads))


def _settled(fit: TransitionFit, window: tuple[int, int], frames: Frames, rate: float) -> bool:
    """Whether wider windows have nothing to add: what was found is well explained, whole, and has pure pictures on both sides."""
    pure = min(fit.last_old - window[0], window[1] - fit.first_new)
    return pure >= _PURE_FRAMES and fit.residual <= _WELL_EXPLAINED and not _half_seen(frames, fit, rate)


def _half_seen(frames: Frames, fit: TransitionFit, rate: float) -> bool:
    """Whether a fade from or to one colour is half of a transition: beyond that colour lies another picture, not more of the colour."""
    if fit.type is not TransitionType.FADE:
        return False
    held = round(_HELD_S * rate)
    beyond = max(0, fit.last_old - held), min(len(frames) - 1, fit.first_new + held)
    return any(
        plain(frames[end] / np.float32(255)) and not plain(frames[other] / np.float32(255))
        for end, other in zip((fit.last_old, fit.first_new), beyond, strict=True)
    )


def _whole(fit: TransitionFit) -> bool:
    """Whether it passes through one colour evenly enough to be both halves of a fade."""
    return fit.type in _THROUGH_ONE_COLOUR and fit.roughness <= _WHOLE_ROUGH and fit.residual <= _WHOLE_RESIDUAL


def _liveliness(frames: Frames, found: Found, limits: tuple[int, int]) -> float:
    """How many times faster the picture changes within a boundary than in the livelier shot beside it."""
    low, high = max(limits[0], found.last_old - _BESIDE), min(limits[1], found.first_new + _BESIDE)
    change = steps(frames[low : high + 1])
    first, last = found.last_old - low, found.first_new - low
    beside = [float(np.median(part)) for part in (change[:first], change[last:]) if len(part) > 1]
    return float(np.median(change[first:last])) / max([*beside, 1e-3]) if beside else float("inf")


def regularity(fit: TransitionFit) -> float:
    """How strongly steady progress speaks for a transition, 0..1: each frame is placed by itself, so an edge or a slide hardly moves evenly by chance.

    A dissolve's progress says nothing: it is steady wherever a picture changes steadily.
    """
    if fit.type not in GEOMETRIC or fit.first_new - fit.last_old < _REGULAR_FRAMES:
        return 0.0
    return float(np.clip(1 - fit.roughness / _ROUGH, 0, 1))


def plausible(candidate: Found) -> bool:
    """Whether a model confirms what the network saw: well enough, and without a leap that the picture does not show."""
    fit = candidate.fit
    return fit is None or (candidate.confidence >= _LEAST_CONFIDENCE and fit.largest_step <= _LARGEST_LEAP)


def convincing(candidate: Found) -> bool:
    """Whether the picture alone proves a transition that the network did not see."""
    fit = candidate.fit
    return (
        fit is not None
        and fit.residual <= _PROPOSAL_RESIDUAL
        and fit.certainty >= _PROPOSAL_CERTAINTY
        and fit.largest_step <= _PROPOSAL_STEP
        and candidate.first_new - candidate.last_old >= _PROPOSAL_FRAMES
        and candidate.confidence >= (_REGULAR_CONFIDENCE if regularity(fit) > _MOSTLY_REGULAR else _PROPOSAL_CONFIDENCE)
    )
