"""How much of the distance to a template's style a whole job closes: its output is analysed anew, as if it were somebody's upload.

    python benchmarks/accuracy/fidelity.py --pairs 6 --picture fidelity.png
    python benchmarks/accuracy/fidelity.py --media FOLDER

Each pair runs through the six stages, networks in this process; then the output runs through the three analyses and the extraction by itself.
An aspect's distance closed is 1 less its distance from the template after the job by that before; pairs that had no distance worth the
name do not count. The look is the sliced Wasserstein distance of colours in OKLab. Cuts that were planned on beats are held against the true
beats of the generated music (of files, against those that the analysis found). The bar on the look is for strength 1, the whole of a look;
further strengths (the product's default is 0.7) render the same plan again, and of these `quality.json` tells the look. What a look costs is told by how
much rougher the flattest parts of the pictures became.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "service"))

import fidelity_picture
import report
from fidelity_job import Finished, Workshop
from fidelity_pairs import Pair, generated, of_folder
from flat_parts import roughness
from report import Report, Row
from scoring import bootstrap, pooled

from clipzy.analysis.look.colour_distance import colour_distance
from clipzy.settings import Settings
from clipzy.style.config import USUAL_STRENGTH
from clipzy.style.measurements import SoundKind
from clipzy.style.quality import KINDS, SLIDERS, compare

BARS = {"look": 0.8, "loudness": 0.95, "cut_frequency": 0.85}
SHAPE_BAR, TYPE_BAR, BEAT_BAR = 1.0, 0.85, 0.9
NEAR_BEAT_S = 0.04
INSIDE_WORD_S = 0.05  # of speech on either side of a cut in the sound, from which a word is cut


@dataclass(frozen=True, slots=True)
class Score:
    """What came of one pair. `closed` by aspect, nan where there was no distance; `reported`: the same by the job's own report.

    `looks`: distance closed at further strengths. `on_beats`: of each virtual cut among beats, whether it is near one; `words_cut`: places. `rougher`:
    how many times as rough the flattest parts are.
    """

    name: str
    closed: dict[str, float]
    reported: dict[str, float]
    values: dict[str, tuple[object, object, object]]
    looks: dict[str, float]
    type_right: float
    on_beats: tuple[bool, ...]
    words_cut: int
    rougher: float
    warnings: tuple[str, ...] = field(default=())


def score(pair: Pair, job: Finished, looks: dict[str, float], strength: float) -> Score:
    """Hold template, footage and output against each other. `strength`: of the job's look."""
    template, before, after = job.template, job.footage, job.output
    whole = compare(
        replace(template.profile, look_distance=0.0),
        replace(before.profile, look_distance=colour_distance(before.colours, template.colours)),
        replace(after.profile, look_distance=colour_distance(after.colours, template.colours)),
        compared_with="template",
        strength=strength,
        sought=frozenset(KINDS),
        measured_on={},
    )
    rows = {row.name: row for row in whole.aspects}
    return Score(
        name=pair.name,
        closed={name: _known(row.closed) for name, row in rows.items()},
        reported={row.name: _known(row.closed) for row in job.quality.aspects},
        values={name: (row.template, row.before, row.after) for name, row in rows.items()},
        looks=looks,
        type_right=_type_right(job),
        on_beats=_on_beats(pair, job),
        words_cut=_words_cut(job),
        rougher=roughness(job.path) / roughness(pair.footage),
        warnings=whole.warnings,
    )


def _type_right(job: Finished) -> float:
    """Whether most of the output's changes are made as most of the template's; nan where the output has none."""
    if not job.output.boundaries:
        return math.nan
    return float(job.output.style.primary_transition.type is job.template.style.primary_transition.type)


def _on_beats(pair: Pair, job: Finished) -> tuple[bool, ...]:
    """Of each cut that the plan adds within reach of a beat."""
    beats = np.array(pair.beats or [beat.time_s for beat in job.beats])
    if len(beats) < 2:
        return ()
    cuts = [float(clip.source.start) for clip in job.plan.clips[1:] if clip.reason.startswith("virtual cut")]
    inside = [cut for cut in cuts if beats[0] <= cut <= beats[-1]]
    return tuple(bool(np.abs(beats - cut).min() <= NEAR_BEAT_S) for cut in inside)


def _words_cut(job: Finished) -> int:
    """Places where the footage's sound does not run on, in the middle of speech and not in a pause of it."""
    edges = [
        float(edge)
        for before, after in pairwise(job.plan.clips)
        if before.source.end != after.source.start
        for edge in (before.source.end, after.source.start)
    ]
    speech = [each.span for each in job.sounds if each.kind is SoundKind.SPEECH]
    spoken = [edge for edge in edges if any(s.start + INSIDE_WORD_S < edge < s.end - INSIDE_WORD_S for s in speech)]
    return sum(not any(pause.start <= edge <= pause.end for pause in job.pauses) for edge in spoken)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def rows(scores: Sequence[Score], strength: float) -> Iterator[Row]:
    """Medians over pairs with their intervals; shares over all that count."""
    for name in ("look", "loudness", "cut_frequency", *SLIDERS, "true_peak"):
        values = [[each.closed.get(name, math.nan)] for each in scores]
        bar = BARS.get(name) if name != "look" or strength == 1 else None
        yield Row(f"{_words(name)}: distance closed", bootstrap(_counted(values), pooled(median)), bar)
    for other in scores[0].looks:
        values = [[each.looks[other]] for each in scores]
        yield Row(f"look at strength {other}: distance closed", bootstrap(_counted(values), pooled(median)))
    for name in ("aspect_ratio", "frame_rate"):
        exact = [[float(each.values[name][0] == each.values[name][2])] for each in scores]
        yield Row(f"{_words(name)}: the template's", bootstrap(exact, pooled(mean)), SHAPE_BAR)
    yield Row(
        "main transition: the template's", bootstrap(_counted([[s.type_right] for s in scores]), pooled(mean)), TYPE_BAR
    )
    beats = [[float(near) for near in each.on_beats] for each in scores]
    yield Row("virtual cuts within 40 ms of a beat", bootstrap(beats, pooled(mean)), BEAT_BAR)
    yield Row("cuts within speech", bootstrap([[float(s.words_cut)] for s in scores], pooled(sum)), 0.0, more=False)
    yield Row(
        "flat parts: times as rough as the footage's",
        bootstrap([[s.rougher] for s in scores], pooled(median)),
        more=False,
    )
    for name in ("look", "loudness", "cut_frequency"):
        apart = [[abs(s.closed.get(name, math.nan) - s.reported.get(name, math.nan))] for s in scores]
        yield Row(f"{_words(name)}: quality.json is off by", bootstrap(_counted(apart), pooled(median)), more=False)


def notes(scores: Sequence[Score]) -> Iterator[str]:
    """Each pair in one line, with what moved away."""
    for each in scores:
        said = []
        for name in ("look", "loudness", "cut_frequency", "aspect_ratio", "frame_rate"):
            if name in each.values:
                template, before, after = each.values[name]
                said.append(f"{_words(name)} {before} -> {after} (template {template})")
        said.append(f"transition {'right' if each.type_right == 1 else 'other' if each.type_right == 0 else 'none'}")
        said.append(f"{sum(each.on_beats)} of {len(each.on_beats)} on beats")
        said.append(f"flat parts {each.rougher:.2f} times as rough")
        yield f"  {each.name}: " + "; ".join(said)
        yield from (f"      {warning}" for warning in each.warnings)


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return float(np.median(values))


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return float(np.mean(values))


def _counted(units: Sequence[Sequence[float]]) -> list[list[float]]:
    return [known for unit in units if (known := [value for value in unit if not math.isnan(value)])]


def _words(name: str) -> str:
    return name.replace("_", " ")


def main() -> None:
    """Make pairs, run them, score, report."""
    options = _options()
    seed = report.seed_of(options.seed)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    width, height = (int(side) for side in options.size.split("x"))
    scores: list[Score] = []
    strips: list[fidelity_picture.Strip] = []
    with tempfile.TemporaryDirectory(prefix="clipzy-fidelity-") as name, Workshop(Settings().weights_path) as workshop:
        folder = Path(name)
        pairs: Iterator[Pair]
        if options.media:
            pairs = of_folder(options.media, options.pairs, seed)
        else:
            # each made when its turn comes
            pairs = (generated(folder, n, seed, (width, height), options.seconds) for n in range(options.pairs))
        for number, pair in enumerate(pairs, 1):
            job = workshop.run(pair, folder / str(number), options.strength)
            looks = {
                f"{s:g}": workshop.look_at(pair, job, folder / f"{number}-{s:g}", s) for s in options.also_strength
            }
            scores.append(score(pair, job, looks, options.strength))
            strips.append(fidelity_picture.strip(pair, job.path, scores[-1].closed))
            print(f"{number}/{options.pairs} {pair.name}", file=sys.stderr, flush=True)
    if options.picture:
        fidelity_picture.save(strips, options.picture)
    material = f"{len(scores)} pairs, {'files of ' + str(options.media) if options.media else options.size}"
    told = Report(
        "Fidelity",
        seed,
        f"{material}, strength {options.strength:g}",
        tuple(rows(scores, options.strength)),
        tuple(notes(scores)),
    )
    report.finish(told, options.json)


def _options() -> argparse.Namespace:
    parser = report.options(__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--size", default="640x360", help="of the footage; the template has the same long side")
    parser.add_argument("--seconds", type=float, default=14.0, help="of each generated file")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--also-strength", type=float, nargs="*", default=[USUAL_STRENGTH])
    parser.add_argument("--media", type=Path, help="a folder of videos to pair instead of generated ones")
    parser.add_argument("--picture", type=Path, help="write strips of template, before and after here (PNG)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
