"""Models of zooms: pictures on the way of each are made up, and frames are placed among them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.drift import Ends
from clipzy.analysis.cuts.fitting_kernels import crossed, mix_all
from clipzy.analysis.cuts.model_fits import ModelFits
from clipzy.style.dna import TransitionType

Floats = NDArray[np.float32]
Zoomed = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""From the progress, how many times as large the old picture is, how many times the new one, and the share of the new one."""

ZOOM_STEPS = 17  # and halfway between
_NEARBY = np.linspace(-1 / 16, 1 / 16, 5)  # of the progress of a zoom, by which the camera's own way may have misled it
_WITHOUT_END = 48  # times: all that is seen is the middle pixel


def fit_zooms(old: Floats, new: Floats, middle: Floats, ends: Ends | None = None) -> ModelFits:
    """The old picture comes nearer and gives way: to its own middle first, as in xfade, or straight to the new one, which may settle from nearer.

    With `ends` the way that explains most is tried again with both pictures as the camera moves them on.
    """
    change = float(np.square(new - old).sum())
    frames = middle.reshape(len(middle), -1)
    cost = _costs_along(old, new, frames) + np.square(frames).sum(1)[None, :, None]
    progress, left = cost.argmin(2) / (2 * ZOOM_STEPS - 2), cost.min(2)
    still = ModelFits.of((TransitionType.ZOOM,) * len(_ZOOMS), progress, left, change)
    if ends is None:
        return still
    best = int(still.residual.argmin())
    moved = _moved_on(still.progress[best], _ZOOMS[best], middle, ends)
    return ModelFits(
        still.types + moved.types,
        *(
            np.concatenate(both)
            for both in zip(*((f.progress, f.residual, f.left) for f in (still, moved)), strict=True)
        ),
    )


def _flat(pictures: Floats) -> Floats:
    """Pictures (..., H, W, 3) as (..., H, W * 3)."""
    return np.require(pictures, np.float32, ("C", "W")).reshape(*pictures.shape[:-2], -1)


def _costs_along(old: Floats, new: Floats, frames: Floats) -> Floats:
    """Sums of squares that each way leaves of frames (n, pixels), but for those of the frames: (ways, n, 2 * ZOOM_STEPS - 1).

    Even in progress, at pictures of the way and halfway between two of them. Halfway between shifts by whole pixels lies, but for the sampling, the
    shift by half a pixel.
    """
    path = np.empty((len(_ZOOMS) * ZOOM_STEPS, old.shape[0], old.shape[1] * 3), np.float32)
    mix_all((_flat(old), _flat(new)), _ALL_WAYS, path)
    steps = path.reshape(len(path), -1)
    alike = (frames @ steps.T).reshape(len(frames), len(_ZOOMS), ZOOM_STEPS).transpose(1, 0, 2)
    power = np.einsum("ij,ij->i", steps, steps).reshape(-1, 1, ZOOM_STEPS)
    beside = np.zeros(len(steps), np.float32)
    np.einsum("ij,ij->i", steps[:-1], steps[1:], out=beside[:-1])
    between = (power[..., :-1] + power[..., 1:] + 2 * beside.reshape(power.shape)[..., :-1]) / 4
    cost = np.empty((*alike.shape[:2], 2 * ZOOM_STEPS - 1), np.float32)
    cost[..., ::2] = power - 2 * alike
    cost[..., 1::2] = between - alike[..., :-1] - alike[..., 1:]
    return cost


def _moved_on(still: Floats, zoomed: Zoomed, middle: Floats, ends: Ends) -> ModelFits:
    """A zoom near the progress (n,) that pictures which stand tell, with those that are moved on."""
    nearby = np.clip(still[:, None] + _NEARBY, 0, 1).astype(np.float32)
    left, within = np.empty(nearby.shape, np.float32), np.require(ends.within, np.float32, ("C", "W"))
    crossed((_flat(ends.old), _flat(ends.new)), _flat(middle), within, zoomed(nearby), left)
    progress = np.take_along_axis(nearby, left.argmin(1)[:, None], 1)[:, 0]
    change = float(np.square((ends.new - ends.old) * ends.within[..., None]).sum((1, 2, 3)).mean())
    return ModelFits.of((TransitionType.ZOOM,), progress[None], left.min(1)[None], change)


def _into_the_middle(progress: Floats) -> tuple[Floats, Floats, Floats]:
    """As xfade's zoomin does: the old picture is magnified without end in the first half, and in the second gives way to the new one."""
    smooth, opacity = _smoothstep(1 - 2 * progress), _smoothstep(2 * progress - 1)
    return 1 / np.maximum(smooth, np.float32(1 / _WITHOUT_END)), np.ones_like(progress), opacity


def _crossing(nearer: float, settling: float) -> Zoomed:
    """A dissolve during which the old picture grows to `nearer` times its size, and the new one shrinks from `settling` times its own."""

    def zoomed(progress: Floats) -> tuple[Floats, Floats, Floats]:
        leaving = 1 + np.float32(nearer - 1) * progress
        return leaving, np.float32(settling) + np.float32(1 - settling) * progress, progress

    return zoomed


def _smoothstep(x: Floats) -> Floats:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


_ZOOMS: tuple[Zoomed, ...] = (
    _into_the_middle,
    *(_crossing(*sizes) for sizes in ((2.0, 1.0), (2.0, 1.5), (4.0, 1.0), (1.0, 2.0))),
)
_STEPS = np.linspace(0, 1, ZOOM_STEPS, dtype=np.float32)
_ALL_WAYS = tuple(np.concatenate(given) for given in zip(*(zoomed(_STEPS) for zoomed in _ZOOMS), strict=True))
