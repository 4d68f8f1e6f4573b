"""Kind, extent and easing of a transition, read from the small frames around it by fitting a model of every kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.drift import Drift
from clipzy.analysis.cuts.fitting_kernels import fit_curves
from clipzy.analysis.cuts.mattes import (
    Way,
    fit_dip,
    fit_dissolve,
    fit_mattes,
    plain,
    rather_zoomed,
    spreads,
)
from clipzy.analysis.cuts.model_fits import ModelFit, ModelFits
from clipzy.analysis.cuts.slides import fit_slides
from clipzy.analysis.cuts.zooms import fit_zooms
from clipzy.style.dna import Easing, TransitionType
from clipzy.style.measurements import Direction
from clipzy.style.transitions import eased

Floats = NDArray[np.float32]

_BACKWARDS = 0.5  # weight of progress lost: a transition runs one way
_LEAP = 0.1  # progress in one frame that may go unseen
_JUMP = 0.7  # progress made in one frame from which the change is a cut,
_TIGHTENINGS = 2  # of the limits to the fitted extent, at most
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
# Times: a slight zoom is hardly more than a dissolve; the ratio of what both leave tells it, not the difference
_ZOOMED = 1.1
# in the order in which `fit_curves` tries them
_CURVES = (Easing.LINEAR, Easing.EASE_IN, Easing.EASE_OUT, Easing.EASE_IN_OUT)


@dataclass(frozen=True, slots=True)
class TransitionFit:
    """How one picture becomes another.

    `last_old`, `first_new`: indices of the last pure frame of the old shot and the first pure one of the new (a cut has them side by side).
    `residual` 0 = the model explains every pixel, 1 = nothing. `certainty` 0..1 that the kind is right, from the distance to the
    runner-up. `largest_step`: most progress made in one frame, 0..1. `roughness`: root mean square distance of the progress from the nearest
    curve an editor would choose; chance fits make headway by leaps. `direction`: of a wipe or slide.
    """

    type: TransitionType
    last_old: int
    first_new: int
    easing: Easing
    residual: float
    certainty: float
    largest_step: float
    roughness: float = 0.0
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What lies between two frames.

    `steps` (first_new - last_old,): the mean change of each step; `shown`: the same as a share of the whole change; `contrast`
    (first_new - last_old - 1,): that of each frame between (see `spreads`).
    """

    frames: Floats
    last_old: int
    first_new: int
    steps: Floats
    shown: Floats
    contrast: Floats
    drift: Drift | None

    @classmethod
    def between(
        cls, frames: Floats, limits: tuple[int, int], steps: Floats, contrast: Floats, drift: Drift | None
    ) -> Self:
        """With the mean change of each step, and the contrast of each frame between."""
        last_old, first_new = limits
        change = float(np.abs(frames[first_new] - frames[last_old]).mean())
        return cls(frames, last_old, first_new, steps, np.asarray(steps / max(change, 1e-6)), contrast, drift)

    def tighter(self, last_old: int, first_new: int) -> Self:
        """What lies between two of its frames."""
        first, end = last_old - self.last_old, first_new - self.last_old
        steps, contrast = self.steps[first:end], self.contrast[first : end - 1]
        return self.between(self.frames, (last_old, first_new), steps, contrast, self.drift)


def fit_transition(frames: Floats, last_old: int, first_new: int, drift: Drift | None = None) -> TransitionFit:
    """Fit the change between frames `last_old` and `first_new`, rough limits with a margin, and sharpen the limits.

    Args:
        frames: (T, height, width, 3) float32 RGB 0..1, small (48x27); the limits are moved within them.
        last_old: index of a frame that still belongs to the old shot.
        first_new: index of a later frame that belongs to the new shot.
        drift: how the camera moves between these frames; without it both pictures are taken to stand still.

    Raises:
        ValueError: unless 0 <= last_old < first_new < T.
    """
    if not 0 <= last_old < first_new < len(frames):
        raise ValueError(f"limits {last_old}..{first_new} do not lie in {len(frames)} frames")
    steps = np.abs(np.diff(frames[last_old : first_new + 1], axis=0)).mean((1, 2, 3))
    sudden = _sudden_step(frames, last_old, first_new, steps)
    if sudden is not None:
        return sudden
    contrast = spreads(frames[last_old + 1 : first_new])
    within = _Stretch.between(frames, (last_old, first_new), steps, contrast, drift)
    ranked, reach = _rank(within), _reach(frames, last_old, first_new)
    begin, end, slope = _limits(ranked[0][1])
    for _ in range(_TIGHTENINGS):
        tighter = (last_old + int(np.floor(begin)), min(first_new, last_old + int(np.ceil(end))))
        if tighter == (last_old, first_new) or tighter[1] - tighter[0] < 2:
            break
        reached = _reach(frames, *tighter)
        if reached < _KEPT * reach:
            break
        (last_old, first_new), reach = tighter, reached
        within = within.tighter(*tighter)
        ranked = _rank_again(within, ranked)
        begin, end, slope = _limits(ranked[0][1])
    return _conclude(last_old, first_new, slope, ranked, within.shown)


def _reach(frames: Floats, first: int, last: int) -> float:
    """How far the pictures of a stretch get from its first one.

    The ends of a part of a slow change explain that part better than the ends of the whole explain the whole: what is wrong with a part is what it leaves out.
    """
    return float(np.abs(frames[first + 1 : last + 1] - frames[first]).mean((1, 2, 3)).max())


def _sudden_step(frames: Floats, last_old: int, first_new: int, steps: Floats) -> TransitionFit | None:
    """A cut, where one of the steps between frames, (first_new - last_old,), makes the whole change."""
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
    made = _made(fit.progress)
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
    step = float(made[at])
    return TransitionFit(fit.type, last_old, first_new, slope, fit.residual, certainty, step, rough, fit.direction)


def roughness(progress: Floats) -> float:
    """Distance of a progress from the nearest of the curves over the same frames."""
    full = _full(progress)
    t = np.linspace(0, 1, len(full))
    return min(float(np.sqrt(np.square(eased(t, easing) - full).mean())) for easing in _CURVES)


def _rank(stretch: _Stretch, among: Collection[TransitionType] = tuple(TransitionType)) -> list[tuple[float, ModelFit]]:
    """The nearest model of each of these types with its score, the best first."""
    frames, last_old, first_new, shown = stretch.frames, stretch.last_old, stretch.first_new, stretch.shown
    middle = frames[last_old + 1 : first_new]
    ends = stretch.drift.ends(frames, last_old, first_new) if stretch.drift else None
    old, new = (ends.old, ends.new) if ends else (frames[last_old], frames[first_new])
    way = Way.between(old, new, middle, ends.within if ends else None)
    ranked = [_scored(fit_dissolve(way), shown), *_best_of(fit_mattes(way), shown)]
    if ends:
        # where the camera stops on its way, a dissolve of pictures that stand comes nearer, and must not pass for a richer model
        ranked.append(_scored(fit_dissolve(Way.between(frames[last_old], frames[first_new], middle)), shown))
    if TransitionType.SLIDE in among:
        ranked += _best_of(fit_slides(old, new, middle), shown)
    zooms: ModelFits | None = None
    # one colour that comes nearer stays what it is: what it gives way to, or comes from, is a fade
    if TransitionType.ZOOM in among and not (plain(frames[last_old]) or plain(frames[first_new])):
        zooms = fit_zooms(frames[last_old], frames[first_new], middle, ends)
    dip = fit_dip(old, new, middle, stretch.contrast)
    if dip is not None and (zooms is None or not rather_zoomed(dip, zooms)):
        ranked.append(_scored(dip, shown))
    if zooms is not None:
        ranked += _best_of(zooms, shown)
    return sorted(ranked, key=lambda pair: pair[0])


def _rank_again(stretch: _Stretch, before: list[tuple[float, ModelFit]]) -> list[tuple[float, ModelFit]]:
    """Rank for tighter limits, without the costly models that were far behind; those keep their scores."""
    among = {fit.type for score, fit in before if score < before[0][0] + _BEHIND}
    ranked = _rank(stretch, among)
    fitted = {fit.type for _, fit in ranked}
    return ranked + [(score, fit) for score, fit in before if fit.type not in fitted]


def _best_of(fits: ModelFits, shown: Floats) -> list[tuple[float, ModelFit]]:
    """The best of each type with its score."""
    scores = _scores(fits, shown)
    best: dict[TransitionType, int] = {}
    for k in np.argsort(scores, kind="stable").tolist():
        best.setdefault(fits.types[k], k)
    return [(float(scores[k]), fits.at(k)) for k in best.values()]


def _scored(fit: ModelFit, shown: Floats) -> tuple[float, ModelFit]:
    alone = ModelFits((fit.type,), fit.progress[None], np.array([fit.residual]), np.array([fit.left]))
    return float(_scores(alone, shown)[0]), fit


def _scores(fits: ModelFits, shown: Floats) -> NDArray[np.float64]:
    """Residuals, and what else speaks against a model: a richer family, lost progress, leaps that the picture hardly shows (see `_Stretch`)."""
    made = _made(fits.progress)
    leaps = np.maximum(made - 2 * shown - _LEAP, 0).sum(-1)
    leaps[[kind is TransitionType.FADE for kind in fits.types]] = 0
    more = np.array([_ZOOMED if kind is TransitionType.ZOOM else 1.0 for kind in fits.types])
    richer = np.array([_SIMPLER[kind] for kind in fits.types])
    return np.asarray(fits.residual * more + richer - _BACKWARDS * np.minimum(made, 0).sum(-1) + leaps)


def _made(progress: Floats) -> NDArray[np.float64]:
    """Progress from each frame to the next, (..., n + 1), of that of the frames between, (..., n)."""
    return np.diff(_full(progress), axis=-1)


def _full(progress: Floats) -> NDArray[np.float64]:
    """With that of the frames at both ends: (..., n + 2)."""
    full = np.zeros((*progress.shape[:-1], progress.shape[-1] + 2))
    full[..., 1:-1], full[..., -1] = progress, 1
    return full


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
    step = max(0.5, n / 60)
    errors = np.empty((len(_CURVES), 3))
    fit_curves(_full(progress), np.arange(0, n + 1, step), np.arange(1, n + 1 + step / 2, step), errors)
    best, linear = int(errors[:, 0].argmin()), _CURVES.index(Easing.LINEAR)
    if n < 8 or errors[best, 0] > 0.5 * errors[linear, 0]:
        best = linear
    return float(errors[best, 1]), float(errors[best, 2]), _CURVES[best]
