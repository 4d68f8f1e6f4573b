"""How exactly the camera's motion is measured, and whether its moves are named right, beside plain OpenCV.

    python benchmarks/accuracy/camera.py --pairs 300 --takes 42

Pairs of pictures are moved by a known similarity, half of them with a subject that goes its own way, and coded as JPEG. OpenCV sees the same
pairs: DIS flow at its medium preset and RANSAC over a grid. Takes of known moves are encoded with x264 and go the way of the motion_analysis
stage; there is no peer for naming a move.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from edits import encode
from material import Camera, Size, random_shot, scene
from numpy.typing import NDArray
from report import Report, Row, finish, options, seed_of
from scoring import bootstrap, pooled, share

from clipzy.analysis.motion import measure_motion
from clipzy.inference.local import LocalInference
from clipzy.inference.specs import CAMERA_MOTION
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import MotionPairsTap, open_motion_pairs
from clipzy.settings import Settings
from clipzy.stages.motion_analysis import ask
from clipzy.style.measurements import CameraMoveKind
from clipzy.style.time import Span

PAIR_SIZE: Size = (320, 180)
JPEG_QUALITY = 70
FAILED_PX = 3.0  # at the corners
Floats = NDArray[np.float64]

MOVES: dict[Camera, CameraMoveKind] = {
    "still": CameraMoveKind.STATIC,
    "pan": CameraMoveKind.PAN,
    "tilt": CameraMoveKind.TILT,
    "zoom": CameraMoveKind.ZOOM,
    "roll": CameraMoveKind.ROLL,
    "handheld": CameraMoveKind.HANDHELD,
    "walking": CameraMoveKind.HANDHELD,
}


@dataclass(frozen=True)
class Pair:
    """Two grey pictures (2, height, width) uint8 and what took one to the other: dx, dy, log zoom, roll."""

    pictures: NDArray[np.uint8]
    motion: Floats


def random_pair(random: np.random.Generator) -> Pair:
    """A place seen twice."""
    width, height = PAIR_SIZE
    place = scene(random, (2 * width, 2 * height))
    motion = np.array(
        [*(random.normal(0, 0.02, 2) * width), random.normal(0, 0.02), random.normal(0, 0.02)]
    ) * random.choice([0.2, 1.0])
    views = [_view(place, np.zeros(4)), _view(place, motion)]
    if random.random() < 0.5:
        at, step = random.uniform(0.3, 0.7, 2) * PAIR_SIZE, random.normal(0, 0.03, 2) * width
        cover = scene(random, PAIR_SIZE, "texture")
        axes = (int(0.23 * width), int(0.16 * width))
        for picture, moved in zip(views, (np.zeros(2), step), strict=True):
            matte = np.zeros(picture.shape[:2], np.uint8)
            cv2.ellipse(matte, tuple(int(v) for v in at + moved), axes, 0, 0, 360, 1, -1)
            shifted = cv2.warpAffine(
                cover, np.array([[1, 0, moved[0]], [0, 1, moved[1]]]), PAIR_SIZE, borderMode=cv2.BORDER_REFLECT
            )
            picture[matte > 0] = shifted[matte > 0]
    return Pair(np.stack([_coded(random, picture) for picture in views]), motion)


def _view(place: NDArray[np.uint8], motion: Floats) -> NDArray[np.uint8]:
    width, height = PAIR_SIZE
    dx, dy, log_zoom, roll = motion
    cos, sin = np.exp(log_zoom) * np.cos(roll), np.exp(log_zoom) * np.sin(roll)
    centre, there = np.array([width - 1, height - 1]) / 2, (np.array(place.shape[1::-1]) - 1) / 2
    turn = np.array([[cos, -sin], [sin, cos]])
    matrix = np.column_stack([turn, centre + np.array([dx, dy]) - turn @ there])
    return np.asarray(cv2.warpAffine(place, matrix, PAIR_SIZE, flags=cv2.INTER_CUBIC), np.uint8)


def _coded(random: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) + random.normal(0, 1.5, picture.shape[:2])
    coded = cv2.imencode(".jpg", np.clip(grey, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def plain_opencv(pair: Pair) -> Floats:
    """What the textbook says: dense flow and RANSAC over a grid of its vectors."""
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(pair.pictures[0], pair.pictures[1], None)
    width, height = PAIR_SIZE
    x, y = np.meshgrid(np.arange(4, width, 8), np.arange(4, height, 8))
    points = np.stack([x.ravel(), y.ravel()], -1).astype(np.float64)
    moved = points + flow[y.ravel(), x.ravel()]
    centre = np.array([width - 1, height - 1]) / 2
    matrix, _ = cv2.estimateAffinePartial2D(
        points - centre, moved - centre, method=cv2.RANSAC, ransacReprojThreshold=1.2
    )
    if matrix is None:
        return np.zeros(4)
    return np.array(
        [*matrix[:, 2], np.log(np.hypot(matrix[0, 0], matrix[1, 0])), np.arctan2(matrix[1, 0], matrix[0, 0])]
    )


def errors(found: Floats, true: Floats) -> tuple[float, float, float, float]:
    """Shift in pixels, zoom in per cent, rotation in degrees, and the most a corner is off in pixels."""
    off = found - true
    reach = np.hypot(*PAIR_SIZE) / 2
    corner = float(np.hypot(off[0], off[1]) + reach * np.hypot(off[2], off[3]))
    return float(np.hypot(off[0], off[1])), float(100 * abs(off[2])), float(np.degrees(abs(off[3]))), corner


def write_take(path: Path, seed: int, camera: Camera, seconds: float = 4.0) -> None:
    """One take of a known move."""
    random = np.random.default_rng(seed)
    shot = random_shot(random, 25)
    speed = float(np.exp(random.uniform(np.log(0.03), np.log(0.25))))
    shot = replace(shot, camera=camera, speed=speed, subjects=int(random.integers(0, 3)), magnification=1.0)
    encode(path, shot.frames(round(25 * seconds)), 25, crf=int(random.integers(18, 29)))


def named(inference: LocalInference, path: Path) -> CameraMoveKind:
    """The move that fills most of a file."""
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        decoded = decode_pass(path, (MotionPairsTap(Path(name)),))
        pairs = open_motion_pairs(Path(name))
        answers = ask(inference, pairs)
        height, width = pairs.pictures.shape[2:]
        found = measure_motion(
            answers["similarity"],
            answers["confidence"][:, 0],
            answers["flow_magnitude"][:, 0],
            answers["residual_magnitude"][:, 0],
            pair_times=pairs.times_s.tolist(),
            pair_intervals=pairs.intervals_s.tolist(),
            size=(width, height),
            shots=(Span(Fraction(0), decoded.duration),),
        )
    long: dict[CameraMoveKind, Fraction] = {}
    for move in found.moves:
        long[move.kind] = long.get(move.kind, Fraction(0)) + move.span.duration
    return max(long, key=lambda kind: long[kind])


def main() -> None:
    """Make the material, score it, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--takes", type=int, default=42, help="of known moves")
    given = parser.parse_args()
    seed = seed_of(given.seed)
    random = np.random.default_rng(seed)
    inference = LocalInference(Settings().weights_path, device="cpu")
    pairs = [random_pair(random) for _ in range(given.pairs)]
    ours = np.asarray(
        inference.infer(CAMERA_MOTION, {"pairs": np.stack([p.pictures for p in pairs])})["similarity"], float
    )
    mine = [errors(found, p.motion) for found, p in zip(ours, pairs, strict=True)]
    plain = [errors(plain_opencv(p), p.motion) for p in pairs]
    cameras = list(MOVES)
    told: list[tuple[Camera, CameraMoveKind]] = []
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        for number in range(given.takes):
            path = Path(name) / f"{number}.mp4"
            camera = cameras[number % len(cameras)]
            write_take(path, int(random.integers(2**31)), camera)
            told.append((camera, named(inference, path)))
            print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    right = [(int(kind is MOVES[camera]), 1) for camera, kind in told]
    wrong = tuple(f"{camera} named {kind}" for camera, kind in told if kind is not MOVES[camera])
    rows = (
        *(
            _median(what, bar, [e[k] for e in mine], [e[k] for e in plain])
            for k, (what, bar) in enumerate((("shift, px of 320", 0.1), ("zoom, %", 0.1), ("rotation, degrees", 0.1)))
        ),
        Row(
            f"pairs more than {FAILED_PX:g} px off",
            bootstrap(_failed(mine), share),
            more=False,
            peers={"DIS + RANSAC": bootstrap(_failed(plain), share)},
        ),
        Row("moves named right", bootstrap(right, share), 0.9),
    )
    material = f"{given.pairs} pairs, {given.takes} takes of {len(MOVES)} moves"
    finish(Report("camera motion", seed, material, rows, wrong), given.json)


def _median(what: str, bar: float, ours: Sequence[float], theirs: Sequence[float]) -> Row:
    median = pooled(np.median)
    mine, plain = ([[value] for value in values] for values in (ours, theirs))
    return Row(
        f"median error of {what}",
        bootstrap(mine, median),
        bar,
        more=False,
        peers={"DIS + RANSAC": bootstrap(plain, median)},
    )


def _failed(found: Sequence[tuple[float, float, float, float]]) -> list[tuple[int, int]]:
    return [(int(corner > FAILED_PX), 1) for *_, corner in found]


if __name__ == "__main__":
    main()
