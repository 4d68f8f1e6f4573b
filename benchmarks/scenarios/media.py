"""Makes the files that benchmarks work on: 1080p edits of moving textures with cuts and drums, the same at each call."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (1920, 1080)
RATE = 30
SAMPLE_RATE = 48000
SHOT_S = 3.0


def make_video(path: Path, seconds: float, size: tuple[int, int] = SIZE) -> Path:
    """Write a H.264/AAC mp4 with a cut every three seconds; kept when it is there already."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}")
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        pictures = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20"})
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for number, picture in enumerate(_frames(round(seconds * RATE), size)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        frame = av.AudioFrame.from_ndarray(_drums(seconds), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, 0
        container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    part.replace(path)
    return path


def _frames(count: int, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    width, height = size
    random = np.random.default_rng(1)
    length = round(SHOT_S * RATE)
    for start in range(0, count, length):
        coarse = random.integers(20, 235, (24, 40, 3)).astype(np.uint8)
        texture = cv2.resize(coarse, (width + 200, height + 120), interpolation=cv2.INTER_CUBIC).astype(np.int16)
        grain = random.integers(-12, 12, texture.shape).astype(np.int16)
        texture = np.clip(texture + cv2.GaussianBlur(grain, (0, 0), 1.2) * 2, 0, 255).astype(np.uint8)
        speed = random.uniform(-1.5, 1.5, 2)
        for k in range(min(length, count - start)):
            x, y = (int(np.clip(margin / 2 + k * v, 0, margin)) for margin, v in zip((200, 120), speed, strict=True))
            picture = texture[y : y + height, x : x + width].copy()
            centre = (int(width * (0.3 + 0.4 * k / length)), height // 2)
            cv2.circle(picture, centre, height // 8, (40, 60, 220), -1)
            yield picture


def _drums(seconds: float) -> NDArray[np.float32]:
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    within = time % 0.5
    noise = np.random.default_rng(2).standard_normal(len(time))
    mono = 0.6 * np.sin(2 * np.pi * 60 * within) * np.exp(-within * 14)
    mono += 0.2 * noise * np.exp(-within * 30) * (np.floor(time * 2) % 2)
    mono += 0.1 * np.sin(2 * np.pi * 220 * time)
    return np.ascontiguousarray(np.stack([mono] * 2), np.float32)
