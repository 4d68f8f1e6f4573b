"""Whole jobs in this process, and the analysis of what came out of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType

import numpy as np
from fidelity_pairs import Pair
from numpy.typing import NDArray

from clipzy.inference.local import LocalInference
from clipzy.stages.context import PUBLISH, Role, Source, StageContext
from clipzy.stages.measured import COLOURS, read_colours
from clipzy.stages.quality_report import profile_of
from clipzy.storage.artifacts import content_hash, load_json
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA, TransitionType
from clipzy.style.extract import extract
from clipzy.style.measurements import (
    AudioAnalysis,
    Beat,
    Boundary,
    Measurements,
    MotionAnalysis,
    SoundSpan,
    VideoAnalysis,
)
from clipzy.style.plan import EditPlan
from clipzy.style.quality import Profile, QualityReport
from clipzy.style.time import Span

ANALYSES = ("video_analysis", "audio_analysis", "motion_analysis")
STYLING = ("style_extraction", "style_application", "rendering")


@dataclass(frozen=True, slots=True)
class Analysed:
    """What the analyses found of one file: its style, its profile, and colours (N, 3) sRGB 0..1."""

    style: StyleDNA
    profile: Profile
    boundaries: tuple[Boundary, ...]
    colours: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole job: its three videos as analysed, its plan, its own report, and what is heard in the footage, `pauses` between words too."""

    path: Path
    template: Analysed
    footage: Analysed
    output: Analysed
    plan: EditPlan
    quality: QualityReport
    beats: Sequence[Beat]
    sounds: Sequence[SoundSpan]
    pauses: Sequence[Span]
    folders: dict[str, Path]


class Workshop:
    """Runs stages with networks that are loaded once; use as a context manager."""

    def __init__(self, weights: Path) -> None:
        self._networks = LocalInference(weights)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._networks.close()

    def run(self, pair: Pair, folder: Path, strength: float) -> Finished:
        """The six stages on a pair, and the analyses on the output by itself; what is not needed any more is removed."""
        sources = _sources(pair)
        folders = self._stages(sources, folder / "job", (*ANALYSES, *STYLING), JobConfig(strength=strength), {})
        output = folders["rendering"] / PUBLISH / "output.mp4"
        # in the footage's role, as an upload of its own
        again = self._stages(
            (Source(Role.FOOTAGE, output, content_hash(output)),), folder / "again", ANALYSES, JobConfig(), {}
        )
        measured = _measurements(folders, Role.FOOTAGE)
        kind = extract(_measurements(folders, Role.TEMPLATE), created_at="").primary_transition.type
        done = Finished(
            path=output,
            template=_analysed(folders, Role.TEMPLATE, kind),
            footage=_analysed(folders, Role.FOOTAGE, kind),
            output=_analysed(again, Role.FOOTAGE, kind),
            plan=load_json(folders["style_application"] / PUBLISH / "plan.json", EditPlan),
            quality=load_json(folders["rendering"] / PUBLISH / "quality.json", QualityReport),
            beats=measured.audio.beats,
            sounds=measured.audio.sounds,
            pauses=measured.audio.pauses,
            folders=folders,
        )
        shutil.rmtree(folder / "again")
        return done

    def look_at(self, pair: Pair, job: Finished, folder: Path, strength: float) -> float:
        """The share of the look's distance that another strength closes, by the job's own report; nan where there is none."""
        earlier = {name: path for name, path in job.folders.items() if name not in STYLING[1:]}
        folders = self._stages(_sources(pair), folder, STYLING[1:], JobConfig(strength=strength), earlier)
        found = load_json(folders["rendering"] / PUBLISH / "quality.json", QualityReport)
        shutil.rmtree(folder)
        return next((row.closed for row in found.aspects if row.name == "look" and row.closed is not None), np.nan)

    def _stages(
        self,
        sources: tuple[Source, ...],
        folder: Path,
        names: Sequence[str],
        config: JobConfig,
        earlier: dict[str, Path],
    ) -> dict[str, Path]:
        folders = dict(earlier)
        (folder / "cache").mkdir(parents=True)
        for name in names:
            (folder / name).mkdir()
            context = StageContext(
                job_id="job_benchmark",
                sources=sources,
                config=config,
                folder=folder / name,
                earlier=dict(folders),
                cache=folder / "cache",
                inference=self._networks,
                report=lambda _share: None,
                warn=lambda _sentence: None,
            )
            import_module(f"clipzy.stages.{name}").run(context)
            folders[name] = folder / name
        return folders


def _sources(pair: Pair) -> tuple[Source, ...]:
    return (
        Source(Role.TEMPLATE, pair.template, content_hash(pair.template)),
        Source(Role.FOOTAGE, pair.footage, content_hash(pair.footage)),
    )


def _measurements(folders: dict[str, Path], role: Role) -> Measurements:
    video, audio, motion = (folders[name] / f"{role}.json" for name in ANALYSES)
    return Measurements(
        load_json(video, VideoAnalysis), load_json(audio, AudioAnalysis), load_json(motion, MotionAnalysis)
    )


def _analysed(folders: dict[str, Path], role: Role, kind: TransitionType) -> Analysed:
    found = _measurements(folders, role)
    return Analysed(
        style=extract(found, created_at=""),
        profile=profile_of(found, kind),
        boundaries=found.video.boundaries,
        colours=read_colours(folders["video_analysis"] / f"{role}_{COLOURS}").of(),
    )
