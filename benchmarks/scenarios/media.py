"""Makes the files that benchmarks work on, the same at each call: about 10 Mb/s at 1080p, as a phone's video has.

Shots of three seconds that pan, zoom and shake, with a moving thing in each, captions in some and fresh grain in every frame; drums, a bass
and chords below. H.264 and AAC in an mp4. A file longer than half a minute is one of half a minute or less repeated packet by packet, under a
sound of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from scenarios.measuring import in_child
from scenarios.options import SIZES, Options

VERSION = 2  # of what is made: files of another version are not taken
RATE = 30
SAMPLE_RATE = 48000
SHOT_S = 3.0
REPEATED_S = 30.0
MARGIN = (240, 160)  # pixels that a shot's texture is larger than the picture
PIECE_S = 10.0  # of sound made at once


@dataclass(frozen=True, slots=True)
class Clip:
    """A file to work on and what to call it."""

    name: str
    path: Path


def clips(options: Options, sizes: tuple[str, ...], seconds: tuple[float, ...]) -> Iterator[Clip]:
    """The files asked for, made where they are not there; `sizes` and `seconds` are the scenario's own choice."""
    if options.media:
        yield from (Clip(path.name, path) for path in options.media)
        return
    for size in options.sizes or sizes:
        for length in options.seconds or seconds:
            yield made(options.folder, size, length)


def made(folder: Path, size: str, seconds: float) -> Clip:
    """A generated file of that size and length, from the folder or made now."""
    path = folder / f"v{VERSION}-{size}-{seconds:g}s.mp4"
    if not path.exists():
        # in a process of its own: OpenCV's threads would not outlive the forks that scenarios make
        in_child(lambda: write(path, seconds, SIZES[size]))
    return Clip(f"{size}, {seconds:g} s", path)


def write(path: Path, seconds: float, size: tuple[int, int]) -> Path:
    """Write a file of that length and size; it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = path.with_name(f".{path.stem}-pictures.mp4")
    whole = path.with_name(f".{path.name}")
    count = round(seconds * RATE)
    parts = max(1, math.ceil(count / (REPEATED_S * RATE)))
    _write_pictures(pictures, round(count / parts), size)
    with av.open(str(whole), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = _copied(container, pictures)
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        video_packets, sound_packets = _repeated(pictures, video, parts), _sound(sound, seconds)
        _mux_by_time(container, video_packets, sound_packets)
    pictures.unlink()
    whole.replace(path)
    return path


def _write_pictures(path: Path, count: int, size: tuple[int, int]) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number, picture in enumerate(frames(count, size)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _copied(container: av.container.OutputContainer, path: Path) -> av.VideoStream:
    with av.open(str(path)) as source:
        return container.add_stream_from_template(source.streams.video[0])


def _repeated(path: Path, stream: av.VideoStream, times: int) -> Iterator[av.Packet]:
    """The packets of the file's pictures so many times over; each time begins with a key frame."""
    offset = 0
    for _ in range(times):
        with av.open(str(path)) as source:
            video = source.streams.video[0]
            for packet in source.demux(video):
                if packet.dts is None:
                    continue
                packet.pts += offset
                packet.dts += offset
                packet.stream = stream
                yield packet
            offset += round(video.frames / RATE / video.time_base)


def _sound(stream: av.AudioStream, seconds: float) -> Iterator[av.Packet]:
    total = round(seconds * SAMPLE_RATE)
    for start in range(0, total, round(PIECE_S * SAMPLE_RATE)):
        count = min(round(PIECE_S * SAMPLE_RATE), total - start)
        frame = av.AudioFrame.from_ndarray(music(start, count), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, start, Fraction(1, SAMPLE_RATE)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _mux_by_time(container: av.container.OutputContainer, one: Iterator[av.Packet], other: Iterator[av.Packet]) -> None:
    """Write the packets of both in the order of their times, so that none waits in memory for the other."""
    first, second = next(one, None), next(other, None)
    while first is not None or second is not None:
        if second is None or (first is not None and first.dts * first.time_base <= second.dts * second.time_base):
            container.mux(first)
            first = next(one, None)
        else:
            container.mux(second)
            second = next(other, None)


def frames(count: int, size: tuple[int, int]) -> Iterator[NDArray[np.uint8]]:
    """BGR pictures (H, W, 3), a cut every three seconds."""
    random = np.random.default_rng(1)
    grain = _grain(random, size)
    length = round(SHOT_S * RATE)
    for shot, start in enumerate(range(0, count, length)):
        for picture in _shot(random, min(length, count - start), size, captioned=shot % 3 == 1):
            lighter, darker = (_window(field, random, size) for field in grain)
            yield cv2.subtract(cv2.add(picture, lighter), darker)


def _shot(
    random: np.random.Generator, count: int, size: tuple[int, int], *, captioned: bool
) -> Iterator[NDArray[np.uint8]]:
    width, height = size
    texture = _texture(random, (width + MARGIN[0], height + MARGIN[1]))
    speed, zoom = random.uniform(-1.5, 1.5, 2), random.uniform(-4e-4, 4e-4)
    colour = tuple(int(v) for v in random.integers(0, 255, 3))
    for k in range(count):
        shake = 1.2 * np.sin(np.array([0.31, 0.23]) * k)
        x, y = np.clip(np.array(MARGIN) / 2 + k * speed + shake, 0, MARGIN)
        scale = 1 + zoom * k
        turn = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float32)
        picture = cv2.warpAffine(texture, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        centre = (int(width * (0.3 + 0.4 * k / count)), height // 2)
        cv2.circle(picture, centre, height // 8, colour, -1)
        if captioned:
            where = (width // 8, height * 7 // 8)
            cv2.putText(picture, "CAPTION OF A SHOT", where, cv2.FONT_HERSHEY_DUPLEX, height / 500, (255,) * 3, 3)
        yield picture


def _texture(random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Colours with detail at every scale, as pictures of things have."""
    total = np.zeros((size[1], size[0], 3), np.float32)
    for cells, weight in ((8, 70.0), (32, 34.0), (128, 16.0), (400, 8.0)):
        coarse = random.standard_normal((cells * size[1] // size[0], cells, 3)).astype(np.float32)
        total += weight * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    base = random.uniform(70, 185, 3).astype(np.float32)
    return np.clip(total + base, 0, 255).astype(np.uint8)


def _grain(random: np.random.Generator, size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What a sensor adds and takes away, on a field larger than the picture."""
    field = random.standard_normal((size[1] + 64, size[0] + 64, 1)).astype(np.float32) * 3.5
    field = np.repeat(field, 3, axis=2)
    return np.clip(field, 0, 255).astype(np.uint8), np.clip(-field, 0, 255).astype(np.uint8)


def _window(field: NDArray[np.uint8], random: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    x, y = random.integers(0, 64, 2)
    return field[y : y + size[1], x : x + size[0]]


def music(start: int, count: int) -> NDArray[np.float32]:
    """(2, count) samples of music from that sample on: drums at 120 beats a minute, a bass and chords."""
    time = np.arange(start, start + count) / SAMPLE_RATE
    within, beat = time % 0.5, np.floor(time * 2)
    noise = np.random.default_rng(start).standard_normal(count)
    mono = 0.6 * np.sin(2 * np.pi * 60 * within) * np.exp(-within * 14)
    mono += 0.25 * noise * np.exp(-within * 30) * (beat % 2)
    mono += 0.08 * noise * np.exp(-(time % 0.25) * 60)
    root = np.array([110.0, 87.31, 130.81, 98.0])[(beat // 4 % 4).astype(int)]
    mono += 0.12 * np.sin(2 * np.pi * root * time)
    chord = sum(np.sin(2 * np.pi * root * ratio * time) for ratio in (2, 2.5, 3))
    sides = np.stack([mono + 0.05 * chord, mono + 0.04 * chord])
    return np.ascontiguousarray(sides / 1.3, np.float32)
