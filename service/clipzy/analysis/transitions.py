"""Kind, extent and easing of a transition, read from the small frames around it by fitting a model of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.mattes import ModelFit, fit_dip, fit_dissolve, fit_mattes, fit_slides
from clipzy.style.dna import Easing, TransitionType

Floats = NDArray[np.float32]

_BACKWARDS = 0.5  # weight of progress lost: a transition runs one way
_JUMP = 0.7  # progress made in one frame from which the change is a cut,
_EXPLAINED = 0.35  # where the model that says so leaves less than this unexplained
_SIMPLER = {  # a richer family fits noise better: what it must gain on the residual to be believed
    TransitionType.DISSOLVE: 0.0,
    TransitionType.FADE: 0.0,
    TransitionType.WIPE: 0.02,
    TransitionType.CIRCLE: 0.04,
    TransitionType.SLIDE: 0.03,
}
_CURVES: dict[Easing, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    Easing.LINEAR: lambda t: t,
    Easing.EASE_IN: lambda t: t**2,
    Easing.EASE_OUT: lambda t: 1 - (1 - t) ** 2,
    Easing.EASE_IN_OUT: lambda t: t * t * (3 - 2 * t),
}


@dataclass(frozen=True, slots=True)
class TransitionFit:
    """How one picture becomes another.

    `last_old`, `first_new`: indices of the last pure frame of the old shot and the first pure one of the new (a cut has them side by side).
    `residual` 0 = the model explains every pixel, 1 = nothing. `certainty` 0..1 that the kind is right, from the distance to the
    runner-up. `largest_step`: most progress made in one frame, 0..1.
    """

    type: TransitionType
    last_old: int
    first_new: int
    easing: Easing
    residual: float
    certainty: float
    largest_step: float


def fit_transition(frames: Floats, last_old: int, first_new: int, rounds: int = 3) -> TransitionFit:
    """Fit the change between frames `last_old` and `first_new`, rough limits with a margin, and sharpen the limits.

    Args:
        frames: (T, height, width, 3) float32 RGB 0..1, small (48x27); the limits are moved within them.
        last_old: index of a frame that still belongs to the old shot.
        first_new: index of a later frame that belongs to the new shot.
        rounds: how often the limits are tightened to the fitted extent.

    Raises:
        ValueError: unless 0 <= last_old < first_new < T.
    """
    if not 0 <= last_old < first_new < len(frames):
        raise ValueError(f"limits {last_old}..{first_new} do not lie in {len(frames)} frames")
    sudden = _sudden_step(frames, last_old, first_new)
    if sudden is not None:
        return sudden
    ranked = _rank(frames, last_old, first_new)
    begin, end, slope = _extent(ranked[0][1].progress)
    for _ in range(rounds - 1):
        tighter = (last_old + int(np.floor(begin)), min(first_new, last_old + int(np.ceil(end))))
        if tighter == (last_old, first_new) or tighter[1] - tighter[0] < 2:
            break
        last_old, first_new = tighter
        ranked = _rank(frames, last_old, first_new)
        begin, end, slope = _extent(ranked[0][1].progress)
    return _conclude(last_old, first_new, slope, ranked)


def _sudden_step(frames: Floats, last_old: int, first_new: int) -> TransitionFit | None:
    """A cut, where one step between frames makes the whole change."""
    steps = np.abs(np.diff(frames[last_old : first_new + 1], axis=0)).mean((1, 2, 3))
    at = int(steps.argmax())
    second = float(np.sort(steps)[-2]) if len(steps) > 1 else 0.0
    change = float(np.abs(frames[first_new] - frames[last_old]).mean())
    if len(steps) > 1 and (steps[at] <= 3 * second or steps[at] <= 0.5 * change):
        return None
    gap = float(np.clip(1 - second / max(float(steps[at]), 1e-6), 0, 1))
    return TransitionFit(TransitionType.CUT, last_old + at, last_old + at + 1, Easing.LINEAR, 0.0, gap, 1.0)


def _conclude(last_old: int, first_new: int, slope: Easing, ranked: list[tuple[float, ModelFit]]) -> TransitionFit:
    score, fit = ranked[0]
    made = np.diff(np.concatenate([[0], fit.progress, [1]]))
    at = int(made.argmax())
    rival = next((other for other, model in ranked[1:] if model.type is not fit.type), 1.0)
    # a runner-up with twice the residual makes the kind certain; one as good leaves a coin toss
    lead = float(np.clip((rival - score) / max(rival, 0.05), 0, 0.5))
    certainty = (0.5 + lead) * float(np.clip(1.2 - fit.residual, 0, 1))
    if made[at] > _JUMP and fit.residual < _EXPLAINED:
        return TransitionFit(
            TransitionType.CUT, last_old + at, last_old + at + 1, Easing.LINEAR, fit.residual, certainty, 1.0
        )
    return TransitionFit(fit.type, last_old, first_new, slope, fit.residual, certainty, float(made[at]))


def _rank(frames: Floats, last_old: int, first_new: int) -> list[tuple[float, ModelFit]]:
    old, new, middle = frames[last_old], frames[first_new], frames[last_old + 1 : first_new]
    fits = [fit_dissolve(old, new, middle), *fit_mattes(old, new, middle), *fit_slides(old, new, middle)]
    dip = fit_dip(old, new, middle)
    if dip is not None:
        fits.append(dip)
    return sorted(((_score(fit), fit) for fit in fits), key=lambda pair: pair[0])


def _score(fit: ModelFit) -> float:
    steps = np.diff(np.concatenate([[0], fit.progress, [1]]))
    return fit.residual + _SIMPLER[fit.type] - _BACKWARDS * float(np.minimum(steps, 0).sum())


def _extent(progress: Floats) -> tuple[float, float, Easing]:
    """Where progress leaves 0 and reaches 1, in frames after the last old one, and the curve between.

    `progress[k]` belongs to frame k + 1. The curve is called linear unless another halves the error: labels of easing from short
    transitions are right about half the time otherwise.
    """
    n = len(progress)
    frame = np.arange(n + 2)
    full = np.concatenate([[0], progress, [1]])
    step = max(0.5, n / 60)
    begins, ends = np.meshgrid(np.arange(0, n + 1, step), np.arange(1, n + 1 + step / 2, step), indexing="ij")
    usable = ends - begins >= 1
    begins, ends = begins[usable], ends[usable]
    t = np.clip((frame - begins[:, None]) / (ends - begins)[:, None], 0, 1)
    errors = {}
    for easing, curve in _CURVES.items():
        error = np.square(curve(t) - full).mean(1)
        errors[easing] = (float(np.sqrt(error.min())), int(error.argmin()))
    best = min(errors, key=lambda easing: errors[easing][0])
    if n < 8 or errors[best][0] > 0.5 * errors[Easing.LINEAR][0]:
        best = Easing.LINEAR
    at = errors[best][1]
    return float(begins[at]), float(ends[at]), best
