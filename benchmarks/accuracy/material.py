"""Moving pictures made up afresh for each seed: scenes of several kinds, filmed by cameras of several kinds.

All pictures are (height, width, 3) uint8 RGB; sizes are (width, height) in pixels, speeds and amplitudes shares of the width per second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Size = tuple[int, int]

SIZE: Size = (480, 270)
SCENES = ("texture", "shapes", "horizon", "clutter")
CAMERAS = ("still", "pan", "tilt", "zoom", "handheld", "walking")
Camera = Literal["still", "pan", "tilt", "zoom", "handheld", "walking", "roll", "whip"]


def scene(random: np.random.Generator, size: Size, kind: str | None = None) -> Picture:
    """A still picture of a made-up place, of one of the kinds of `SCENES`."""
    kind = kind or str(random.choice(SCENES))
    make: dict[str, Callable[[np.random.Generator, Size], Floats]] = {
        "texture": _texture,
        "shapes": _shapes,
        "horizon": _horizon,
        "clutter": _clutter,
    }
    picture = make[kind](random, size)
    # exposure and contrast differ from place to place: night scenes and white rooms among them
    picture = (picture - 0.5) * random.uniform(0.5, 1.1) + random.uniform(0.25, 0.7)
    return np.asarray(np.clip(picture * 255, 0, 255), np.uint8)


def _fractal(random: np.random.Generator, size: Size, fade: float, octaves: int = 7) -> Floats:
    """Noise with structure at every scale, mean 0 and spread 1; `fade`: of the amplitude from one octave to the next."""
    width, height = size
    sum_ = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = 2 ** (octave + 1)
        noise = random.standard_normal((cells + 1, max(2, round(cells * width / height)) + 1)).astype(np.float32)
        sum_ += cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC) * np.float32(fade**octave)
    return np.asarray((sum_ - sum_.mean()) / (sum_.std() + 1e-6), np.float32)


def _texture(random: np.random.Generator, size: Size) -> Floats:
    tints = random.uniform(0.1, 0.9, (2, 3)).astype(np.float32)
    where = np.clip(_fractal(random, size, 0.4)[..., None] * 0.3 + 0.5, 0, 1)
    grey = _fractal(random, size, random.uniform(0.55, 0.85))[..., None]
    return np.asarray(tints[0] * where + tints[1] * (1 - where) + 0.16 * grey, np.float32)


def _shapes(random: np.random.Generator, size: Size) -> Floats:
    """Flat colours with hard edges, as in rooms and graphics."""
    width, height = size
    picture = np.full((height, width, 3), random.uniform(0.2, 0.8, 3), np.float32)
    for _ in range(int(random.integers(12, 40))):
        colour = tuple(float(v) for v in random.uniform(0, 1, 3))
        centre = random.uniform(0, 1, 2) * size
        reach = random.uniform(0.04, 0.3) * height
        angles = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(3, 7))))
        corners = centre + reach * np.stack([np.cos(angles), np.sin(angles)], -1)
        cv2.fillPoly(picture, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    return np.asarray(picture + 0.02 * _fractal(random, size, 0.8)[..., None], np.float32)


def _horizon(random: np.random.Generator, size: Size) -> Floats:
    """A bright even sky over dark structured ground."""
    width, height = size
    line = random.uniform(0.3, 0.7) * height + 0.04 * height * _fractal(random, (width, 8), 0.5)[0]
    y = np.arange(height, dtype=np.float32)[:, None]
    ground = (y > line[None, :]).astype(np.float32)[..., None]
    sky = random.uniform(0.55, 1, 3).astype(np.float32) * (0.75 + 0.25 * (y / height)[..., None])
    earth = random.uniform(0.1, 0.55, 3).astype(np.float32) + 0.12 * _fractal(random, size, 0.8)[..., None]
    return np.asarray(sky * (1 - ground) + earth * ground, np.float32)


def _clutter(random: np.random.Generator, size: Size) -> Floats:
    """Many small things on a ground: shelves, crowds, foliage."""
    width, height = size
    ground = random.uniform(0.2, 0.7, 3)
    picture = (ground + 0.08 * _fractal(random, size, 0.7)[..., None]).astype(np.float32)
    for _ in range(int(random.integers(80, 300))):
        at = (int(random.integers(0, width)), int(random.integers(0, height)))
        axes = tuple(int(v) for v in random.uniform(0.01, 0.06, 2) * height + 2)
        colour = tuple(float(v) for v in np.clip(ground + random.normal(0, 0.25, 3), 0, 1))
        cv2.ellipse(picture, at, axes, float(random.uniform(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return picture


@dataclass(frozen=True)
class Shot:
    """One take: a place, where the camera stands in it, how it moves, what moves before it and how the sensor sees it."""

    place: Picture
    camera: Camera
    seed: int
    rate: float
    size: Size = SIZE
    centre: tuple[float, float] = (0.5, 0.5)  # shares of the place
    magnification: float = 1.0
    subjects: int = 0
    noise: float = 1.0  # standard deviation in code values
    speed: float = 0.1
    flashes: tuple[int, ...] = field(default=())  # frames that are lit up
    gains: tuple[tuple[float, float, float], ...] = ()  # of red, green and blue in each frame; none: 1

    def frames(self, count: int) -> Iterator[Picture]:
        """Film so many frames."""
        random = np.random.default_rng(self.seed)
        path = self._path(random, count)
        movers = [_Mover(random, self.size, self.rate) for _ in range(self.subjects)]
        drift = 1 + 0.03 * _smooth_walk(random, count, self.rate * 2)
        for k in range(count):
            picture = self._view(*path[k])
            for mover in movers:
                mover.draw(picture, k)
            light = picture.astype(np.float32) * drift[k]
            if self.gains:
                light *= np.array(self.gains[k], np.float32)
            if k in self.flashes:
                light = 255 - (255 - light) * 0.3
            light += cv2.resize(
                random.normal(0, self.noise, (self.size[1] // 2, self.size[0] // 2, 3)).astype(np.float32), self.size
            )
            yield np.asarray(np.clip(light, 0, 255), np.uint8)

    def _path(self, random: np.random.Generator, count: int) -> Floats:
        """(count, 4): x and y in pixels from the start, log magnification, roll in radians."""
        time = np.arange(count, dtype=np.float32) / self.rate
        width = self.size[0]
        path = np.zeros((count, 4), np.float32)
        way = self.speed * width * time * random.choice([-1, 1])
        match self.camera:
            case "pan" | "whip":
                path[:, 0] = way
            case "tilt":
                path[:, 1] = way
            case "zoom":
                path[:, 2] = way / width
            case "roll":
                path[:, 3] = way / width
        shake = {"still": 0.0, "handheld": 0.012, "walking": 0.03}.get(self.camera, 0.001) * width
        period = self.rate * (0.3 if self.camera == "walking" else 0.5)
        for axis in (0, 1):
            path[:, axis] += shake * _smooth_walk(random, count, period)
        path[:, 3] += shake / width * _smooth_walk(random, count, period)
        return path

    def _view(self, x: float, y: float, log_zoom: float, roll: float) -> Picture:
        width, height = self.size
        scale = self.magnification * np.exp(log_zoom)
        cos, sin = scale * np.cos(roll), scale * np.sin(roll)
        at = np.array(self.centre) * self.place.shape[1::-1] + np.array([x, y]) / self.magnification
        matrix = np.array(
            [
                [cos, -sin, width / 2 - cos * at[0] + sin * at[1]],
                [sin, cos, height / 2 - sin * at[0] - cos * at[1]],
            ]
        )
        flags = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR
        return np.asarray(
            cv2.warpAffine(self.place, matrix, self.size, flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.uint8
        )


class _Mover:
    """A subject that crosses the picture or sways in it."""

    def __init__(self, random: np.random.Generator, size: Size, rate: float) -> None:
        width, height = size
        self.at, self.axes = random.uniform(0, 1, 2) * size, random.uniform(0.06, 0.28, 2) * height + 3
        self.speed = random.normal(0, 0.12, 2) * width / rate
        self.sway, self.period = random.uniform(0, 0.03) * height, random.uniform(0.5, 2) * rate
        self.colour = tuple(float(v) for v in random.uniform(20, 235, 3))
        self.detail = tuple(float(v) for v in random.uniform(20, 235, 3))

    def draw(self, picture: Picture, k: int) -> None:
        """Paint it where it is at frame k."""
        x, y = self.at + self.speed * k + [0, self.sway * np.sin(2 * np.pi * k / self.period)]
        a, b = self.axes
        cv2.ellipse(picture, (int(x), int(y)), (int(a), int(b)), 0, 0, 360, self.colour, -1, cv2.LINE_AA)
        cv2.ellipse(
            picture,
            (int(x), int(y - b / 3)),
            (max(1, int(a / 2)), max(1, int(b / 4))),
            0,
            0,
            360,
            self.detail,
            -1,
            cv2.LINE_AA,
        )


def _smooth_walk(random: np.random.Generator, count: int, period: float) -> Floats:
    """Wandering about 0 with spread about 1 that changes over about `period` frames."""
    knots = random.normal(0, 1, max(4, int(count / period) + 4)).astype(np.float32)
    at = np.arange(count) / period
    low = at.astype(int)
    part = at - low
    ease = part * part * (3 - 2 * part)
    return np.asarray(knots[low] * (1 - ease) + knots[low + 1] * ease, np.float32)


def adjusted_gains(random: np.random.Generator, count: int, rate: float) -> tuple[tuple[float, float, float], ...]:
    """Gains of a camera that adjusts its exposure, its white balance or both, up and down, each time over half a second to two."""
    logs, now, at = np.zeros((count, 3)), np.zeros(3), round(0.8 * rate)
    while at < count - rate:
        what, length = random.choice(["exposure", "balance", "both"]), round(random.uniform(0.5, 2) * rate)
        then = np.zeros(3)
        if what != "balance":
            then += np.log(random.uniform(1.1, 1.35) if now.mean() <= 0 else random.uniform(0.65, 0.9))
        if what != "exposure":
            then += np.log(random.uniform(0.8, 1.25, 3))
        share = np.clip(np.arange(count - at) / length, 0, 1)[:, None]
        logs[at:] = now + (then - now) * share
        now, at = then, at + length + round(random.uniform(0.3, 1.5) * rate)
    return tuple((float(r), float(g), float(b)) for r, g, b in np.exp(logs))


def random_shot(random: np.random.Generator, rate: float, like: Shot | None = None, size: Size = SIZE) -> Shot:
    """A take chosen by chance; with `like`, one of the same place from another side and at another size."""
    if like is not None:
        zoom = like.magnification * random.choice([0.6, 1.6])
        return replace(
            _taken(random, like.place, rate, size),
            magnification=float(np.clip(zoom, 0.6, 2.2)),
            centre=_elsewhere(random, like.centre),
        )
    return _taken(random, scene(random, (2 * size[0], 2 * size[1])), rate, size)


def _elsewhere(random: np.random.Generator, here: tuple[float, float]) -> tuple[float, float]:
    """A place a quarter of the picture or more away, within its middle."""
    while True:
        x, y = random.uniform(0.25, 0.75, 2)
        if np.hypot(x - here[0], y - here[1]) > 0.25:
            return float(x), float(y)


def _taken(random: np.random.Generator, place: Picture, rate: float, size: Size) -> Shot:
    x, y = random.uniform(0.35, 0.65, 2)
    return Shot(
        place=place,
        camera=random.choice(CAMERAS),
        seed=int(random.integers(2**31)),
        rate=rate,
        size=size,
        centre=(float(x), float(y)),
        magnification=float(random.uniform(0.8, 1.4)),
        subjects=int(random.choice([0, 0, 1, 2, 4])),
        noise=float(random.choice([0.5, 1.5, 4.0])),
        speed=float(random.uniform(0.03, 0.2)),
    )
