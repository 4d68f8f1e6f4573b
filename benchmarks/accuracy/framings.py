"""How well changes between two framings of one take are found: cuts, and transitions in which the take runs on underneath.

    python benchmarks/accuracy/framings.py --takes 24 --zooms 12

That is what editors do with a long take, and what our own renderer makes of one: closer to the subject and back. Takes of all kinds of camera are
made up afresh at each run, shown in framings 1.15 to 1.6 times as close by turns, encoded with x264 and analysed as the video_analysis stage does. Zooms, slow
and sudden, are no such changes: what is found in takes with nothing else is told besides.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the engine does, before NumPy is imported

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from edits import RATES, Annotated, TrueBoundary, encode, looked, seen
from joins import Join, mixed, random_gradual
from material import CAMERAS, SIZE, Picture, Size, random_shot
from report import Report, Row, finish, options, seed_of
from scoring import bootstrap, f1, pooled, recall, share
from shots import Score, ours, score

from clipzy.inference.local import LocalInference
from clipzy.settings import Settings
from clipzy.style.dna import TransitionType

CLOSER = (1.15, 1.6)  # times
LASTS = (6, 31)  # frames of a gradual change
SHOWN_S = (0.8, 2.5)  # seconds for which a framing stands
KINDS = (
    TransitionType.CUT,
    TransitionType.DISSOLVE,
    TransitionType.DISSOLVE,
    TransitionType.FADE,
    TransitionType.WIPE,
    TransitionType.SLIDE,
)
ROOM = (
    4 / 3
)  # sides of what is filmed by those of what is shown: a framing closer than that is enlarged, as in any edit
ZOOMS = ("slow", "crash", "in and out")
Region = tuple[int, int, int, int]  # left, top, right, bottom: pixels of what is filmed


def write_framings(path: Path, seed: int, joins: int, camera: str) -> Annotated:
    """One take in joins + 1 framings, wide and close by turns."""
    random = np.random.default_rng(seed)
    rate = int(random.choice(RATES))
    filmed = _filmed(SIZE)
    regions, plan = _regions(random, filmed, joins), [_join(random) for _ in range(joins)]
    shown = [round(float(random.uniform(*SHOWN_S)) * rate) for _ in range(joins + 1)]
    look = (float(random.uniform(0.3, 1.0)), random.uniform(0.9, 1.1, 3).astype(np.float32))
    shot = replace(random_shot(random, rate, size=filmed), camera=camera)
    take = [looked(p, *look) for p in shot.frames(sum(shown) + sum(join.frames for join in plan))]
    boundaries: list[TrueBoundary] = []

    def frames() -> Iterator[Picture]:
        at = 0
        for number, (region, count) in enumerate(zip(regions, shown, strict=True)):
            yield from (_framed(p, region) for p in take[at : at + count])
            at += count
            if number == joins:
                return
            join = plan[number]
            under = take[at : at + join.frames]
            old, new = ([_framed(p, r) for p in under] for r in (region, regions[number + 1]))
            between = mixed(join, old, new) if join.frames else []
            boundaries.append(seen(join, at, old, between, new))
            yield from between
            at += join.frames

    encode(path, frames(), rate, crf=int(random.integers(18, 29)))
    return Annotated(path, rate, tuple(boundaries))


def write_zoom(path: Path, seed: int, seconds: float, kind: str, camera: str) -> Annotated:
    """One take whose lens does all that happens: comes closer all the time, in half a second now and then, or in and out again."""
    random = np.random.default_rng(seed)
    rate = int(random.choice(RATES))
    filmed = _filmed(SIZE)
    shot = replace(random_shot(random, rate, size=filmed), camera=camera)
    count = round(seconds * rate)
    course = {"slow": _slow, "crash": _crash, "in and out": _in_and_out}[kind](random, count, rate)
    at = random.uniform(0.3, 0.7, 2)
    frames = (
        _framed(p, _region(filmed, float(closer), *at)) for p, closer in zip(shot.frames(count), course, strict=True)
    )
    encode(path, frames, rate, crf=int(random.integers(18, 29)))
    return Annotated(path, rate, ())


def _filmed(size: Size) -> Size:
    return round(size[0] * ROOM), round(size[1] * ROOM)


def _regions(random: np.random.Generator, filmed: Size, joins: int) -> list[Region]:
    found, wide = [], float(random.uniform(1.0, 1.15))
    for number in range(joins + 1):
        closer = wide * float(random.uniform(*CLOSER)) if number % 2 else wide
        found.append(_region(filmed, closer, *random.uniform(0, 1, 2)))
    return found


def _region(filmed: Size, closer: float, x: float, y: float) -> Region:
    """The part of what is filmed that shows it so many times as close, at these shares of what is cut away."""
    width, height = (side / closer for side in filmed)
    left, top = (filmed[0] - width) * x, (filmed[1] - height) * y
    return round(left), round(top), round(left + width), round(top + height)


def _framed(picture: Picture, region: Region) -> Picture:
    left, top, right, bottom = region
    part = picture[top:bottom, left:right]
    how = cv2.INTER_AREA if part.shape[1] > SIZE[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, SIZE, interpolation=how), np.uint8)


def _join(random: np.random.Generator) -> Join:
    kind = KINDS[int(random.integers(len(KINDS)))]
    return Join(kind) if kind is TransitionType.CUT else random_gradual(random, kind, int(random.integers(*LASTS)))


def _slow(random: np.random.Generator, count: int, rate: int) -> np.ndarray:
    """Up to 2.2 times as close, by 5 to 30 % a second."""
    a_second = float(random.uniform(0.05, 0.3))
    closer = np.minimum(2.2, np.exp(a_second * np.arange(count) / rate))
    return closer[::-1] if random.random() < 0.5 else closer


def _crash(random: np.random.Generator, count: int, rate: int) -> np.ndarray:
    """Between two framings within 5 to 20 frames, every second or two, evenly or gently."""
    closer, level = np.ones(count), 1.0
    at = round(float(random.uniform(0.8, 1.6)) * rate)
    while at < count:
        lasts = int(random.integers(5, 21))
        other = float(random.uniform(1.2, 1.8)) if level == 1 else 1.0
        t = np.clip((np.arange(count) - at) / lasts, 0, 1)
        t = t * t * (3 - 2 * t) if random.random() < 0.7 else t
        closer = closer + (other - level) * t
        level = other
        at += lasts + round(float(random.uniform(0.8, 2.0)) * rate)
    return closer


def _in_and_out(random: np.random.Generator, count: int, rate: int) -> np.ndarray:
    """Round a middle, once in two to five seconds."""
    period = float(random.uniform(2, 5)) * rate
    return np.asarray(1.3 + 0.25 * np.sin(2 * np.pi * np.arange(count) / period))


def main() -> None:
    """Make the takes, score them, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--takes", type=int, default=24)
    parser.add_argument("--joins", type=int, default=4, help="of each take")
    parser.add_argument("--zooms", type=int, default=12, help="takes of 10 s that only zoom")
    parser.add_argument("--keep", type=Path, help="leave the generated files here")
    parser.add_argument("--misses", action="store_true", help="list every miss")
    given = parser.parse_args()
    seed = seed_of(given.seed)
    seeds = np.random.SeedSequence(seed).generate_state(given.takes + given.zooms)
    inference = LocalInference(Settings().weights_path, device="cpu")
    scores: list[Score] = []
    minutes: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        for k, chosen in enumerate(seeds):
            camera = CAMERAS[k % len(CAMERAS)]
            if k < given.takes:
                made = write_framings(folder / f"take{k}-{camera}.mp4", int(chosen), given.joins, camera)
            else:
                kind = ZOOMS[k % len(ZOOMS)]
                made = write_zoom(folder / f"zoom{k}-{kind}-{camera}.mp4", int(chosen), 10.0, kind, camera)
            answer = ours(inference, made.path)
            if k < given.takes:
                scores.append(score(answer.intervals, answer.types, made))
            else:
                minutes.append((len(answer.intervals), answer.frames / made.rate / 60))
    finish(_reported(seed, scores, minutes, list_misses=given.misses), given.json)


def _reported(seed: int, scores: list[Score], zooms: list[tuple[int, float]], *, list_misses: bool) -> Report:
    rows = (
        Row("changes of framing, F1 within 2 frames", bootstrap([s.overall for s in scores], f1)),
        Row("cuts found", bootstrap([s.cuts for s in scores], recall), 0.9),
        Row("  told as cuts", bootstrap([s.cut_types for s in scores], share)),
        Row("gradual changes found", bootstrap([s.gradual for s in scores], recall), 0.9),
        Row("  their type right", bootstrap([s.types for s in scores], share), 0.93),
        Row(
            "  error of their length, median frames",
            bootstrap([s.lengths for s in scores], pooled(np.median)),
            2,
            more=False,
        ),
        Row("false boundaries a minute of zooms", bootstrap(zooms, share), more=False),
    )
    material = f"{len(scores)} takes with {sum(s.overall.true for s in scores)} changes, {len(zooms)} takes that zoom"
    misses = tuple(miss for s in scores for miss in s.misses) if list_misses else ()
    return Report("changes of framing within a take", seed, material, rows, misses)


if __name__ == "__main__":
    main()
