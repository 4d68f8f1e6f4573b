"""Models of gradual transitions: how each kind mixes the old shot's last picture with the new shot's first.

Every model answers the same question: how far has each frame come (progress 0..1), and what share of the change from the old picture
to the new one does the model leave unexplained? All are solved in closed form as sums of squares, so a boundary costs a few
milliseconds. The kinds are those of FFmpeg's xfade filter, which most editors' presets resemble.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.differences import FLAT
from clipzy.analysis.drift import Ends
from clipzy.analysis.slides import sliding_costs
from clipzy.style.dna import TransitionType

Floats = NDArray[np.float32]
Zoomed = Callable[[Floats, Floats, float], Floats]

STEPS = 33
"""Progress is searched in 1/32 of the transition: finer than one column of a 48-pixel picture."""
ZOOM_STEPS = 17  # and halfway between
_NEARBY = np.linspace(-1 / 16, 1 / 16, 5)  # of the progress of a zoom, by which the camera's own way may have misled it
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
def _mattes(height: int, width: int) -> tuple[tuple[TransitionType, ...], Floats, Floats]:
    """Opacity of the new picture for each family and progress, and its square: (families * STEPS, height * width) each."""
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    radius = np.hypot((x - 0.5) * width, (y - 0.5) * height) / np.hypot(width / 2, height / 2)
    fields = [(TransitionType.WIPE, f) for f in (x, 1 - x, y, 1 - y)]
    fields += [(TransitionType.CIRCLE, radius), (TransitionType.CIRCLE, 1 - radius)]
    progress = np.linspace(0, 1, STEPS)[:, None, None]
    kinds, mattes = [], []
    for kind, field in fields:
        for softness in (0.03, 0.5, 1.0):  # hard edge (one pixel of 48), xfade's smooth* wipes, xfade's circles
            kinds.append(kind)
            mattes.append(np.clip((progress * (1 + softness) - field) / softness, 0, 1).reshape(STEPS, -1))
    opaque = np.concatenate(mattes).astype(np.float32)
    return tuple(kinds), opaque, np.square(opaque)


def _fit(kind: TransitionType, progress: Floats, squares: Floats, change: float) -> ModelFit:
    """Of the sums of squares (n,) that are left in each frame, and that of the change."""
    left = float(np.sqrt(np.maximum(squares, 0)).mean())
    return ModelFit(kind, progress.astype(np.float32), left / float(np.sqrt(max(change, 1e-9))), left)


def plain(picture: Floats) -> bool:
    """Whether a picture (H, W, 3) of codes 0..1 is one colour."""
    return _spread(picture) < FLAT


def _spread(end: Floats) -> float:
    """Standard deviation of a picture, the first of several, mean of its channels."""
    return float(cv2.meanStdDev(end if end.ndim == 3 else end[0])[1].mean())


def _ways(old: Floats, new: Floats, middle: Floats, within: Floats | None) -> tuple[Floats, Floats]:
    """The way from old to new, and the way made, (n, pixels, 3) each; nothing where either picture has no pixels."""
    n = len(middle)
    delta, moved = np.broadcast_to(new - old, middle.shape).reshape(n, -1, 3), (middle - old).reshape(n, -1, 3)
    if within is None:
        return np.asarray(delta), np.asarray(moved)
    there = within.reshape(n, -1, 1)
    return np.asarray(delta * there), np.asarray(moved * there)


def fit_dissolve(old: Floats, new: Floats, middle: Floats, within: Floats | None = None) -> ModelFit:
    """Cross dissolve: every pixel mixes old and new alike. From a flat picture, or into one, it is a fade."""
    delta, moved = _ways(old, new, middle, within)
    toward, power = np.einsum("npc,npc->n", moved, delta), np.einsum("npc,npc->n", delta, delta)
    progress = np.clip(toward / np.maximum(power, 1e-9), 0, 1)
    left = np.einsum("npc,npc->n", moved, moved) - 2 * progress * toward + progress**2 * power
    kind = TransitionType.FADE if min(_spread(old), _spread(new)) < FLAT else TransitionType.DISSOLVE
    return _fit(kind, progress, left, float(power.mean()))


def fit_dip(old: Floats, new: Floats, middle: Floats) -> ModelFit | None:
    """Fade out to one colour and in again; None where no frame between is close to one colour."""
    spread = middle.std((1, 2)).mean(-1)
    turn = int(spread.argmin())
    ends = min(_spread(old), _spread(new))
    if ends < FLAT or spread[turn] > 0.35 * ends:
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
    n, height, width = middle.shape[:3]
    kinds, opaque, squared = _mattes(height, width)
    delta, moved = _ways(old, new, middle, within)
    # |moved - m delta|^2 = |moved|^2 - 2 m (moved . delta) + m^2 |delta|^2, summed over the picture: two matrix products for all mattes
    toward, power = (moved * delta).sum(-1), np.square(delta).sum(-1)
    if old.ndim == 3:
        power = power[:1]
    cost = np.square(moved).sum((1, 2))[:, None] - 2 * toward @ opaque.T + power @ squared.T
    cost = cost.reshape(n, len(kinds), STEPS)
    best, left = cost.argmin(2), cost.min(2)
    change = float(power.sum(1).mean())
    for family, kind in enumerate(kinds):
        yield _fit(kind, best[:, family] / (STEPS - 1), left[:, family], change)


def fit_slides(old: Floats, new: Floats, middle: Floats) -> Iterator[ModelFit]:
    """The new picture pushes the old one out, covers it, or is uncovered by it, in four directions."""
    a, b = (np.broadcast_to(end, middle.shape) for end in (old, new))
    change = float(np.square(b - a).sum((1, 2, 3)).mean())
    for axis in (1, 2):
        for costs in sliding_costs(*(_lines(pictures, axis) for pictures in (a, b, middle))):
            yield _fit(TransitionType.SLIDE, costs.argmin(1) / (costs.shape[1] - 1), costs.min(1), change)


def _lines(pictures: Floats, axis: int) -> Floats:
    """Rows (axis 1) or columns of pictures (n, H, W, 3): (n, size, k)."""
    n, size = len(pictures), pictures.shape[axis]
    return np.moveaxis(pictures, axis, 1).reshape(n, size, -1)


def fit_zooms(old: Floats, new: Floats, middle: Floats, ends: Ends | None = None) -> Iterator[ModelFit]:
    """The old picture comes nearer and gives way: to its own middle first, as in xfade, or straight to the new one, which may settle from nearer.

    With `ends` the way that explains most is tried again with both pictures as the camera moves them on.
    """
    change = float(np.square(new - old).sum())
    frames = middle.reshape(len(middle), -1)
    energy = np.square(frames).sum(1)
    ways: list[tuple[ModelFit, Zoomed]] = []
    for zoomed in _ZOOMS:
        path = np.stack([zoomed(old, new, float(p)) for p in np.linspace(0, 1, ZOOM_STEPS)])
        ways.append((_along(TransitionType.ZOOM, path.reshape(ZOOM_STEPS, -1), frames, energy, change), zoomed))
    yield from (fit for fit, _ in ways)
    if ends is not None:
        yield _moved_on(*min(ways, key=lambda way: way[0].residual), middle, ends)


def _moved_on(still: ModelFit, zoomed: Zoomed, middle: Floats, ends: Ends) -> ModelFit:
    """A zoom near the progress that pictures which stand tell, with those that are moved on."""
    nearby = np.clip(still.progress[:, None] + _NEARBY, 0, 1)
    left = np.empty(nearby.shape, np.float32)
    for k, (old, new, seen, within) in enumerate(zip(ends.old, ends.new, middle, ends.within, strict=True)):
        for j, progress in enumerate(nearby[k].tolist()):
            left[k, j] = np.square((zoomed(old, new, progress) - seen) * within[..., None]).sum()
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


def _into_the_middle(old: Floats, new: Floats, progress: float) -> Floats:
    """As xfade's zoomin does: the old picture is magnified without end in the first half, and in the second gives way to the new one."""
    smooth = _smoothstep(1 - 2 * progress)
    opacity = _smoothstep(2 * progress - 1)
    nearer = _magnified(old, 1 / max(smooth, 1 / int(old.shape[1])))
    return np.asarray(nearer * np.float32(1 - opacity) + new * np.float32(opacity))


def _crossed(old: Floats, new: Floats, progress: float, nearer: float, settling: float) -> Floats:
    """A dissolve during which the old picture grows to `nearer` times its size, and the new one shrinks from `settling` times its own."""
    leaving = _magnified(old, 1 + (nearer - 1) * progress)
    coming = _magnified(new, settling + (1 - settling) * progress)
    return np.asarray(leaving * np.float32(1 - progress) + coming * np.float32(progress))


def _crossing(nearer: float, settling: float) -> Zoomed:
    return lambda old, new, progress: _crossed(old, new, progress, nearer, settling)


_ZOOMS: tuple[Zoomed, ...] = (
    _into_the_middle,
    *(_crossing(*sizes) for sizes in ((2.0, 1.0), (2.0, 1.5), (4.0, 1.0), (1.0, 2.0))),
)


def _magnified(picture: Floats, scale: float) -> Floats:
    if scale == 1:
        return picture
    height, width = picture.shape[:2]
    centre = (np.array([width, height]) - 1) / 2
    matrix = np.array([[scale, 0, centre[0] * (1 - scale)], [0, scale, centre[1] * (1 - scale)]])
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)


def _smoothstep(x: float) -> float:
    t = min(max(x, 0.0), 1.0)
    return t * t * (3 - 2 * t)
