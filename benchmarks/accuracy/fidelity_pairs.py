"""Pairs of a template and footage whose styles differ, made up afresh for each seed or taken from a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from edits import looked
from joins import XFADES, Join, mixed
from material import Picture, Size, random_shot
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from slider_table import graded_table
from sound_generators import drums, mix
from sound_instruments import RATE as SOUND_RATE
from sound_listening import Samples

from clipzy.style.dna import ColorGrade, TransitionType

FRAME_RATES = (24, 30)
KINDS = (
    TransitionType.CUT,
    TransitionType.CUT,
    TransitionType.CUT,
    TransitionType.DISSOLVE,
    TransitionType.FADE,
    TransitionType.WIPE,
    TransitionType.SLIDE,
)
SHAPES = ((16, 9), (16, 9), (16, 9), (9, 16), (1, 1))
RANGE = {"temperature": 45, "tint": 20, "saturation": 40, "contrast": 40, "highlights": 30, "shadows": 30}
MEDIA = {".mp4", ".mov", ".mkv", ".webm", ".avi"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files. `beats`: seconds of the true beats of the footage's music, none where they are not known."""

    name: str
    template: Path
    footage: Path
    beats: tuple[float, ...] = ()


def generated(folder: Path, number: int, seed: int, size: Size, seconds: float) -> Pair:
    """A graded, cut, loud template of some shape and rate; quiet footage of a few long takes in 16:9, both with music."""
    random = np.random.default_rng([seed, number])
    kind = KINDS[int(random.integers(len(KINDS)))]
    template, footage = folder / f"template{number}.mp4", folder / f"footage{number}.mp4"
    shape = SHAPES[int(random.integers(len(SHAPES)))]
    sliders = ColorGrade(**{name: float(random.uniform(-most, most)) for name, most in RANGE.items()})
    rates = random.permutation(FRAME_RATES)
    wide = _of_shape(size, shape)
    pictures = _edit(random, wide, int(rates[0]), seconds, (float(random.uniform(1.0, 3.0)), kind))
    music, _ = _music(random, seconds, float(random.uniform(-16, -10)))
    _write(template, _graded(pictures, sliders), int(rates[0]), music)
    takes = _edit(random, size, int(rates[1]), seconds, (seconds / int(random.integers(1, 4)), TransitionType.CUT))
    music, beats = _music(random, seconds, float(random.uniform(-32, -20)))
    _write(footage, takes, int(rates[1]), music)
    return Pair(f"{number}: {kind}, {shape[0]}:{shape[1]}, {rates[0]} fps", template, footage, beats)


def of_folder(folder: Path, count: int, seed: int) -> Iterator[Pair]:
    """So many pairs of different files of a folder, chosen by chance.

    Raises:
        SystemExit: it holds fewer than two videos.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in MEDIA)
    if len(files) < 2:
        raise SystemExit(f"{folder}: needs two videos at least, as mp4, mov, mkv, webm or avi")
    random = np.random.default_rng(seed)
    both = [(one, other) for one in files for other in files if one != other]
    for number, at in enumerate(random.permutation(len(both))[:count]):
        template, footage = both[int(at)]
        yield Pair(f"{number}: {template.stem} on {footage.stem}", template, footage)


def _of_shape(size: Size, shape: tuple[int, int]) -> Size:
    """Another shape with the same long side, both sides even."""
    across, down = shape
    scale = max(size) / max(across, down)
    return 2 * round(across * scale / 2), 2 * round(down * scale / 2)


def _edit(
    random: np.random.Generator, size: Size, rate: int, seconds: float, cutting: tuple[float, TransitionType]
) -> Iterator[Picture]:
    """Takes of about such a length in seconds, joined by one kind of transition, the last as long as is left."""
    shot_s, kind = cutting
    left = round(seconds * rate)
    saturation = float(random.uniform(0.25, 0.5))  # made-up colours are more vivid than filmed ones
    held: list[Picture] = []
    join = Join(TransitionType.CUT)
    while left > 0:
        following = _join(random, kind, rate)
        count = round(shot_s * random.uniform(0.7, 1.3) * rate) + join.frames + following.frames
        if count + rate > left:
            count, following = max(left, join.frames + 1), Join(TransitionType.CUT)
        taken = [
            looked(p, saturation, np.ones(3, np.float32)) for p in random_shot(random, rate, size=size).frames(count)
        ]
        shown = [
            *(mixed(join, held, taken[: join.frames]) if join.frames else []),
            *taken[join.frames : count - following.frames],
        ]
        held, join = taken[count - following.frames :], following
        left -= len(shown)
        yield from shown


def _join(random: np.random.Generator, kind: TransitionType, rate: int) -> Join:
    if kind is TransitionType.CUT:
        return Join(kind)
    return Join(kind, round(random.uniform(0.4, 0.7) * rate), xfade=XFADES[kind][0])


def _graded(pictures: Iterator[Picture], sliders: ColorGrade) -> Iterator[Picture]:
    table = ImageFilter.Color3DLUT(33, graded_table(sliders).reshape(-1, 3).ravel().tolist())
    for picture in pictures:
        yield np.asarray(Image.fromarray(picture).filter(table))


def _music(random: np.random.Generator, seconds: float, level_db: float) -> tuple[Samples, tuple[float, ...]]:
    """(samples, 2), its root mean square at a level; and its beats in seconds."""
    make = (drums, mix)[int(random.integers(2))]
    piece = make(random, seconds, float(random.uniform(80, 150)))
    audio = np.asarray(piece.audio, np.float32)
    audio = audio if audio.ndim == 2 else np.repeat(audio[:, None], 2, axis=1)
    gain = 10 ** (level_db / 20) / max(float(np.sqrt(np.square(audio).mean())), 1e-6)
    return np.clip(audio * np.float32(gain), -0.97, 0.97), tuple(float(beat) for beat in piece.beats)


def _write(path: Path, pictures: Iterator[Picture], rate: int, sound: NDArray[np.float32]) -> None:
    """H.264 and AAC in mp4, as phones and editors write them."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast", "threads": "2"})
        video.pix_fmt = "yuv420p"
        audio = out.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        for number, picture in enumerate(pictures):
            if number == 0:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        for at in range(0, len(sound), 8192):
            piece = np.ascontiguousarray(sound[at : at + 8192].reshape(1, -1))
            block = av.AudioFrame.from_ndarray(piece, format="flt", layout="stereo")
            block.sample_rate, block.pts, block.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
            out.mux(audio.encode(block))
        out.mux(audio.encode(None))
