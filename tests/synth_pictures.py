"""Pictures whose truth is known: textures, panned and zoomed textures, captions, gradings, edits and frame numbers painted into frames.

All pictures are (height, width, 3) uint8 RGB; `size` is (width, height) in pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Size = tuple[int, int]
INDEX_BITS = 16


def textured_frame(seed: int, size: Size = (320, 180), octaves: int = 6) -> Picture:
    """A picture with structure at every scale and colours of its own, the same for the same seed."""
    rng = np.random.default_rng(seed)
    width, height = size
    grey = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 1)
        noise = rng.standard_normal((cells + 1, max(2, round(cells * width / height)) + 1)).astype(np.float32)
        grey += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * 0.75**octave
    grey = (grey - grey.mean()) / (4.5 * grey.std() + 1e-6) + rng.uniform(0.35, 0.65)
    tints = rng.uniform(0.05, 0.95, (2, 3)).astype(np.float32)
    hue = cv2.resize(rng.random((4, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    colour = tints[0] * hue + tints[1] * (1 - hue)
    return np.clip((0.65 * grey[..., None] + 0.35 * colour) * 255, 0, 255).astype(np.uint8)


def moving_texture(
    count: int,
    *,
    seed: int = 0,
    size: Size = (320, 180),
    dx: float = 0.0,
    dy: float = 0.0,
    log_zoom: float = 0.0,
    roll: float = 0.0,
    texture: Picture | None = None,
) -> Iterator[Picture]:
    """Frames of one texture moved by the same similarity about the picture's centre from each frame to the next.

    dx, dy: motion of the picture's content in pixels a frame (right and down positive); log_zoom: natural logarithm of the
    magnification a frame (> 0 magnifies); roll: radians a frame, clockwise as seen. The texture repeats by reflection.
    """
    width, height = size
    if texture is None:
        texture = textured_frame(seed, (2 * width, 2 * height), octaves=8)
    middle = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]], np.float64)
    scale, cos, sin = np.exp(log_zoom), np.cos(roll), np.sin(roll)
    step = np.array([[scale * cos, -scale * sin, dx], [scale * sin, scale * cos, dy], [0, 0, 1]])
    place = np.array([[1, 0, -(texture.shape[1] - 1) / 2], [0, 1, -(texture.shape[0] - 1) / 2], [0, 0, 1]], np.float64)
    for index in range(count):
        matrix = middle @ np.linalg.matrix_power(step, index) @ place
        yield cv2.warpAffine(
            texture, matrix[:2], (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        ).astype(np.uint8)


JointKind = Literal["cut", "dissolve", "fade_black", "fade_white", "wipe_left"]


@dataclass(frozen=True)
class Joint:
    """How one shot gives way to the next: `frames` mixed frames, 0 for a cut."""

    kind: JointKind = "cut"
    frames: int = 0


@dataclass(frozen=True)
class Edit:
    """Frames of an edit, and for each joint (kind, first mixed frame, first pure frame of the new shot); equal for a cut."""

    frames: list[Picture]
    boundaries: list[tuple[JointKind, int, int]]


def edit(shots: Sequence[Sequence[Picture]], joints: Sequence[Joint | int] | None = None) -> Edit:
    """Join shots; a joint of n frames overlaps the last n frames of the old shot with the first n of the new one.

    A joint may be given as an integer: 0 is a cut, n > 0 a dissolve over n frames. Without joints all are cuts.
    """
    joints = [Joint()] * (len(shots) - 1) if joints is None else joints
    if len(joints) != len(shots) - 1:
        raise ValueError(f"{len(shots)} shots need {len(shots) - 1} joints, not {len(joints)}")
    frames = list(shots[0])
    boundaries: list[tuple[JointKind, int, int]] = []
    for shot, given in zip(shots[1:], joints, strict=True):
        joint = given if isinstance(given, Joint) else Joint("dissolve" if given else "cut", given)
        start = len(frames) - joint.frames
        for k in range(joint.frames):
            frames[start + k] = mixed(frames[start + k], shot[k], (k + 1) / (joint.frames + 1), joint.kind)
        frames.extend(shot[joint.frames :])
        boundaries.append((joint.kind, start, start + joint.frames))
    return Edit(frames, boundaries)


def mixed(old: Picture, new: Picture, progress: float, kind: JointKind = "dissolve") -> Picture:
    """One frame of a transition, `progress` 0 (old alone) to 1 (new alone)."""
    if kind == "wipe_left":  # the edge travels from right to left
        edge = round(old.shape[1] * (1 - progress))
        return np.concatenate([old[:, :edge], new[:, edge:]], axis=1)
    if kind in {"fade_black", "fade_white"}:
        plain = np.full_like(old, 0 if kind == "fade_black" else 255)
        return mixed(old, plain, 2 * progress) if progress < 0.5 else mixed(plain, new, 2 * progress - 1)
    return np.round(old * (1 - progress) + new * progress).astype(np.uint8)


def graded(
    frame: Picture, *, warmth: float = 0.0, saturation: float = 1.0, contrast: float = 1.0, lift: float = 0.0
) -> Picture:
    """A plain grade: warmth -1..1 (+ red, - blue), saturation and contrast as factors, lift -1..1 added to all."""
    value = frame.astype(np.float32) / 255
    value *= np.array([1 + 0.3 * warmth, 1.0, 1 - 0.3 * warmth], np.float32)
    luma = (value @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]
    value = luma + (value - luma) * saturation
    return np.clip(((value - 0.5) * contrast + 0.5 + lift) * 255 + 0.5, 0, 255).astype(np.uint8)


def captioned(
    frame: Picture,
    text: str,
    *,
    height_px: int = 24,
    centre: tuple[float, float] = (0.5, 0.85),
    colour: tuple[int, int, int] = (255, 255, 255),
    stroke_px: int = 2,
) -> Picture:
    """The frame with stroked text; `centre` as shares of the width and height."""
    image = Image.fromarray(frame)
    place = (centre[0] * image.width, centre[1] * image.height)
    ImageDraw.Draw(image).text(
        place,
        text,
        fill=colour,
        font=ImageFont.load_default(size=height_px),
        anchor="mm",
        stroke_width=stroke_px,
        stroke_fill=(0, 0, 0),
    )
    return np.asarray(image).copy()


def paint_index(frame: Picture, index: int) -> Picture:
    """The frame with `index` as 16 black and white blocks across its upper third, to be read back even at 48x27."""
    painted = frame.copy()
    edges = np.linspace(0, frame.shape[1], INDEX_BITS + 1).round().astype(int)
    for bit in range(INDEX_BITS):
        painted[: frame.shape[0] // 3, edges[bit] : edges[bit + 1]] = 255 if index >> bit & 1 else 0
    return painted


def read_index(frame: NDArray[np.uint8]) -> int:
    """The number that `paint_index` painted; takes RGB or grey frames of any size from 48x27."""
    grey = frame if frame.ndim == 2 else frame.mean(axis=-1)
    edges = np.linspace(0, frame.shape[1], INDEX_BITS + 1)
    row = grey[frame.shape[0] // 6]
    return sum(int(row[int((edges[bit] + edges[bit + 1]) / 2)] > 127) << bit for bit in range(INDEX_BITS))


def numbered_frames(count: int, size: Size = (320, 180), seed: int = 0) -> Iterator[Picture]:
    """`count` frames of one texture, each with its index painted in."""
    ground = textured_frame(seed, size)
    for index in range(count):
        yield paint_index(ground, index)
