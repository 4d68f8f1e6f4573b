"""Transitions between two takes: those of FFmpeg's xfade filter, and mixes of our own with easing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import av.filter
import cv2
import numpy as np
from material import Floats, Picture

from clipzy.style.dna import TransitionType

XFADES = {
    TransitionType.DISSOLVE: ("fade", "dissolve"),
    TransitionType.FADE: ("fadeblack", "fadewhite"),
    TransitionType.WIPE: (
        "wipeleft",
        "wiperight",
        "wipeup",
        "wipedown",
        "smoothleft",
        "smoothright",
        "smoothup",
        "smoothdown",
    ),
    TransitionType.SLIDE: ("slideleft", "slideright", "slideup", "slidedown"),
    TransitionType.CIRCLE: ("circleopen", "circleclose"),
    TransitionType.ZOOM: ("zoomin",),
}
"""What the filter calls a kind: its `fade` is a cross dissolve, its `dissolve` one of random pixels."""
EASINGS: tuple[Callable[[float], float], ...] = (
    lambda t: t,
    lambda t: t,
    lambda t: t * t * (3 - 2 * t),
    lambda t: t**2,
    lambda t: 1 - (1 - t) ** 2,
)


@dataclass(frozen=True, slots=True)
class Join:
    """How one take gives way to the next: so many mixed frames (0 for a cut), made by xfade's transition of that name or by `own` mixing."""

    type: TransitionType
    frames: int = 0
    xfade: str | None = None
    easing: int = 0
    direction: int = 0


def random_join(random: np.random.Generator, rate: float) -> Join:
    """60 % cuts, 25 % dissolves and fades, 15 % wipes, slides, circles and zooms; half of the gradual ones made by xfade."""
    draw = random.random()
    if draw < 0.6:
        return Join(TransitionType.CUT)
    soft = (TransitionType.DISSOLVE, TransitionType.DISSOLVE, TransitionType.FADE)
    other = (
        TransitionType.WIPE,
        TransitionType.WIPE,
        TransitionType.SLIDE,
        TransitionType.SLIDE,
        TransitionType.CIRCLE,
        TransitionType.ZOOM,
    )
    kinds = soft if draw < 0.85 else other
    kind = kinds[int(random.integers(len(kinds)))]
    return random_gradual(random, kind, round(random.uniform(0.3, 1.0) * rate))


def random_gradual(random: np.random.Generator, kind: TransitionType, frames: int) -> Join:
    """One of a kind with so many mixed frames, made by xfade or by our own mixing."""
    if random.random() < 0.5:
        return Join(kind, frames, xfade=str(random.choice(XFADES[kind])))
    return Join(kind, frames, easing=int(random.integers(len(EASINGS))), direction=int(random.integers(4)))


def mixed(join: Join, old: Sequence[Picture], new: Sequence[Picture]) -> list[Picture]:
    """The mixed frames of a join from as many frames of both takes."""
    if join.xfade is not None:
        return _xfade(join.xfade, old, new)
    ease = EASINGS[join.easing]
    n = join.frames
    return [_mix(join, a, b, ease((k + 1) / (n + 1))) for k, (a, b) in enumerate(zip(old, new, strict=True))]


def _mix(join: Join, old: Picture, new: Picture, progress: float) -> Picture:
    a, b = old.astype(np.float32), new.astype(np.float32)
    match join.type:
        case TransitionType.DISSOLVE:
            out = a * (1 - progress) + b * progress
        case TransitionType.FADE:
            colour = (0.0, 255.0)[join.direction % 2]
            strength = 1 - abs(2 * progress - 1)
            out = colour * strength + (a if progress < 0.5 else b) * (1 - strength)
        case TransitionType.WIPE:
            matte = np.clip((progress * 1.05 - _along(join.direction, old)) / 0.05, 0, 1)[..., None]
            out = a * (1 - matte) + b * matte
        case TransitionType.SLIDE:
            return _pushed(join.direction, old, new, progress)
        case TransitionType.CIRCLE:
            height, width = old.shape[:2]
            y, x = np.mgrid[:height, :width]
            radius = np.hypot(x - width / 2, y - height / 2) / np.hypot(width / 2, height / 2)
            inside = radius < progress if join.direction % 2 else radius > 1 - progress
            out = np.where(inside[..., None], b, a)
        case _:
            # the old picture comes nearer while the new one, a little small, grows over it
            out = _scaled(a, 1 + progress) * (1 - progress) + _scaled(b, 1 + 0.5 * (1 - progress)) * progress
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def _along(direction: int, picture: Picture) -> Floats:
    """How late each pixel's turn comes, 0..1, for an edge that runs right, left, down or up."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.asarray((x / width, 1 - x / width, y / height, 1 - y / height)[direction], np.float32)


def _pushed(direction: int, old: Picture, new: Picture, progress: float) -> Picture:
    axis = 1 - direction // 2
    shift = round(old.shape[axis] * progress)
    if direction % 2:
        both = np.concatenate([old, new], axis)
        return np.asarray(np.take(both, np.arange(shift, shift + old.shape[axis]), axis))
    both = np.concatenate([new, old], axis)
    return np.asarray(np.take(both, np.arange(old.shape[axis] - shift, 2 * old.shape[axis] - shift), axis))


def _scaled(picture: Floats, scale: float) -> Floats:
    height, width = picture.shape[:2]
    matrix = np.array([[scale, 0, width / 2 * (1 - scale)], [0, scale, height / 2 * (1 - scale)]])
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32)


def _xfade(name: str, old: Sequence[Picture], new: Sequence[Picture]) -> list[Picture]:
    """The filter's own mixing; it is given one frame more at each end, which it leaves pure."""
    rate = 25
    height, width = old[0].shape[:2]
    pairs = list(zip([old[0], *old, old[-1]], [new[0], *new, new[-1]], strict=True))
    graph = av.filter.Graph()
    base = Fraction(1, rate)
    inputs = [graph.add_buffer(width=width, height=height, format="rgb24", time_base=base) for _ in range(2)]
    planar = [graph.add("format", "gbrp") for _ in range(2)]
    steady = [graph.add("fps", str(rate)) for _ in range(2)]
    fade = graph.add("xfade", f"transition={name}:duration={(len(pairs) - 1) * 1000 // rate}ms:offset=0")
    packed, sink = graph.add("format", "rgb24"), graph.add("buffersink")
    for k in range(2):
        inputs[k].link_to(planar[k])
        planar[k].link_to(steady[k])
        steady[k].link_to(fade, 0, k)
    fade.link_to(packed)
    packed.link_to(sink)
    graph.configure()
    for number, pair in enumerate(pairs):
        for source, picture in zip(inputs, pair, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, base
            source.push(frame)
    for source in inputs:
        source.push(None)
    out: list[Picture] = []
    while True:
        try:
            out.append(np.asarray(sink.pull().to_ndarray(format="rgb24")))
        except (av.error.EOFError, av.error.BlockingIOError):
            break
    if len(out) < len(pairs) - 1:
        raise RuntimeError(f"xfade gave {len(out)} frames for {len(pairs)}")
    return out[1 : len(old) + 1]
