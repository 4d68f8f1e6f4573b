"""Kind, extent and easing of a transition, read from the small frames around it by fitting a model of every kind."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.drift import Drift
from clipzy.analysis.mattes import (
    ModelFit,
    fit_dip,
    fit_dissolve,
    fit_mattes,
    fit_slides,
    fit_zooms,
    plain,
    rather_zoomed,
)
from clipzy.style.dna import Easing, TransitionType

Floats = NDArray[np.float32]

_BACKWARDS = 0.5  # weight of progress lost: a transition runs one way
_LEAP = 0.1  # progress in one frame that may go unseen
_JUMP = 0.7  # progress made in one frame from which the change is a cut,
_KEPT = 0.75  # share of the change that tighter limits must keep
_SEEN = 0.35  # and the picture shows this share of the change in that frame
_EXPLAINED = 0.35  # where the model that says so leaves less than this unexplained
_BEHIND = 0.25  # of the score: a model this far behind is not tried again on tighter limits
_SIMPLER = {  # a richer family fits noise better: what it must gain on the residual to be believed
    TransitionType.DISSOLVE: 0.0,
    TransitionType.FADE: 0.0,
    TransitionType.WIPE: 0.02,
    TransitionType.CIRCLE: 0.04,
    TransitionType.SLIDE: 0.03,
    TransitionType.ZOOM: 0.0,
}
# times: a slight zoom is hardly more than a dissolve, and tells by how many times less it leaves, not by how much
_ZOOMED = 1.1
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
    runner-up. `largest_step`: most progress made in one frame, 0..1. `roughness`: root mean square distance of the progress from the nearest
    curve an editor would choose; chance fits make headway by leaps.
    """

    type: TransitionType
    last_old: int
    first_new: int
    easing: Easing
    residual: float
    certainty: float
    largest_step: float
    roughness: float = 0.0


def fit_transition(
    frames: Floats, last_old: int, first_new: int, rounds: int = 3, drift: Drift | None = None
) -> TransitionFit:
    """Fit the change between frames `last_old` and `first_new`, rough limits with a margin, and sharpen the limits.

    Args:
        frames: (T, height, width, 3) float32 RGB 0..1, small (48x27); the limits are moved within them.
        last_old: index of a frame that still belongs to the old shot.
        first_new: index of a later frame that belongs to the new shot.
        rounds: how often the limits are tightened to the fitted extent.
        drift: how the camera moves between these frames; without it both pictures are taken to stand still.

    Raises:
        ValueError: unless 0 <= last_old < first_new < T.
    """
    if not 0 <= last_old < first_new < len(frames):
        raise ValueError(f"limits {last_old}..{first_new} do not lie in {len(frames)} frames")
    sudden = _sudden_step(frames, last_old, first_new)
    if sudden is not None:
        return sudden
    ranked = _rank(frames, last_old, first_new, drift)
    begin, end, slope = _limits(ranked[0][1])
    for _ in range(rounds - 1):
        tighter = (last_old + int(np.floor(begin)), min(first_new, last_old + int(np.ceil(end))))
        if tighter == (last_old, first_new) or tighter[1] - tighter[0] < 2:
            break
        if _reach(frames, *tighter) < _KEPT * _reach(frames, last_old, first_new):
            break
        last_old, first_new = tighter
        ranked = _rank_again(frames, last_old, first_new, drift, ranked)
        begin, end, slope = _limits(ranked[0][1])
    return _conclude(last_old, first_new, slope, ranked, _shown(frames, last_old, first_new))


def _reach(frames: Floats, first: int, last: int) -> float:
    """How far the pictures of a stretch get from its first one.

    A stretch within a slow change is explained better than the change as a whole, by its own ends; what tells it from the whole is how much it leaves out.
    """
    return float(np.abs(frames[first + 1 : last + 1] - frames[first]).mean((1, 2, 3)).max())


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


def _conclude(
    last_old: int, first_new: int, slope: Easing, ranked: list[tuple[float, ModelFit]], shown: Floats
) -> TransitionFit:
    score, fit = ranked[0]
    made = np.diff(np.concatenate([[0], fit.progress, [1]]))
    at = int(made.argmax())
    rival = min((other for other, model in ranked[1:] if model.type is not fit.type), default=1.0)
    # a runner-up with twice the residual makes the kind certain; one as good leaves a coin toss
    lead = float(np.clip((rival - score) / max(rival, 0.05), 0, 0.5))
    certainty = (0.5 + lead) * float(np.clip(1.2 - fit.residual, 0, 1))
    if made[at] > _JUMP and fit.residual < _EXPLAINED and shown[at] > _SEEN:
        return TransitionFit(
            TransitionType.CUT, last_old + at, last_old + at + 1, Easing.LINEAR, fit.residual, certainty, 1.0
        )
    rough = roughness(fit.progress)
    return TransitionFit(fit.type, last_old, first_new, slope, fit.residual, certainty, float(made[at]), rough)


def roughness(progress: Floats) -> float:
    """Distance of a progress from the nearest of the curves over the same frames."""
    full = np.concatenate([[0], progress, [1]])
    t = np.linspace(0, 1, len(full))
    return min(float(np.sqrt(np.square(curve(t) - full).mean())) for curve in _CURVES.values())


def _rank(
    frames: Floats,
    last_old: int,
    first_new: int,
    drift: Drift | None,
    among: Collection[TransitionType] = tuple(TransitionType),
) -> list[tuple[float, ModelFit]]:
    """All models of these types with their scores, the best first."""
    middle = frames[last_old + 1 : first_new]
    ends = drift.ends(frames, last_old, first_new) if drift else None
    old, new = (ends.old, ends.new) if ends else (frames[last_old], frames[first_new])
    within = ends.within if ends else None
    fits = [fit_dissolve(old, new, middle, within), *fit_mattes(old, new, middle, within)]
    if ends:
        # where the camera stops on its way, a dissolve of pictures that stand comes nearer, and must not pass for a richer model
        fits.append(fit_dissolve(frames[last_old], frames[first_new], middle))
    if TransitionType.SLIDE in among:
        fits += fit_slides(old, new, middle)
    zooms: list[ModelFit] = []
    # one colour that comes nearer stays what it is: what it gives way to, or comes from, is a fade
    if TransitionType.ZOOM in among and not (plain(frames[last_old]) or plain(frames[first_new])):
        zooms = list(fit_zooms(frames[last_old], frames[first_new], middle, ends))
    dip = fit_dip(old, new, middle)
    if dip is not None and not rather_zoomed(dip, zooms):
        fits.append(dip)
    fits += zooms
    shown = _shown(frames, last_old, first_new)
    return sorted(((_score(fit, shown), fit) for fit in fits), key=lambda pair: pair[0])


def _shown(frames: Floats, last_old: int, first_new: int) -> Floats:
    """How much each step between frames changes the picture, as a share of the whole change: (first_new - last_old,)."""
    change = float(np.abs(frames[first_new] - frames[last_old]).mean())
    return np.asarray(np.abs(np.diff(frames[last_old : first_new + 1], axis=0)).mean((1, 2, 3)) / max(change, 1e-6))


def _rank_again(
    frames: Floats, last_old: int, first_new: int, drift: Drift | None, before: list[tuple[float, ModelFit]]
) -> list[tuple[float, ModelFit]]:
    """Rank for tighter limits, without the costly models that were far behind; those keep their scores."""
    among = {fit.type for score, fit in before if score < before[0][0] + _BEHIND}
    ranked = _rank(frames, last_old, first_new, drift, among)
    fitted = {fit.type for _, fit in ranked}
    return ranked + [(score, fit) for score, fit in before if fit.type not in fitted]


def _score(fit: ModelFit, shown: Floats) -> float:
    """Residual, and what speaks against a model besides: a richer family, progress lost, leaps of which the picture shows little (see `_shown`)."""
    made = np.diff(np.concatenate([[0], fit.progress, [1]]))
    leaps = np.maximum(made - 2 * shown - _LEAP, 0).sum() if fit.type is not TransitionType.FADE else 0.0
    residual = fit.residual * _ZOOMED if fit.type is TransitionType.ZOOM else fit.residual
    return residual + _SIMPLER[fit.type] - _BACKWARDS * float(np.minimum(made, 0).sum()) + float(leaps)


def _limits(fit: ModelFit) -> tuple[float, float, Easing]:
    """The extent of a transition; of a dip, the start of its way out and the end of its way back, which may be far from equally fast."""
    if fit.turn is None:
        return extent(fit.progress)
    begin, _, _ = extent(2 * fit.progress[: fit.turn])
    _, end, _ = extent(2 * fit.progress[fit.turn + 1 :] - 1)
    return begin, fit.turn + 1 + end, Easing.LINEAR


def extent(progress: Floats) -> tuple[float, float, Easing]:
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
