"""How well shots and transitions are found, on edits whose boundaries are known, beside PySceneDetect.

    python benchmarks/accuracy/shots.py --edits 20

The edits are made up afresh at each run, encoded with x264 and read back by the decode pass and the network that the video_analysis stage
uses. PySceneDetect's detectors get the best of several thresholds on these very edits; without the package (`pip install scenedetect`) ours
stand alone. Files of `--media` with annotations are scored too; those without are spliced into the edits.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the engine does, before NumPy is imported

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np
from edits import Annotated, TrueBoundary, annotated_media, write_edit, write_unedited
from report import Report, Row, finish, options, seed_of
from scoring import (
    Counts,
    Estimate,
    Interval,
    bootstrap,
    bootstrap_difference,
    f1,
    match_intervals,
    pooled,
    recall,
    share,
)

from clipzy.inference.local import LocalInference
from clipzy.inference.specs import SHOT_BOUNDARY
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.taps import ShotFramesTap, open_shot_frames
from clipzy.settings import Settings
from clipzy.stages.video_analysis import find_shots
from clipzy.style.dna import TransitionType

Told = TypeVar("Told")
FULL_HD, LARGE_BOUNDARIES = (1920, 1080), 6
TOLERANCE = 2  # frames
NOTHING = {"frames": np.zeros((1, 100, 27, 48, 3), np.uint8)}  # a black window
UNEDITED = ("handheld", "flashes", "whip", "adjusting")
CONTENT_THRESHOLDS = (15.0, 20.0, 24.0, 27.0, 32.0)
ADAPTIVE_THRESHOLDS = (1.5, 2.0, 2.5, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in a file: boundaries as intervals in frames with their types, frames read and CPU seconds after decoding."""

    intervals: tuple[Interval, ...]
    types: tuple[TransitionType, ...]
    frames: int
    cpu_s: float


def ours(inference: LocalInference, path: Path) -> Answer:
    """What the video_analysis stage finds; its cost is all but the decoding."""
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        began = time.process_time()
        decode_pass(path, ())
        bare = time.process_time() - began
        began = time.process_time()
        decoded = decode_pass(path, (ShotFramesTap(Path(name)),))
        small = open_shot_frames(Path(name))
        boundaries = find_shots(inference, small.pictures, decoded)
        cpu = time.process_time() - began - bare
        edges = np.append(decoded.ticks, round(decoded.duration / decoded.time_base))
        place = {int(tick): k for k, tick in enumerate(edges)}

    def frame(seconds: Fraction) -> int:
        return place[int(seconds / decoded.time_base)]

    return Answer(
        tuple((frame(b.start), frame(b.end)) for b in boundaries),
        tuple(b.type for b in boundaries),
        decoded.frame_count,
        max(0.0, cpu),
    )


def peers() -> dict[str, tuple[float, ...]]:
    """Detectors of PySceneDetect with the thresholds to try; none where the package is missing."""
    try:
        import scenedetect  # noqa: F401  # only whether it is there
    except ImportError:
        return {}
    return {"ContentDetector": CONTENT_THRESHOLDS, "AdaptiveDetector": ADAPTIVE_THRESHOLDS}


def theirs(path: Path) -> dict[str, dict[float, list[Interval]]]:
    """Cuts that each detector finds at each threshold, in one pass over the frames at the size that the package takes by default."""
    import scenedetect
    from scenedetect.scene_manager import DEFAULT_MIN_WIDTH

    found: dict[str, dict[float, list[Interval]]] = {name: {t: [] for t in ts} for name, ts in peers().items()}
    made = {
        (name, t): getattr(scenedetect, name)(**{"threshold" if name == "ContentDetector" else "adaptive_threshold": t})
        for name, ts in peers().items()
        for t in ts
    }
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or 25)
        size = (DEFAULT_MIN_WIDTH, round(stream.height * DEFAULT_MIN_WIDTH / stream.width))
        now = scenedetect.FrameTimecode(0, rate)
        for number, frame in enumerate(container.decode(stream)):
            now = scenedetect.FrameTimecode(number, rate)
            picture = cv2.resize(frame.to_ndarray(format="bgr24"), size, interpolation=cv2.INTER_LINEAR)
            for (name, t), detector in made.items():
                found[name][t] += [(cut.frame_num,) * 2 for cut in detector.process_frame(now, picture)]
    for (name, t), detector in made.items():
        found[name][t] += [(cut.frame_num,) * 2 for cut in detector.post_process(now)]
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """One edit: all boundaries, cuts and gradual ones, (right, found) types of both, errors of the gradual ones' lengths in frames, and the misses in words."""

    overall: Counts
    cuts: Counts
    gradual: Counts
    cut_types: tuple[int, int]
    types: tuple[int, int]
    lengths: tuple[float, ...]
    misses: tuple[str, ...]


def score(found: Sequence[Interval], types: Sequence[TransitionType], truth: Annotated) -> Score:
    """Hold what was found in a file against what is there; a peer that tells no types has none right."""
    true = truth.boundaries
    pairs = match_intervals(found, [(b.start, b.end) for b in true], TOLERANCE)
    matched = {t: f for f, t in pairs}
    gradual = [k for k, b in enumerate(true) if b.type is not TransitionType.CUT]
    cuts = [k for k, b in enumerate(true) if b.type is TransitionType.CUT]
    seen, seen_cuts = ([k for k in kind if k in matched] for kind in (gradual, cuts))
    right = {k for k in matched if types[matched[k]] is true[k].type} if types else set()
    lengths = [abs((found[matched[k]][1] - found[matched[k]][0]) - (true[k].end - true[k].start)) for k in seen]
    spare = set(range(len(found))) - {f for f, _ in pairs}
    misses = [f"missed {_named(true[k])}" for k in range(len(true)) if k not in matched]
    misses += [f"{_named(true[k])} taken for {types[matched[k]]}" for k in sorted(matched) if types and k not in right]
    misses += [f"false {types[f] if types else 'cut'} {found[f]}" for f in sorted(spare)]
    return Score(
        Counts(len(pairs), len(found), len(true)),
        Counts(len(seen_cuts), 0, len(cuts)),
        Counts(len(seen), 0, len(gradual)),
        (len(right.intersection(seen_cuts)), len(seen_cuts)),
        (len(right.intersection(seen)), len(seen)),
        tuple(float(v) for v in lengths),
        tuple(f"{truth.path.name}: {miss}" for miss in misses),
    )


def _named(boundary: TrueBoundary) -> str:
    return f"{boundary.type} {boundary.start}..{boundary.end}"


def peer_scores(
    truths: Sequence[Annotated], unedited: Sequence[Annotated]
) -> dict[str, tuple[list[Counts], list[float]]]:
    """Counts per edit and false boundaries per unedited file of each peer at the threshold with its best F1 on the edits."""
    if not peers():
        return {}
    best: dict[str, tuple[list[Counts], list[float]]] = {}
    answers, quiet = ([_told(theirs(file.path)) for file in files] for files in (truths, unedited))
    for detector, thresholds in peers().items():
        scores = {
            t: [score(answer[detector][t], (), truth).overall for answer, truth in zip(answers, truths, strict=True)]
            for t in thresholds
        }
        chosen = max(scores, key=lambda t: f1(scores[t]))
        best[f"{detector}({chosen:g})"] = (scores[chosen], [float(len(answer[detector][chosen])) for answer in quiet])
    return best


def main() -> None:
    """Make the material, score it, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--boundaries", type=int, default=12, help="of each edit")
    parser.add_argument("--unedited-seconds", type=float, default=300.0, help="of footage without boundaries, in all")
    parser.add_argument("--media", type=Path, help="folder of files with annotations, or of one take each")
    parser.add_argument("--keep", type=Path, help="leave the generated files here")
    parser.add_argument("--misses", action="store_true", help="list every miss")
    given = parser.parse_args()
    seed = seed_of(given.seed)
    annotated, takes = annotated_media(given.media) if given.media else ([], [])
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        seeds = np.random.SeedSequence(seed).generate_state(given.edits + 1000)
        edits = [
            write_edit(folder / f"edit{k}.mp4", int(seeds[k]), given.boundaries, takes) for k in range(given.edits)
        ]
        each = max(6.0, given.unedited_seconds / 15)
        unedited = [
            write_unedited(folder / f"take{k}.mp4", int(seeds[given.edits + k]), each, UNEDITED[k % len(UNEDITED)])
            for k in range(round(given.unedited_seconds / each))
        ]
        large = write_edit(folder / "large.mp4", int(seeds[-1]), LARGE_BOUNDARIES, size=FULL_HD)
        report = measure(edits + annotated, unedited, large, seed, list_misses=given.misses)
    finish(report, given.json)


def measure(
    truths: Sequence[Annotated], unedited: Sequence[Annotated], large: Annotated, seed: int, *, list_misses: bool
) -> Report:
    """Score all files, ours and the peers'; of the large one only what it costs."""
    inference = LocalInference(Settings().weights_path, device="cpu")
    inference.infer(SHOT_BOUNDARY, NOTHING)  # loads it, of which no file's frames bear the cost
    answers = [_told(ours(inference, truth.path)) for truth in truths]
    scores = [score(a.intervals, a.types, t) for a, t in zip(answers, truths, strict=True)]
    quiet = [_told(ours(inference, take.path)) for take in unedited]
    others = peer_scores(truths, unedited)
    print(file=sys.stderr)
    overall = [s.overall for s in scores]
    minutes = [a.frames / t.rate / 300 for a, t in zip(quiet, unedited, strict=True)]
    false = list(zip([len(a.intervals) for a in quiet], minutes, strict=True))
    ahead = [bootstrap_difference(overall, counts, f1) for counts, _ in others.values()]
    rows = [
        Row(
            "boundaries, F1 within 2 frames",
            bootstrap(overall, f1),
            0.95,
            peers={n: bootstrap(c, f1) for n, (c, _) in others.items()},
        ),
        *([Row("  ahead of the best peer by", min(ahead, key=lambda e: e.value), 0.08)] if ahead else []),
        Row("cuts found", bootstrap([s.cuts for s in scores], recall)),
        Row("  told as cuts", bootstrap([s.cut_types for s in scores], share)),
        Row("gradual transitions found", bootstrap([s.gradual for s in scores], recall), 0.85),
        Row("  their type right", bootstrap([s.types for s in scores], share), 0.93),
        Row(
            "  error of their length, median frames",
            bootstrap([s.lengths for s in scores], pooled(np.median)),
            2,
            more=False,
        ),
        Row(
            "false boundaries in 5 min without any",
            bootstrap(false, share),
            1,
            more=False,
            peers={
                n: bootstrap(list(zip([int(v) for v in f], minutes, strict=True)), share)
                for n, (_, f) in others.items()
            },
        ),
        Row("CPU ms a frame after decoding", _cost([*answers, *quiet]), 6, more=False),
        Row("  at 1920x1080", _cost([ours(inference, large.path)]), 6, more=False),
    ]
    misses = [miss for s in scores for miss in s.misses]
    misses += [
        f"{t.path.name}: false {kind} {at}"
        for a, t in zip(quiet, unedited, strict=True)
        for at, kind in zip(a.intervals, a.types, strict=True)
    ]
    material = f"{len(truths)} edits with {sum(s.overall.true for s in scores)} boundaries, {sum(minutes) * 5:.1f} min unedited"
    notes = () if others else ("PySceneDetect is not installed: no peer.",)
    return Report("shots and transitions", seed, material, tuple(rows), (*notes, *(misses if list_misses else ())))


def _cost(answers: Sequence[Answer]) -> Estimate:
    return bootstrap(
        [(a.cpu_s, a.frames) for a in answers], lambda u: 1000 * sum(c for c, _ in u) / max(1, sum(n for _, n in u))
    )


def _told(answer: Told) -> Told:
    print(".", end="", flush=True, file=sys.stderr)
    return answer


if __name__ == "__main__":
    main()
