"""One look for all shots, one for each group of takes by itself, and what a job does, on videos of one's own.

    python benchmarks/accuracy/look_groups.py --media VIDEO VIDEO ...

Every video is footage for every other as the template; a video of several takes is so a second time with every other take made night: a tenth of the
light and bluer. Distances are sliced Wasserstein in OKLab, times 100. Nothing is rendered: samples of the footage go through the tables in 8 bits.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import torch
from looks import Floats, apart, clipped, in_eight_bits
from numpy.typing import NDArray
from report import Report, Row, finish, options
from scoring import Estimate, bootstrap, pooled

from clipzy.analysis.cuts.shots import shots_between
from clipzy.analysis.framing.bars import find_bars
from clipzy.analysis.look import oklab
from clipzy.analysis.look.colour import measure_colour
from clipzy.analysis.look.colour_samples import ColourSamples, colour_samples
from clipzy.analysis.look.roughness import seen_through
from clipzy.inference.client import Inference
from clipzy.inference.local import LocalInference
from clipzy.media.decoding.decode import decode_pass
from clipzy.media.decoding.probe import probe
from clipzy.media.decoding.taps import SamplesTap, ShotFramesTap, open_samples, open_shot_frames
from clipzy.stages.matched_look import surfaces_of, transferred
from clipzy.stages.video_analysis import find_shots
from clipzy.style.looks import MOST_OWN, wardrobe
from clipzy.style.measurements import Boundary, ColorMeasure, Composition, VideoAnalysis, VideoFacts

NIGHT_LIGHT, NIGHT_CAST, GAMMA = 0.1, (0.8, 0.95, 1.25), 2.2
SMALL = (96, 54)
WAYS = ("one look", "each group by itself", "half-way between", "ours")


@dataclass(frozen=True, slots=True)
class Video:
    """A video as a look sees it: its analysis, colours, and small samples of each shot, (n, 54, 96, 3) uint8."""

    path: Path
    name: str
    analysis: VideoAnalysis
    colours: ColourSamples
    shots: tuple[NDArray[np.uint8], ...]


def seen(path: Path, inference: Inference, *, night: bool = False) -> Video:
    """Decode and measure; `night`: with every other take dark and blue."""
    with tempfile.TemporaryDirectory(prefix="clipzy-accuracy-") as name:
        summary = decode_pass(path, (ShotFramesTap(Path(name)), SamplesTap(Path(name))))
        boundaries = find_shots(inference, open_shot_frames(Path(name)).pictures, summary)
        samples = open_samples(Path(name))
        pictures = np.stack(
            [
                cv2.resize(p, SMALL, interpolation=cv2.INTER_AREA)
                for p in find_bars(samples.pictures).crop(samples.pictures)
            ]
        )
        times = samples.times_s
    if night:
        cuts = [float(edge.start) for edge in boundaries if edge.start == edge.end]
        dark = np.searchsorted(cuts, times, "right") % 2 == 1
        pictures[dark] = _by_night(pictures[dark])
    facts = replace(probe(path).facts, duration=summary.duration)
    called = f"{path.stem}{', half of it by night' if night else ''}"
    return _video(path, called, pictures, times, boundaries=boundaries, facts=facts)


def _by_night(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    light = (pictures / 255) ** GAMMA * NIGHT_LIGHT * np.array(NIGHT_CAST)
    return np.asarray(np.rint(255 * np.clip(light, 0, 1) ** (1 / GAMMA)), np.uint8)


def _video(
    path: Path,
    name: str,
    pictures: NDArray[np.uint8],
    times: Floats,
    *,
    boundaries: Sequence[Boundary],
    facts: VideoFacts,
) -> Video:
    shots = shots_between(boundaries, facts.duration)
    color = measure_colour(pictures, times.tolist(), shots)
    analysis = VideoAnalysis(
        facts, tuple(boundaries), shots, color, Composition(None, None, None), (), has_captions=False
    )
    of = tuple(pictures[(times >= float(s.start)) & (times < float(s.end))] for s in shots)
    return Video(path, name, analysis, colour_samples(pictures, sample_times=times.tolist(), shots=shots), of)


def on_each_other(footage: Sequence[Video], templates: Sequence[Video]) -> Iterator[tuple[Video, Video]]:
    """Every video with every template but itself, by night too."""
    return ((video, template) for video, template in product(footage, templates) if video.path != template.path)


def looks(
    video: Video, template: Video, ask: Callable[[ColourSamples, tuple[int, ...]], Floats]
) -> dict[str, list[Floats]]:
    """The table of each shot by each way. Groups are those that a template of one colour would ask for: the most there can be."""
    grey = replace(template.analysis.color, shots=template.analysis.color.shots[:1])
    common, groups = ask(video.colours, ()), _groups(video, grey)
    by_itself = [ask(video.colours, shots) for shots in groups]
    half = [common + MOST_OWN * (own - common) for own in by_itself]
    made = wardrobe(video.analysis, template.analysis.color)
    by_name = {
        look.name: common + look.own * (ask(video.colours, look.shots) - common) if look.shots else common
        for look in made.looks
    }
    ours = [by_name[made.at(shot.start) or ""] for shot in video.analysis.shots]
    return dict(zip(WAYS, ([common] * len(groups), by_itself, half, ours), strict=True))


def _groups(video: Video, template: ColorMeasure) -> list[tuple[int, ...]]:
    made = wardrobe(video.analysis, template)
    of = {look.name: look.shots for look in made.looks}
    return [of[made.at(shot.start) or ""] for shot in video.analysis.shots]


def scores(video: Video, template: Video, tables: list[Floats]) -> tuple[float, ...]:
    """Distance of all and of each shot to the template, step of colour from shot to shot, clipping added, and the order of light kept."""
    pairs = [(shot.reshape(-1, 3) / 255, table) for shot, table in zip(video.shots, tables, strict=True) if len(shot)]
    wanted = template.colours.of().astype(float)
    before = [_drawn(colours) for colours, _ in pairs]
    after = [in_eight_bits(seen_through(table, drawn)) for drawn, (_, table) in zip(before, pairs, strict=True)]
    was, now = (np.array([oklab.from_srgb(shot).mean(0) for shot in each]) for each in (before, after))
    step = np.linalg.norm(np.diff(now, axis=0), axis=1).mean() if len(now) > 1 else np.nan
    order = np.corrcoef(was[:, 0], now[:, 0])[0, 1] if len(now) > 1 else np.nan
    whole = np.concatenate(after)
    more = clipped(whole) - clipped(np.concatenate(before))
    return apart(whole, wanted), float(np.mean([apart(shot, wanted) for shot in after])), 100 * step, more, float(order)


def _drawn(colours: Floats, count: int = 3000) -> Floats:
    """The same number of colours of each shot."""
    return colours[np.random.default_rng(0).integers(0, len(colours), count)]


MEASURES = (
    "distance of the whole",
    "distance of each shot",
    "step from shot to shot",
    "clipping added, percent",
    "order of light kept",
)


def main() -> None:
    """Measure every pair; say where several looks were made."""
    parser = options(__doc__.splitlines()[0], drawn=False)
    parser.add_argument("--media", type=Path, nargs="+", required=True)
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    given = parser.parse_args()
    torch.set_num_threads(1)  # of many small steps, whose threads would wait for each other beside other work
    inference = LocalInference(given.weights.resolve())
    templates = [seen(path, inference) for path in given.media]
    cut = [path for path, video in zip(given.media, templates, strict=True) if len(video.shots) > 1]
    sets = {
        "as filmed": [v for v in templates if len(v.shots) > 1],
        "half by night": [seen(p, inference, night=True) for p in cut],
    }
    rows: list[Row] = []
    notes: list[str] = []
    for name, footage in sets.items():
        found: dict[str, list[tuple[float, ...]]] = {way: [] for way in WAYS}
        for video, template in on_each_other(footage, templates):
            ask = _asking(inference, template)
            for way, tables in looks(video, template, ask).items():
                found[way].append(scores(video, template, tables))
            made = wardrobe(video.analysis, template.analysis.color).looks
            notes.append(
                f"{video.name} to {template.name}: {', '.join(f'{k.name} {k.shots} {k.own:.2f}' for k in made)}"
            )
        rows += _rows(name, found)
    inference.close()
    finish(
        Report("looks of groups of shots", None, f"{len(given.media)} videos", tuple(rows), tuple(notes)), given.json
    )


def _asking(inference: Inference, template: Video) -> Callable[[ColourSamples, tuple[int, ...]], Floats]:
    wanted = template.colours.of()

    def ask(colours: ColourSamples, shots: tuple[int, ...]) -> Floats:
        return transferred(inference, colours.of(shots), wanted, 1.0, surfaces_of(colours, shots)).astype(float)

    return ask


def _rows(name: str, found: dict[str, list[tuple[float, ...]]]) -> Iterator[Row]:
    for k, measure in enumerate(MEASURES):
        means = {way: _mean([score[k] for score in of]) for way, of in found.items()}
        yield Row(f"{name}: {measure}", means.pop("ours"), more=measure.startswith("order"), peers=means)


def _mean(values: Sequence[float]) -> Estimate:
    return bootstrap([[value] for value in values if not np.isnan(value)], pooled(np.mean))


if __name__ == "__main__":
    main()
