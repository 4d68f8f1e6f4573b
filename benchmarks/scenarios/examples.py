"""Inputs that the networks see in a job: their usual lengths and sizes, with something in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scenarios.media import SAMPLE_RATE, frames, music

Tensors = dict[str, NDArray[Any]]
WINDOW = 100  # frames of a window that the shot network sees, as in a job where little is in doubt
CHUNK_S = {"beats": 30, "audio_events": 30, "voice_activity": 30, "music_tags": 3}
COLOURS = 4096  # samples of a video's colours


def example(model: str, batch: int) -> Tensors:
    """A batch for that network."""
    return _MAKERS[model](batch)


def items_of(model: str) -> str:
    """What one item of a batch is."""
    return _ITEMS[model]


def _shot_boundary(batch: int) -> Tensors:
    window = np.stack([_small(picture, (48, 27)) for picture in frames(WINDOW, (192, 108))])
    return {"frames": np.repeat(window[None], batch, 0)}


def _camera_motion(batch: int) -> Tensors:
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in frames(batch + 1, (320, 180))]
    return {"pairs": np.stack([np.stack(pair) for pair in itertools.pairwise(grey)])}


def _faces(batch: int) -> Tensors:
    return {"pictures": np.stack([picture[..., ::-1] for picture in frames(batch, (320, 180))])}


def _sound(model: str, rate: int) -> Callable[[int], Tensors]:
    def make(batch: int) -> Tensors:
        seconds = CHUNK_S[model]
        whole = music(0, seconds * SAMPLE_RATE).mean(0)
        at = np.linspace(0, len(whole) - 1, seconds * rate)
        audio = np.interp(at, np.arange(len(whole)), whole).astype(np.float32)
        return {"audio": np.repeat(audio[None], batch, 0)}

    return make


def _look_transfer(batch: int) -> Tensors:
    random = np.random.default_rng(3)
    clouds = [np.clip(random.normal(mean, 0.15, (batch, COLOURS, 3)), 0, 1).astype(np.float32) for mean in (0.4, 0.55)]
    near = np.clip(clouds[0] + random.normal(0, 0.01, clouds[0].shape), 0, 1).astype(np.float32)
    surfaces = np.stack([clouds[0], near], 2).repeat(2, 1)  # as many as a job has
    strength = np.full((batch, 1), 0.7, np.float32)
    return {"footage": clouds[0], "template": clouds[1], "strength": strength, "surfaces": surfaces}


def _small(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)[..., ::-1]


_MAKERS: Mapping[str, Callable[[int], Tensors]] = {
    "shot_boundary": _shot_boundary,
    "camera_motion": _camera_motion,
    "faces": _faces,
    "beats": _sound("beats", 22050),
    "music_tags": _sound("music_tags", 16000),
    "audio_events": _sound("audio_events", 16000),
    "voice_activity": _sound("voice_activity", 16000),
    "look_transfer": _look_transfer,
}
_ITEMS = {
    "shot_boundary": f"window of {WINDOW} frames",
    "camera_motion": "pair of 320x180",
    "faces": "picture of 320x180",
    "beats": "30 s of sound",
    "music_tags": "3 s of sound",
    "audio_events": "30 s of sound",
    "voice_activity": "30 s of sound",
    "look_transfer": f"two clouds of {COLOURS} colours",
}
