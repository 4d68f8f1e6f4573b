"""Edits whose boundaries are known, and footage without any, encoded to files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from joins import Join, mixed, random_join
from material import SIZE, Picture, Shot, Size, adjusted_gains, random_shot, scene

from clipzy.style.dna import TransitionType

RATES = (24, 25, 30)
VISIBLE = 0.02
"""Share of the whole change from which a mixed frame counts as mixed: circles and eased dissolves begin and end unseen."""


@dataclass(frozen=True, slots=True)
class TrueBoundary:
    """A boundary in frames: `start` the first frame that is mixed, `end` the first that is purely new; equal for a cut."""

    start: int
    end: int
    type: TransitionType


@dataclass(frozen=True, slots=True)
class Annotated:
    """A file whose boundaries are known."""

    path: Path
    rate: float
    boundaries: tuple[TrueBoundary, ...]


def write_edit(path: Path, seed: int, joins: int, takes: Sequence[Path] = (), size: Size = SIZE) -> Annotated:
    """Cut an edit with so many boundaries; with `takes`, files of one take each, half of its shots are spans of them."""
    random = np.random.default_rng(seed)
    rate = int(random.choice(RATES))
    look = (float(random.uniform(0.3, 1.0)), random.uniform(0.9, 1.1, 3).astype(np.float32))
    boundaries: list[TrueBoundary] = []

    def frames() -> Iterator[Picture]:
        count, last, held = 0, None, []
        following = Join(TransitionType.CUT)
        for number in range(joins + 1):
            join, following = following, random_join(random, rate) if number < joins else Join(TransitionType.CUT)
            length = round(float(np.clip(random.lognormal(0.5, 0.6), 0.7, 6)) * rate) + join.frames + following.frames
            taken, last = _take(random, takes, rate=rate, count=length, last=last, size=size)
            graded = [looked(picture, *look) for picture in taken]
            if number:
                between = mixed(join, held, graded[: join.frames])
                boundaries.append(seen(join, count, held, between, graded))
                yield from between
                count += len(between)
            body = graded[join.frames : length - following.frames]
            held = graded[length - following.frames :]
            yield from body
            count += len(body)

    encode(path, frames(), rate, crf=int(random.integers(18, 29)))
    return _annotated(Annotated(path, rate, tuple(boundaries)))


def write_unedited(path: Path, seed: int, seconds: float, kind: str, size: Size = SIZE) -> Annotated:
    """One take in which much happens that is no boundary: `handheld`, `flashes`, `whip` (fast pans), or `adjusting` exposure and white balance."""
    random = np.random.default_rng(seed)
    rate = int(random.choice(RATES))
    count = round(seconds * rate)
    shot = random_shot(random, rate, size=size)
    changes: dict[str, Any] = {"subjects": int(random.integers(1, 5)), "speed": float(random.uniform(0.05, 0.2))}
    match kind:
        case "handheld":
            changes["camera"] = str(random.choice(["handheld", "walking"]))
        case "flashes":
            starts = random.choice(count, max(1, count // rate), replace=False)
            changes["flashes"] = tuple(int(s) + k for s in starts for k in range(int(random.integers(1, 4))))
        case "whip":
            # a place many pictures wide: the camera crosses one in a second or two
            changes |= {"camera": "whip", "speed": float(random.uniform(0.4, 1.0)), "centre": (0.5, 0.5)}
            changes["place"] = scene(random, (int(size[0] * 2 * seconds), 2 * size[1]))
        case "adjusting":
            changes |= {
                "camera": str(random.choice(["still", "pan", "handheld"])),
                "noise": float(random.uniform(0, 6)),
            }
            changes["gains"] = adjusted_gains(random, count, rate)
        case _:
            raise ValueError(f"no such footage: {kind}")
    take = replace(shot, **changes)
    encode(path, take.frames(count), rate, crf=int(random.integers(18, 29)))
    return _annotated(Annotated(path, rate, ()))


def annotated_media(folder: Path) -> tuple[list[Annotated], list[Path]]:
    """Files of a folder that have annotations beside them, and those that have none, which are taken as one take each.

    `clip.json` beside `clip.mp4`: `{"boundaries": [{"start_s": 1.2, "end_s": 1.2, "type": "cut"}, ...]}`, types as in the Style DNA.
    """
    known: list[Annotated] = []
    takes: list[Path] = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in {".mp4", ".mov", ".mkv", ".webm", ".avi"}):
        beside = path.with_suffix(".json")
        if not beside.exists():
            takes.append(path)
            continue
        with av.open(str(path)) as container:
            rate = float(container.streams.video[0].average_rate or 25)
        told = json.loads(beside.read_text())["boundaries"]
        known.append(
            Annotated(
                path,
                rate,
                tuple(
                    TrueBoundary(round(b["start_s"] * rate), round(b["end_s"] * rate), TransitionType(b["type"]))
                    for b in told
                ),
            )
        )
    return known, takes


def _annotated(made: Annotated) -> Annotated:
    """Write the truth beside the file, as `annotated_media` reads it."""
    told = [{"start_s": b.start / made.rate, "end_s": b.end / made.rate, "type": b.type} for b in made.boundaries]
    made.path.with_suffix(".json").write_text(json.dumps({"boundaries": told}, indent=1))
    return made


def encode(path: Path, frames: Iterable[Picture], rate: int, crf: int = 20) -> None:
    """Write H.264 as editors export it, with B-frames."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": str(crf), "preset": "veryfast", "threads": "2"})
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(frames):
            if number == 0:
                stream.height, stream.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _take(
    random: np.random.Generator, takes: Sequence[Path], *, rate: int, count: int, last: Shot | Path | None, size: Size
) -> tuple[list[Picture], Shot | Path]:
    """The frames of the next take: one of the files, never the one just used, or made up; one time in four from the place of the last take."""
    others = [path for path in takes if path != last]
    if others and random.random() < 0.5:
        path = others[int(random.integers(len(others)))]
        return _span(random, path, count, size), path
    shot = random_shot(random, rate, last if isinstance(last, Shot) and random.random() < 0.25 else None, size)
    return list(shot.frames(count)), shot


def _span(random: np.random.Generator, path: Path, count: int, size: Size) -> list[Picture]:
    """A stretch of a file from a place chosen by chance, as long as it has frames; the last is held where it has too few."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        total = stream.frames or count
        skip = int(random.integers(0, max(1, total - count)))
        pictures: list[Picture] = []
        for number, frame in enumerate(container.decode(stream)):
            if number >= skip:
                pictures.append(frame.to_ndarray(width=size[0], height=size[1], format="rgb24"))
            if len(pictures) == count:
                break
    return pictures + [pictures[-1]] * (count - len(pictures))


def looked(picture: Picture, saturation: float, cast: np.ndarray) -> Picture:
    """One look for all takes of an edit, duller and cast one way: they come nearer to each other, and to what cameras deliver."""
    value = picture.astype(np.float32)
    grey = value.mean(-1, keepdims=True)
    return np.asarray(np.clip((grey + saturation * (value - grey)) * cast, 0, 255), np.uint8)


def seen(
    join: Join, at: int, old: Sequence[Picture], between: Sequence[Picture], new: Sequence[Picture]
) -> TrueBoundary:
    """Where the mixed frames that can be told from pure ones begin and end."""
    if not between:
        return TrueBoundary(at, at, TransitionType.CUT)
    first, last = 0, len(between) - 1
    while first < last and _apart(between[first], old[first]) < VISIBLE * _apart(old[first], new[first]):
        first += 1
    while last > first and _apart(between[last], new[last]) < VISIBLE * _apart(old[last], new[last]):
        last -= 1
    return TrueBoundary(at + first, at + last + 1, join.type)


def _apart(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())
