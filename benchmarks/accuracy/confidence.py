"""Whether `extraction_confidence` tells how far a style is off: videos in known styles, from good to hopeless, with the errors of their Style DNA.

    python benchmarks/accuracy/confidence.py --videos 40 --keep build/confidence --plot build/confidence.png
    python benchmarks/accuracy/confidence.py --videos 10 --seconds 20 36 --keep build/confidence
    python benchmarks/accuracy/confidence.py --videos 0 --keep build/confidence

Each video goes through the three analyses and the style's extraction, networks in process. Its error is the mean over the fields of how far each
lies from the style that the video was made in, every field on a scale on which 1 says as much as nothing (`ENOUGH_OFF`). `--keep` leaves truth and
measurements in a folder: later runs add to them, and score all of them with the confidence as it then stands.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from math import log2
from pathlib import Path

import numpy as np
from report import Report, Row, finish, options, seed_of
from scipy.stats import spearmanr
from scoring import bootstrap, match_intervals
from styled import Conditions, Style, frames, random_conditions, random_style, sound, write

from clipzy.inference.local import LocalInference
from clipzy.settings import Settings
from clipzy.stages import audio_analysis, motion_analysis, video_analysis
from clipzy.stages.context import Role, Source, StageContext
from clipzy.stages.measured import AUDIO, MOTION, VIDEO, measurements
from clipzy.storage.artifacts import load_json, save_json
from clipzy.style.confidence import extraction_confidence
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA
from clipzy.style.extract import extract
from clipzy.style.loudness import normalization_level
from clipzy.style.measurements import Measurements

ANALYSES = {VIDEO: video_analysis.run, AUDIO: audio_analysis.run, MOTION: motion_analysis.run}
RELIABLE, DOUBTFUL = 0.85, 0.6  # as the contract has it
SMALL, LARGE = 0.15, 0.3  # mean errors that can be lived with, and that cannot
ENOUGH_OFF = {
    "cuts": 1.0,  # octaves
    "grade": 25.0,  # points, mean over the six sliders
    "motion": 25.0,  # points
    "zooms": 50.0,  # points
    "tempo": 0.06,  # octaves, 4 %
    "level": 0.25,  # of the range: 5.5 LU
}
BEAT_WINDOW_S = 0.07


@dataclass(frozen=True, slots=True)
class Truth:
    """What one video was made in and of: `beats` in seconds; `lufs` of the whole piece, None without sound."""

    style: Style
    conditions: Conditions
    beats: tuple[float, ...]
    lufs: float | None


@dataclass(frozen=True, slots=True)
class Scored:
    """One video: its confidence and the error of each field, 0..1."""

    confidence: float
    errors: dict[str, float]

    @property
    def error(self) -> float:
        """Mean over the fields."""
        return float(np.mean(list(self.errors.values())))


def analysed(inference: LocalInference, path: Path, folder: Path) -> Measurements:
    """What the three analyses of a job find in a file."""
    context = StageContext(
        job_id="job_benchmark",
        sources=(Source(Role.TEMPLATE, path, path.name),),
        config=JobConfig(),
        folder=folder,
        earlier={stage: folder / stage for stage in ANALYSES},
        cache=folder / "cache",
        inference=inference,
        report=lambda _share: None,
        warn=lambda _text: None,
    )
    for stage, run in ANALYSES.items():
        (folder / stage).mkdir()
        run(replace(context, folder=folder / stage))
    return measurements(context, Role.TEMPLATE)


def errors(found: StyleDNA, truth: Truth) -> dict[str, float]:
    """How far each field is off, 0 not at all, 1 as much as nothing; fields of the sound are left out where there is none."""
    style = truth.style
    off = {
        "cuts": _octaves(found.cut_frequency, style.cut_frequency) / ENOUGH_OFF["cuts"],
        "transition": float(found.primary_transition.type is not style.primary),
        "grade": float(np.abs(np.subtract(astuple(found.color_grade), astuple(style.grade))).mean())
        / ENOUGH_OFF["grade"],
        "motion": abs(found.motion_intensity - style.motion_intensity) / ENOUGH_OFF["motion"],
        "zooms": abs(found.zoom_usage - 100 * style.zoom_share) / ENOUGH_OFF["zooms"],
        "captions": float(found.use_subtitles != style.captions),
    }
    if truth.conditions.sound:
        off |= {
            "tempo": _tempo_off(found.tempo_bpm, style.bpm),
            "beats": 1 - _beats_f([beat.timestamp_ms / 1000 for beat in found.detected_beats], truth.beats),
            "level": abs(found.audio_style.normalization_level - normalization_level(truth.lufs)) / ENOUGH_OFF["level"],
        }
    return {name: min(1.0, value) for name, value in off.items()}


def _octaves(found: float, true: float) -> float:
    return abs(log2(found / true)) if found > 0 else float("inf")


def _tempo_off(found: float | None, true: float | None) -> float:
    if found is None or true is None:
        return float(found is not true)
    return _octaves(found, true) / ENOUGH_OFF["tempo"]


def _beats_f(found: Sequence[float], true: Sequence[float]) -> float:
    if not found and not true:
        return 1.0
    pairs = match_intervals([(t, t) for t in found], [(t, t) for t in true], BEAT_WINDOW_S)
    return 2 * len(pairs) / (len(found) + len(true))


def make(
    random: np.random.Generator, inference: LocalInference, folder: Path, seconds: tuple[float, float], *, good: bool
) -> tuple[Truth, Measurements]:
    """One video, made and analysed."""
    style, seen = random_style(random), random_conditions(random, seconds, good=good)
    heard = sound(random, style, seen)
    path = folder / "video.mp4"
    write(path, frames(random, style, seen), seen, heard)
    truth = Truth(
        style, seen, () if heard is None else tuple(heard.beats.tolist()), None if heard is None else heard.lufs
    )
    return truth, analysed(inference, path, folder)


def scored(truth: Truth, measured: Measurements) -> Scored:
    """A video's style as it is extracted now, against its truth."""
    style = extract(measured, created_at="2026-01-01T00:00:00Z")
    return Scored(extraction_confidence(measured)[0], errors(style, truth))


def kept(folder: Path) -> list[Scored]:
    """All videos of a folder that earlier runs left."""
    return [
        scored(load_json(path, Truth), load_json(path.with_name(path.name.replace("truth", "measured")), Measurements))
        for path in sorted(folder.glob("*-truth.json"))
    ]


def rows(videos: Sequence[Scored]) -> tuple[Row, ...]:
    """The reliability table: bands of confidence with the errors of the videos in them."""
    bands = {
        f"above {RELIABLE:g}": [v for v in videos if v.confidence > RELIABLE],
        f"{DOUBTFUL:g} to {RELIABLE:g}": [v for v in videos if DOUBTFUL <= v.confidence <= RELIABLE],
        f"below {DOUBTFUL:g}": [v for v in videos if v.confidence < DOUBTFUL],
    }
    bars = {f"above {RELIABLE:g}": (SMALL, False), f"below {DOUBTFUL:g}": (LARGE, True)}
    table = []
    for name, of in bands.items():
        bar, more = bars.get(name, (None, False))
        table += [
            Row(f"{name}: mean error of {len(of)} videos", bootstrap(of, mean_error), bar, more=more),
            Row(f"  share with an error of {2 * SMALL:g} or more", bootstrap(of, far_off), more=False),
        ]
    ranks = Row("rank correlation of confidence and error", bootstrap(videos, rank), -0.6, more=False)
    return (*table, ranks)


def mean_error(videos: Sequence[Scored]) -> float:
    """Mean of the videos' errors."""
    return float(np.mean([video.error for video in videos])) if videos else float("nan")


def far_off(videos: Sequence[Scored]) -> float:
    """Share of videos whose error is twice a small one or more."""
    return float(np.mean([video.error >= 2 * SMALL for video in videos])) if videos else float("nan")


def rank(videos: Sequence[Scored]) -> float:
    """Spearman's rank correlation, nan where all are alike."""
    confidences, wrong = [v.confidence for v in videos], [v.error for v in videos]
    if len(set(confidences)) < 2 or len(set(wrong)) < 2:
        return float("nan")
    return float(spearmanr(confidences, wrong).statistic)


def notes(videos: Sequence[Scored]) -> tuple[str, ...]:
    """The mean error of each field."""
    names = dict.fromkeys(name for video in videos for name in video.errors)
    means = (f"{name} {np.mean([v.errors[name] for v in videos if name in v.errors]):.2f}" for name in names)
    return ("mean errors: " + ", ".join(means),)


def plot(videos: Sequence[Scored], path: Path) -> None:
    """Every video's error over its confidence, and the mean in tenths of the scale with its interval."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(7, 4.5))
    axis.scatter([v.confidence for v in videos], [v.error for v in videos], s=14, color="#88a", label="a video")
    tenths = [[v for v in videos if k / 10 <= v.confidence < (k + 1) / 10 + (k == 9)] for k in range(10)]
    told = [(np.mean([v.confidence for v in of]), bootstrap(of, mean_error)) for of in tenths if len(of) > 2]
    middle = [estimate.value for _, estimate in told]
    reach = [[e.value - e.low for _, e in told], [e.high - e.value for _, e in told]]
    axis.errorbar([at for at, _ in told], middle, reach, color="#c33", marker="o", capsize=3, label="mean, 95 %")
    for edge in (DOUBTFUL, RELIABLE):
        axis.axvline(edge, color="#999", linestyle=":")
    axis.set(xlabel="extraction_confidence", ylabel="error of the style, 0 none to 1", xlim=(0, 1), ylim=(0, 1))
    axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Make the material, score it, report."""
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=40, help="to make and analyse, besides those that are kept")
    parser.add_argument("--seconds", type=float, nargs=2, default=(2.0, 36.0), help="shortest and longest video")
    parser.add_argument(
        "--good", action="store_true", help="made as a good template is: sharp, clean, kept to the style closely"
    )
    parser.add_argument("--keep", type=Path, help="folder for truth and measurements; all there are scored")
    parser.add_argument("--plot", type=Path, help="write a picture here (needs matplotlib)")
    given = parser.parse_args()
    seed = seed_of(given.seed)
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        folder = given.keep or Path(name) / "kept"
        folder.mkdir(parents=True, exist_ok=True)
        add(folder, given.videos, seed, Path(name), (given.seconds[0], given.seconds[1]), good=given.good)
        videos = kept(folder)
    if given.plot:
        plot(videos, given.plot)
    finish(Report("confidence", seed, f"{len(videos)} videos in known styles", rows(videos), notes(videos)), given.json)


def add(folder: Path, count: int, seed: int, room: Path, seconds: tuple[float, float], *, good: bool) -> None:
    """Make so many videos and leave truth and measurements of each; those of this seed that are there already are not made again."""
    inference = LocalInference(Settings().weights_path, device="cpu") if count else None
    for number in range(count):
        place = folder / f"{seed}-{number}-truth.json"
        if place.exists():
            continue
        assert inference is not None
        with tempfile.TemporaryDirectory(dir=room) as name:
            truth, measured = make(np.random.default_rng((seed, number)), inference, Path(name), seconds, good=good)
        save_json(place.with_name(f"{seed}-{number}-measured.json"), measured)
        save_json(place, truth)
        print(".", end="", flush=True)
    print()


if __name__ == "__main__":
    main()
