"""Mixes the two pictures of a transition, for all kinds of the Style DNA, on 8-bit 4:2:0 planes."""

from __future__ import annotations

from typing import assert_never

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from clipzy.media.colour.coding import label
from clipzy.media.colour.lut import planes
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import DipColor, Direction

Plane = NDArray[np.uint8]
Floats = NDArray[np.float32]

HALF_WAY = 0.5  # of a fade, where only its colour is seen
SOFT_EDGE = 0.04  # width of a wipe's or circle's soft edge, as a share of its way
MAGNIFIED = 0.6  # by which the old picture is enlarged at the end of a zoom
GROUNDS = {DipColor.BLACK: (16, 128, 128), DipColor.WHITE: (235, 128, 128)}  # limited range


def blend(
    old: VideoFrame,
    new: VideoFrame,
    kind: TransitionType,
    progress: float,
    *,
    dips_to: DipColor = DipColor.BLACK,
    direction: Direction | None = None,
) -> VideoFrame:
    """Mix two frames of one size from picture chains.

    Args:
        old: 8-bit 4:2:0, before the transition.
        new: the same, after it.
        kind: any but a cut.
        progress: 0 shows the old one alone, 1 the new one.
        dips_to: the colour that a fade goes through.
        direction: the way that a wipe or slide goes; None: a wipe to the right, a slide to the left.

    Returns:
        A new frame.
    """
    frame = VideoFrame(old.width, old.height, "yuv420p")
    for made, a, b, ground in zip(planes(frame), planes(old), planes(new), GROUNDS[dips_to], strict=True):
        made[:] = mix(a, b, kind, progress, ground, direction=direction)
    label(frame)
    return frame


def mix(
    old: Plane, new: Plane, kind: TransitionType, progress: float, ground: int, *, direction: Direction | None = None
) -> Plane:
    """Mix two planes (H, W) of one size; `ground`: the plane's value of a fade's colour; `direction`: see `blend`.

    A dissolve mixes evenly, a fade goes through one colour, a wipe's edge uncovers the new picture, a slide pushes the old one out by the
    new one, a circle opens in the middle, a zoom magnifies the old picture while it dissolves.

    Raises:
        ValueError: for a cut.
    """
    match kind:
        case TransitionType.FADE:
            plain = np.full_like(old, ground)
            return _mixed(old, plain, 2 * progress) if progress < HALF_WAY else _mixed(plain, new, 2 * progress - 1)
        case TransitionType.WIPE:
            return _mixed(old, new, _edge(_way(direction or Direction.RIGHT, *old.shape), progress))
        case TransitionType.CIRCLE:
            return _mixed(old, new, _edge(_distance(*old.shape), progress))
        case TransitionType.SLIDE:
            return _pushed(old, new, direction or Direction.LEFT, progress)
        case TransitionType.ZOOM:
            return _mixed(_magnified(old, 1 + MAGNIFIED * progress), new, progress)
        case TransitionType.DISSOLVE:
            return _mixed(old, new, progress)
        case TransitionType.CUT:
            raise ValueError("a cut has no pictures that are mixed; put one beside the other")
        case _:
            assert_never(kind)


def _mixed(old: Plane, new: Plane, share: float | Floats) -> Plane:
    return np.asarray(np.rint(old + (new.astype(np.float32) - old) * np.float32(share)), np.uint8)


def _way(direction: Direction, height: int, width: int) -> Floats:
    """How far along a wipe's way each line lies, 0..1: (1, W), or (H, 1) of one that goes up or down."""
    across = direction in (Direction.LEFT, Direction.RIGHT)
    way = np.linspace(0, 1, width if across else height, dtype=np.float32)
    if direction in (Direction.LEFT, Direction.UP):
        way = way[::-1]
    return way[None] if across else way[:, None]


def _pushed(old: Plane, new: Plane, direction: Direction, progress: float) -> Plane:
    if direction in (Direction.UP, Direction.DOWN):
        shift = round(progress * len(old))
        up = direction is Direction.UP
        return np.concatenate([old[shift:], new[:shift]] if up else [new[len(new) - shift :], old[: len(old) - shift]])
    way = Direction.UP if direction is Direction.LEFT else Direction.DOWN
    return _pushed(old.T, new.T, way, progress).T


def _edge(way: Floats, progress: float) -> Floats:
    """Share of the new picture where its soft edge arrives after `way` (0..1); 0 everywhere at progress 0, 1 at 1."""
    return np.asarray(((progress * (1 + SOFT_EDGE) - way) / SOFT_EDGE).clip(0, 1), np.float32)


def _distance(height: int, width: int) -> Floats:
    """Distance from the middle, 1 in the corners; the same for luma and chroma planes."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in (height, width))
    aspect = height / width
    return np.asarray(np.hypot(x[None], y[:, None] * aspect) / np.hypot(1, aspect), np.float32)


def _magnified(plane: Plane, times: float) -> Plane:
    height, width = plane.shape
    middle = np.array(
        [[times, 0, (1 - times) * (width - 1) / 2], [0, times, (1 - times) * (height - 1) / 2]], np.float32
    )
    return np.asarray(cv2.warpAffine(plane, middle, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
