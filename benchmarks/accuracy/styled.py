"""Videos made in a known style, under conditions from good to hopeless: what a style is measured from, and how well it shows in one video.

A style is a way of working: how long shots last on the average, which transition mostly joins them, a grade, how fast the camera pans, how many
shots zoom, music at a tempo, captions. A video is a sample of it, longer or shorter, kept to more or less closely, in better or worse quality.
The truth is the style, not what happens to lie in the file: of two shots nobody can say how long shots last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import sound_generators
from captions import WORDS, Text
from joins import XFADES, Join, mixed
from material import Picture, scene
from numpy.typing import NDArray
from sound_instruments import RATE as SOUND_RATE
from sound_mixtures import coloured

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import fit_grade, grade, look_statistics
from clipzy.analysis.motion import intensity
from clipzy.media.sound.loudness import LoudnessMeter
from clipzy.style.dna import ColorGrade, TransitionType

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

ASPECT = 16 / 9
PLACE = (704, 396)  # pixels of a made-up place; pictures of it are blown up or shrunk to the video's size
TONED_DOWN = 0.35  # made-up colours are far more vivid than filmed ones
KINDS = (TransitionType.CUT, TransitionType.CUT, TransitionType.DISSOLVE, TransitionType.FADE, TransitionType.WIPE)
WORLD = 160  # places by which is known what a grade looks like on the average
LEAST_SOUND_S = 15.0
# mean distance of a 16:9 picture's points from its centre, in diagonals: how fast a zoom moves them on the average
MEAN_RADIUS = 0.2669


@dataclass(frozen=True, slots=True)
class Style:
    """The truth. `shot_s`: mean length; `primary`: most frequent join; `pan`: widths a second of shots that pan; `bpm` None without music."""

    shot_s: float
    primary: TransitionType
    sliders: tuple[float, ...]
    pan: float
    zoom_share: float
    zoom_rate: float  # log magnification a second
    bpm: float | None
    captions: bool

    @property
    def cut_frequency(self) -> float:
        """Cuts a minute."""
        return 60 / self.shot_s

    @property
    def motion_intensity(self) -> float:
        """As the engine's scale has it, of the mean speed over all shots."""
        across = self.pan * ASPECT / float(np.hypot(ASPECT, 1))
        return intensity((1 - self.zoom_share) * across + self.zoom_share * self.zoom_rate * MEAN_RADIUS)

    @property
    def grade(self) -> ColorGrade:
        """What the engine would say of a video of this style with any number of shots."""
        world = _world()
        return fit_grade(look_statistics(grade(world, np.array(self.sliders) / 100), np.ones(len(world))))[0]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How much of the style is seen and how well. `looseness` 0..1: how little the style is kept to; `noise`: code values; `hiss_db`: under the music."""

    seconds: float
    lines: int
    rate: int
    crf: int
    noise: float
    looseness: float
    sound: bool
    hiss_db: float

    @property
    def width(self) -> int:
        """Pixels."""
        return 2 * round(self.lines * ASPECT / 2)


@dataclass(frozen=True, slots=True)
class Sound:
    """(samples, 2) at `SOUND_RATE`; beats in seconds; loudness of the whole piece that it was cut from."""

    audio: Samples
    beats: Floats
    lufs: float | None


def random_style(random: np.random.Generator) -> Style:
    """A style chosen by chance; two in three have music, one in four captions."""
    return Style(
        shot_s=_between(random, 1.0, 4.5),
        primary=KINDS[int(random.integers(len(KINDS)))],
        sliders=tuple(float(v) for v in random.uniform(-40, 40, 6)),
        pan=float(random.choice([0.0, _between(random, 0.02, 0.4)], p=[0.2, 0.8])),
        zoom_share=float(random.choice([0.0, 0.3, 0.7])),
        zoom_rate=float(random.uniform(0.05, 0.15)),
        bpm=_between(random, 70, 170) if random.random() < 2 / 3 else None,
        captions=bool(random.random() < 0.25),
    )


def random_conditions(random: np.random.Generator, seconds: tuple[float, float], *, good: bool = False) -> Conditions:
    """So many seconds, 144 to 720 lines, clean to very noisy, each by itself; `good`: sharp, clean, and kept to the style closely."""
    lines, shares = (
        ([360, 480, 720], [0.3, 0.6, 0.1]) if good else ([144, 240, 360, 480, 720], [0.1, 0.2, 0.3, 0.3, 0.1])
    )
    return Conditions(
        seconds=_between(random, *seconds),
        lines=int(random.choice(lines, p=shares)),
        rate=int(random.choice([24, 25] if good else [10, 15, 24, 25])),
        crf=int(random.integers(18, 29 if good else 43)),
        noise=_between(random, 0.5, 4 if good else 20),
        looseness=float(random.uniform(0, 0.4 if good else 1)),
        sound=bool(good or random.random() < 0.85),
        hiss_db=float(random.uniform(20 if good else 3, 40)),
    )


def frames(random: np.random.Generator, style: Style, seen: Conditions) -> Iterator[Picture]:
    """The pictures of a video."""
    total, width = round(seen.seconds * seen.rate), seen.width
    grain = random.normal(0, seen.noise, (seen.lines + 64, width + 64, 3)).astype(np.float32)
    texts = _captions(random, total, seen.rate) if style.captions else ()
    joined = _joined(random, style, seen, (width, seen.lines), total)
    for number, picture in enumerate(islice(joined, total)):
        shown = picture
        for text in texts:
            if text.first <= number < text.last:
                shown = text.draw(shown)
        y, x = random.integers(0, 64, 2)
        yield np.asarray(np.clip(shown + grain[y : y + seen.lines, x : x + width], 0, 255), np.uint8)


def write(path: Path, pictures: Iterator[Picture], seen: Conditions, heard: Sound | None) -> None:
    """H.264 and AAC in mp4."""
    with av.open(str(path), "w") as out:
        options = {"crf": str(seen.crf), "preset": "veryfast", "threads": "2"}
        stream = out.add_stream("libx264", rate=seen.rate, options=options)
        stream.pix_fmt, stream.height, stream.width = "yuv420p", seen.lines, seen.width
        track = out.add_stream("aac", rate=SOUND_RATE, layout="stereo", bit_rate=160_000) if heard else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, seen.rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if track is None or heard is None:
            return
        for at in range(0, len(heard.audio), 1024):
            piece = np.ascontiguousarray(heard.audio[at : at + 1024].T)
            block = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
            block.sample_rate, block.pts, block.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
            out.mux(track.encode(block))
        out.mux(track.encode(None))


def _joined(
    random: np.random.Generator, style: Style, seen: Conditions, size: tuple[int, int], total: int
) -> Iterator[Picture]:
    """Shot after shot with the style's joins between them, so many frames in all."""
    held: list[Picture] = []
    given, join = 0, Join(TransitionType.CUT)
    while given < total:
        following = _join(random, style, seen)
        length = round(style.shot_s * _about_one(random, 0.2 + 0.5 * seen.looseness) * seen.rate)
        # a join belongs half to each of its shots
        body = max(seen.rate // 3, length - (join.frames + following.frames) // 2)
        shot = _shot(random, style, seen, size, join.frames + body + following.frames)
        new = [next(shot) for _ in range(join.frames)]
        yield from mixed(join, held, new)
        for _ in range(body):
            yield next(shot)
        given += join.frames + body
        held, join = list(shot), following


def _join(random: np.random.Generator, style: Style, seen: Conditions) -> Join:
    kind = style.primary
    if random.random() < 0.4 * seen.looseness:
        kind = KINDS[int(random.integers(len(KINDS)))]
    if kind is TransitionType.CUT:
        return Join(kind)
    return Join(kind, max(3, round(random.uniform(0.3, 0.7) * seen.rate)), xfade=str(random.choice(XFADES[kind])))


def _shot(
    random: np.random.Generator, style: Style, seen: Conditions, size: tuple[int, int], count: int
) -> Iterator[Picture]:
    """One take of a new place: still, panned or zoomed into."""
    off = 25 * seen.looseness * random.normal(0, 1, 6)
    place = _graded(_place(random), np.clip(np.array(style.sliders) + off, -100, 100))
    zooms = random.random() < style.zoom_share
    speed = _about_one(random, 0.1 + 0.6 * seen.looseness)
    angle = random.choice([0.0, np.pi]) + random.normal(0, 0.2)
    step = style.pan * speed * size[0] / seen.rate * np.array([np.cos(angle), np.sin(angle)])
    scale = size[0] / (0.62 * PLACE[0])
    for k in range(count):
        way = np.zeros(2) if zooms else step * (k - count / 2)
        now = scale * float(np.exp(style.zoom_rate * speed * k / seen.rate)) if zooms else scale
        shift = np.array(size) / 2 - now * np.array(PLACE) / 2 + way
        matrix = np.array([[now, 0, shift[0]], [0, now, shift[1]]])
        yield np.asarray(cv2.warpAffine(place, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def _place(random: np.random.Generator) -> Picture:
    """A made-up place in colours as vivid as filmed ones."""
    value = scene(random, PLACE).astype(np.float32)
    grey = value.mean(-1, keepdims=True)
    return np.asarray(np.clip(grey + TONED_DOWN * (value - grey), 0, 255), np.uint8)


def _graded(place: Picture, sliders: Floats) -> Picture:
    graded = oklab.into_srgb(grade(oklab.from_srgb(place / 255), sliders / 100))
    return np.asarray(np.clip(graded * 255 + 0.5, 0, 255), np.uint8)


@cache
def _world() -> Floats:
    """OKLab colours (n, 3) of many places, ungraded: always the same ones."""
    random = np.random.default_rng(20_000)
    seen = [cv2.resize(_place(random), (16, 9), interpolation=cv2.INTER_AREA).reshape(-1, 3) for _ in range(WORLD)]
    return oklab.from_srgb(np.concatenate(seen) / 255)


def _captions(random: np.random.Generator, total: int, rate: int) -> tuple[Text, ...]:
    at, texts = 0, []
    while at < total:
        length = round(random.uniform(1.2, 3.0) * rate)
        words = " ".join(random.choice(WORDS, 3, replace=False)).capitalize()
        texts.append(Text(words, at, at + length, (0.5, 0.87), 0.07, (255, 255, 255), boxed=True))
        at += length
    return tuple(texts)


def sound(random: np.random.Generator, style: Style, seen: Conditions) -> Sound | None:
    """Music at the style's tempo with hiss under it, or hiss alone; None where the video has no sound."""
    if not seen.sound:
        return None
    lasting = max(seen.seconds, LEAST_SOUND_S)
    hiss = coloured(random, lasting)
    if style.bpm is None:
        whole, beats = 0.05 * np.stack([hiss, hiss], 1), np.zeros(0)
    else:
        make = sound_generators.GROUPS[str(random.choice(["drums", "mix"]))]
        piece = make(random, lasting, style.bpm)
        level = np.sqrt(float(np.square(piece.audio).mean()) / float(np.square(hiss).mean())) * 10 ** (
            -seen.hiss_db / 20
        )
        whole, beats = piece.audio + level * hiss[: len(piece.audio), None], piece.beats
    whole = whole * 10 ** (random.uniform(-18, 0) / 20) / max(1.0, float(np.abs(whole).max()))
    whole = whole.astype(np.float32)
    meter = LoudnessMeter(SOUND_RATE, "stereo")
    meter.add(np.ascontiguousarray(whole.T))
    kept = whole[: round(seen.seconds * SOUND_RATE)]
    return Sound(kept, beats[beats < seen.seconds], meter.result().integrated_lufs)


def _between(random: np.random.Generator, low: float, high: float) -> float:
    """Even on a logarithmic scale."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _about_one(random: np.random.Generator, spread: float) -> float:
    """A factor, 1 on the average."""
    return float(random.lognormal(-(spread**2) / 2, spread))
