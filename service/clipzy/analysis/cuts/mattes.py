"""Models of gradual transitions: how each kind mixes the old shot's last picture with the new shot's first.

Every model answers the same question: how far has each frame come (progress 0..1), and what share of the change from the old picture
to the new one does the model leave unexplained? All are solved in closed form as sums of squares, so a boundary costs a few
milliseconds. The kinds are those of FFmpeg's xfade filter, which most editors' presets resemble.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import FLAT
from clipzy.analysis.cuts.fitting_kernels import spread, ways
from clipzy.analysis.cuts.model_fits import ModelFit, ModelFits
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Direction

Floats = NDArray[np.float32]

STEPS = 33
"""Progress is searched in 1/32 of the transition: finer than one column of a 48-pixel picture."""
_SOFTNESS = (0.03, 0.5, 1.0)  # hard edge (one pixel of 48), xfade's smooth* wipes, xfade's circles
# of the edges of `_mattes`, in its order: along each field and against it
_WAYS = (Direction.RIGHT, Direction.LEFT), (Direction.DOWN, Direction.UP), (None, None)
# Times what the dip leaves, the most that a true zoom does: .4 to 1.1; where there is a dip 1.5 and more
_OF_DIP = 1.25


@lru_cache(maxsize=8)
def _mattes(height: int, width: int) -> tuple[tuple[TransitionType, Floats, Floats], ...]:
    """Opacity of the new picture for each family and progress, and its square, (families * STEPS, places) each.

    Those of wipes across differ from column to column alone, those down from line to line, and those of circles are alike in all four quarters: in this order.
    """
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    quarter = np.meshgrid(x[: -(-width // 2)], y[: -(-height // 2)])
    radius = np.hypot((quarter[0] - 0.5) * width, (quarter[1] - 0.5) * height) / np.hypot(width / 2, height / 2)
    kinds = (TransitionType.WIPE, TransitionType.WIPE, TransitionType.CIRCLE)
    return tuple((kind, *_opacities(field.ravel())) for kind, field in zip(kinds, (x, y, radius), strict=True))


def _opacities(field: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Of edges that run along a field 0..1, and against it, hard or soft."""
    progress = np.linspace(0, 1, STEPS)[:, None]
    opaque = np.concatenate(
        [np.clip((progress * (1 + soft) - way) / soft, 0, 1) for way in (field, 1 - field) for soft in _SOFTNESS]
    ).astype(np.float32)
    return opaque, np.square(opaque)


def _fit(kind: TransitionType, progress: Floats, squares: Floats, change: float) -> ModelFit:
    """A fit from the sums of squares (n,) that are left in each frame, and the sum of squares of the change."""
    return ModelFits.of((kind,), progress[None], squares[None], change).at(0)


def plain(picture: Floats) -> bool:
    """Whether a picture (H, W, 3) of codes 0..1 is one colour."""
    return _spread(picture) < FLAT


def _spread(end: Floats) -> float:
    """Standard deviation of a picture, the first of several, mean of its channels."""
    red, green, blue = cv2.meanStdDev(end if end.ndim == 3 else end[0])[1].ravel().tolist()
    return float((red + green + blue) / 3)


def spreads(pictures: Floats) -> Floats:
    """Standard deviation of each of several pictures (n, H, W, 3), mean of its channels: (n,)."""
    lines = np.require(pictures, np.float32, ("C", "W")).reshape(-1, pictures.shape[-3] * pictures.shape[-2], 3)
    deviation = np.empty((len(lines), 3), np.float32)
    spread(lines, deviation)
    return np.asarray(deviation.mean(1))


def stored(pictures: Floats) -> Floats:
    """Pictures (n, H, W, 3), one alone where it stands for all: (1, H, W, 3)."""
    if pictures.ndim == 3:
        pictures = pictures[None]
    return np.require(pictures[:1] if pictures.strides[0] == 0 else pictures, np.float32, ("C", "W"))


@dataclass(frozen=True, slots=True)
class Way:
    """The way from one picture to another, and how much of it n frames have made.

    `toward` (n, H, W): products of the whole way with the way made. `power` (n, H, W), or one for all: squares of the whole way. `made` (n,): squares of
    the way made, summed over all pixels. `kind`: what a dissolve between both is: a fade where one of them is flat.
    """

    toward: Floats
    power: Floats
    made: Floats
    kind: TransitionType

    @classmethod
    def between(cls, old: Floats, new: Floats, middle: Floats, within: Floats | None = None) -> Self:
        """From pictures (H, W, 3), or one for each frame, with the pixels that count, (n, H, W) 0 or 1."""
        first, last, seen = stored(old), stored(new), np.require(middle, np.float32, ("C", "W"))
        if len(first) != len(last):
            first, last = (
                np.require(np.broadcast_to(end, middle.shape), np.float32, ("C", "W")) for end in (first, last)
            )
        there = np.ones((1, *middle.shape[1:3]), np.float32)
        if within is not None:
            there = np.require(within, np.float32, ("C", "W"))
        toward, made = np.empty(middle.shape[:3], np.float32), np.empty(len(middle), np.float32)
        power = np.empty((max(len(first), len(there)), *middle.shape[1:3]), np.float32)
        ways((first, last), seen, there, (toward, power), made)
        flat = min(_spread(old), _spread(new)) < FLAT
        return cls(toward, power, made, TransitionType.FADE if flat else TransitionType.DISSOLVE)


def fit_dissolve(way: Way) -> ModelFit:
    """Cross dissolve: every pixel mixes old and new alike."""
    toward, power = way.toward.sum((1, 2)), way.power.sum((1, 2))
    progress = np.clip(toward / np.maximum(power, 1e-9), 0, 1)
    left = way.made - 2 * progress * toward + progress**2 * power
    return _fit(way.kind, progress, left, float(power.mean()))


def fit_dip(old: Floats, new: Floats, middle: Floats, contrast: Floats | None = None) -> ModelFit | None:
    """Fade out to one colour and in again; None where no frame between is close to one colour. `contrast`: the `spreads` of these, where known."""
    contrast = spreads(middle) if contrast is None else contrast
    turn = int(contrast.argmin())
    ends = min(_spread(old), _spread(new))
    if ends < FLAT or contrast[turn] > 0.35 * ends:
        return None
    leaving, coming = (np.broadcast_to(end, middle.shape) for end in (old, new))
    color = np.median(middle[turn], (0, 1)).astype(np.float32)
    out, back = (
        fit_dissolve(Way.between(*way))
        for way in (
            (leaving[: turn + 1], np.broadcast_to(color, leaving[: turn + 1].shape), middle[: turn + 1]),
            (np.broadcast_to(color, coming[turn:].shape), coming[turn:], middle[turn:]),
        )
    )
    progress = np.concatenate([out.progress / 2, 0.5 + back.progress[1:] / 2])
    residual, left = (
        (one * (turn + 1) + other * (len(middle) - turn)) / (len(middle) + 1)
        for one, other in ((out.residual, back.residual), (out.left, back.left))
    )
    return ModelFit(TransitionType.FADE, progress.astype(np.float32), residual, left, turn)


def rather_zoomed(dip: ModelFit, zooms: ModelFits) -> bool:
    """Whether a zoom explains what was taken for a dip: one without end comes to one colour too.

    Residuals are shares of different changes there, so what counts is how much is left.
    """
    return bool((zooms.left < _OF_DIP * dip.left).any())


def fit_mattes(way: Way) -> ModelFits:
    """Wipes in four directions and circles opening or closing, each with a hard and two soft edges."""
    n = len(way.made)
    # |moved - m delta|^2 = |moved|^2 - 2 m (moved . delta) + m^2 |delta|^2, summed over places of one matte: two matrix products for all mattes
    costs = [
        (way.made[:, None] - 2 * along @ opaque.T + whole @ squared.T).reshape(n, -1, STEPS)
        for (_, opaque, squared), along, whole in zip(
            _mattes(*way.toward.shape[1:]), _places(way.toward), _places(way.power), strict=True
        )
    ]
    types = [
        kind
        for (kind, *_), cost in zip(_mattes(*way.toward.shape[1:]), costs, strict=True)
        for _ in range(cost.shape[1])
    ]
    directions = [direction for ways_of_field in _WAYS for direction in ways_of_field for _ in _SOFTNESS]
    cost = np.concatenate(costs, 1).transpose(1, 0, 2)
    change = float(way.power.sum((1, 2)).mean())
    return ModelFits.of(types, cost.argmin(2) / (STEPS - 1), cost.min(2), change, directions)


def _places(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums of values (n, H, W) over what mattes make alike: columns (n, W), lines (n, H), and all four quarters (n, quarter)."""
    n, height, width = values.shape
    half = values[:, : -(-height // 2)].copy()
    half[:, : height // 2] += values[:, : -(height // 2) - 1 : -1]
    quarter = half[:, :, : -(-width // 2)].copy()
    quarter[:, :, : width // 2] += half[:, :, : -(width // 2) - 1 : -1]
    return values.sum(1), values.sum(2), quarter.reshape(n, -1)
