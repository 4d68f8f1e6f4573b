"""Models of gradual transitions: how each kind mixes the old shot's last picture with the new shot's first.

Every model answers the same question: how far has each frame come (progress 0..1), and what share of the change from the old picture
to the new one does the model leave unexplained? All are solved in closed form as sums of squares, so a boundary costs a few
milliseconds. The kinds are those of FFmpeg's xfade filter, which most editors' presets resemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.differences import FLAT
from clipzy.analysis.drift import Ends
from clipzy.analysis.fitting_kernels import crossed, mix_all, spread, ways
from clipzy.analysis.slides import sliding_costs
from clipzy.style.dna import TransitionType

Floats = NDArray[np.float32]
Zoomed = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""From the progress, how many times as large the old picture is, how many times the new one, and the share of the new one."""

STEPS = 33
"""Progress is searched in 1/32 of the transition: finer than one column of a 48-pixel picture."""
ZOOM_STEPS = 17  # and halfway between
_SOFTNESS = (0.03, 0.5, 1.0)  # hard edge (one pixel of 48), xfade's smooth* wipes, xfade's circles
_NEARBY = np.linspace(-1 / 16, 1 / 16, 5)  # of the progress of a zoom, by which the camera's own way may have misled it
_WITHOUT_END = 48  # times: all that is seen is the middle pixel
_OF_DIP = 1.25  # of what a dip leaves, the most that a zoom does: .4 to 1.1 of it, where there is a dip 1.5 and more


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One kind fitted to the frames between two pictures.

    `progress` (n,) 0..1 per frame; `residual` root of the unexplained share of the change, 0 = exact, 1 = no better than guessing
    one of the two ends, mean over frames. `left`: the same not as a share, root of the sum of squares of codes 0..1: of dips the change is another one.
    `turn`: index of the frame at which a dip turns back, None for all other kinds.
    """

    type: TransitionType
    progress: Floats
    residual: float
    left: float
    turn: int | None = None


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
    """Of the sums of squares (n,) that are left in each frame, and that of the change."""
    left = float(np.sqrt(np.maximum(squares, 0)).mean())
    return ModelFit(kind, progress.astype(np.float32), left / float(np.sqrt(max(change, 1e-9))), left)


def plain(picture: Floats) -> bool:
    """Whether a picture (H, W, 3) of codes 0..1 is one colour."""
    return _spread(picture) < FLAT


def _spread(end: Floats) -> float:
    """Standard deviation of a picture, the first of several, mean of its channels."""
    return float(_spreads(end if end.ndim == 3 else end[0])[0])


def _spreads(pictures: Floats) -> Floats:
    """The same of each of several pictures: (n,)."""
    lines = np.require(pictures, np.float32, ("C", "W")).reshape(-1, pictures.shape[-3] * pictures.shape[-2], 3)
    deviation = np.empty((len(lines), 3), np.float32)
    spread(lines, deviation)
    return np.asarray(deviation.mean(1))


def _stored(pictures: Floats) -> Floats:
    """Pictures (n, H, W, 3), one alone where it stands for all: (1, H, W, 3)."""
    if pictures.ndim == 3:
        pictures = pictures[None]
    return np.require(pictures[:1] if pictures.strides[0] == 0 else pictures, np.float32, ("C", "W"))


def _ways(old: Floats, new: Floats, middle: Floats, within: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Products of the whole way with the way made, (n, H, W), squares of the whole way, (n, H, W) or one for all, and of the way made, (n,)."""
    first, last, between = _stored(old), _stored(new), np.require(middle, np.float32, ("C", "W"))
    if len(first) != len(last):
        first, last = (np.require(np.broadcast_to(end, middle.shape), np.float32, ("C", "W")) for end in (first, last))
    there = (
        np.ones((1, *middle.shape[1:3]), np.float32) if within is None else np.require(within, np.float32, ("C", "W"))
    )
    toward, made = np.empty(middle.shape[:3], np.float32), np.empty(len(middle), np.float32)
    power = np.empty((max(len(first), len(there)), *middle.shape[1:3]), np.float32)
    ways((first, last), between, there, (toward, power), made)
    return toward, power, made


def fit_dissolve(old: Floats, new: Floats, middle: Floats, within: Floats | None = None) -> ModelFit:
    """Cross dissolve: every pixel mixes old and new alike. From a flat picture, or into one, it is a fade."""
    along, whole, made = _ways(old, new, middle, within)
    toward, power = along.sum((1, 2)), whole.sum((1, 2))
    progress = np.clip(toward / np.maximum(power, 1e-9), 0, 1)
    left = made - 2 * progress * toward + progress**2 * power
    kind = TransitionType.FADE if min(_spread(old), _spread(new)) < FLAT else TransitionType.DISSOLVE
    return _fit(kind, progress, left, float(power.mean()))


def fit_dip(old: Floats, new: Floats, middle: Floats) -> ModelFit | None:
    """Fade out to one colour and in again; None where no frame between is close to one colour."""
    spreads = _spreads(middle)
    turn = int(spreads.argmin())
    ends = min(_spread(old), _spread(new))
    if ends < FLAT or spreads[turn] > 0.35 * ends:
        return None
    leaving, coming = (np.broadcast_to(end, middle.shape) for end in (old, new))
    color = np.median(middle[turn], (0, 1)).astype(np.float32)
    out = fit_dissolve(leaving[: turn + 1], np.broadcast_to(color, leaving[: turn + 1].shape), middle[: turn + 1])
    back = fit_dissolve(np.broadcast_to(color, coming[turn:].shape), coming[turn:], middle[turn:])
    progress = np.concatenate([out.progress / 2, 0.5 + back.progress[1:] / 2])
    residual, left = (
        (one * (turn + 1) + other * (len(middle) - turn)) / (len(middle) + 1)
        for one, other in ((out.residual, back.residual), (out.left, back.left))
    )
    return ModelFit(TransitionType.FADE, progress.astype(np.float32), residual, left, turn)


def rather_zoomed(dip: ModelFit, zooms: Iterable[ModelFit]) -> bool:
    """Whether a zoom explains what was taken for a dip: one without end comes to one colour too.

    Residuals are shares of different changes there, so what counts is how much is left.
    """
    return any(zoom.left < _OF_DIP * dip.left for zoom in zooms)


def fit_mattes(old: Floats, new: Floats, middle: Floats, within: Floats | None = None) -> Iterator[ModelFit]:
    """Wipes in four directions and circles opening or closing, each with a hard and two soft edges."""
    toward, power, made = _ways(old, new, middle, within)
    # |moved - m delta|^2 = |moved|^2 - 2 m (moved . delta) + m^2 |delta|^2, summed over places of one matte: two matrix products for all mattes
    change = float(power.sum((1, 2)).mean())
    for (kind, opaque, squared), along, whole in zip(
        _mattes(*middle.shape[1:3]), _places(toward), _places(power), strict=True
    ):
        cost = (made[:, None] - 2 * along @ opaque.T + whole @ squared.T).reshape(len(middle), -1, STEPS)
        best, left = cost.argmin(2), cost.min(2)
        for family in range(cost.shape[1]):
            yield _fit(kind, best[:, family] / (STEPS - 1), left[:, family], change)


def _places(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums of values (n, H, W) over what mattes make alike: columns (n, W), lines (n, H), and all four quarters (n, quarter)."""
    n, height, width = values.shape
    half = values[:, : -(-height // 2)].copy()
    half[:, : height // 2] += values[:, : -(height // 2) - 1 : -1]
    quarter = half[:, :, : -(-width // 2)].copy()
    quarter[:, :, : width // 2] += half[:, :, : -(width // 2) - 1 : -1]
    return values.sum(1), values.sum(2), quarter.reshape(n, -1)


def fit_slides(old: Floats, new: Floats, middle: Floats) -> Iterator[ModelFit]:
    """The new picture pushes the old one out, covers it, or is uncovered by it, in four directions."""
    first, last = _stored(old), _stored(new)
    change = float(np.square(last - first).sum((1, 2, 3)).mean())
    for axis in (1, 2):
        for costs in sliding_costs(*(_lines(pictures, axis) for pictures in (first, last, middle))):
            yield _fit(TransitionType.SLIDE, costs.argmin(1) / (costs.shape[1] - 1), costs.min(1), change)


def _lines(pictures: Floats, axis: int) -> Floats:
    """Rows (axis 1) or columns of pictures (n, H, W, 3): (n, size, k)."""
    n, size = len(pictures), pictures.shape[axis]
    return np.require(np.moveaxis(pictures, axis, 1).reshape(n, size, -1), np.float32, ("C", "W"))


def fit_zooms(old: Floats, new: Floats, middle: Floats, ends: Ends | None = None) -> Iterator[ModelFit]:
    """The old picture comes nearer and gives way: to its own middle first, as in xfade, or straight to the new one, which may settle from nearer.

    With `ends` the way that explains most is tried again with both pictures as the camera moves them on.
    """
    change = float(np.square(new - old).sum())
    frames = middle.reshape(len(middle), -1)
    energy = np.square(frames).sum(1)
    fitted: list[tuple[ModelFit, Zoomed]] = []
    for zoomed in _ZOOMS:
        path = np.empty((ZOOM_STEPS, *old.shape[:2], 3), np.float32).reshape(ZOOM_STEPS, old.shape[0], -1)
        mix_all((_flat(old), _flat(new)), zoomed(np.linspace(0, 1, ZOOM_STEPS, dtype=np.float32)), path)
        fitted.append((_along(TransitionType.ZOOM, path.reshape(ZOOM_STEPS, -1), frames, energy, change), zoomed))
    yield from (fit for fit, _ in fitted)
    if ends is not None:
        yield _moved_on(*min(fitted, key=lambda way: way[0].residual), middle, ends)


def _flat(pictures: Floats) -> Floats:
    """Pictures (..., H, W, 3) as (..., H, W * 3)."""
    return np.require(pictures, np.float32, ("C", "W")).reshape(*pictures.shape[:-2], -1)


def _moved_on(still: ModelFit, zoomed: Zoomed, middle: Floats, ends: Ends) -> ModelFit:
    """A zoom near the progress that pictures which stand tell, with those that are moved on."""
    nearby = np.clip(still.progress[:, None] + _NEARBY, 0, 1).astype(np.float32)
    left, within = np.empty(nearby.shape, np.float32), np.require(ends.within, np.float32, ("C", "W"))
    crossed((_flat(ends.old), _flat(ends.new)), _flat(middle), within, zoomed(nearby), left)
    progress = np.take_along_axis(nearby, left.argmin(1)[:, None], 1)[:, 0]
    change = float(np.square((ends.new - ends.old) * ends.within[..., None]).sum((1, 2, 3)).mean())
    return _fit(TransitionType.ZOOM, progress, left.min(1), change)


def _along(kind: TransitionType, path: Floats, frames: Floats, energy: Floats, change: float) -> ModelFit:
    """Place each frame on a path of pictures (steps, pixels), even in progress, or halfway between two of them.

    Halfway between shifts by whole pixels lies, but for the sampling, the shift by half a pixel.
    """
    alike, power = frames @ path.T, np.square(path).sum(1)
    beside = np.einsum("ij,ij->i", path[:-1], path[1:])
    cost = np.empty((len(frames), 2 * len(path) - 1), np.float32)
    cost[:, ::2] = power - 2 * alike
    cost[:, 1::2] = (power[:-1] + power[1:] + 2 * beside) / 4 - alike[:, :-1] - alike[:, 1:]
    return _fit(kind, cost.argmin(1) / (2 * len(path) - 2), cost.min(1) + energy, change)


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


_ZOOMS: tuple[Zoomed, ...] = (
    _into_the_middle,
    *(_crossing(*sizes) for sizes in ((2.0, 1.0), (2.0, 1.5), (4.0, 1.0), (1.0, 2.0))),
)


def _smoothstep(x: Floats) -> Floats:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
