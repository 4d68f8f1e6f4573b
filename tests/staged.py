"""Runs the real stages of a job one after the other in this process, as a worker's stage processes would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Self

from clipzy.inference.client import Inference
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import APART
from clipzy.jobs.worker import STAGE_FUNCTIONS
from clipzy.stages.context import PUBLISH, Role, Source, StageContext
from clipzy.storage.artifacts import content_hash, save_json
from clipzy.style.config import JobConfig
from clipzy.style.dna import StyleDNA
from clipzy.style.measurements import Measurements


@dataclass
class StagedJob:
    """A job's sources and what its stages left so far. `apart`: sources have the analyses that allow it to themselves, as in processes of their own."""

    root: Path
    inference: Inference
    template: Path | None = None
    footage: Path | None = None
    config: JobConfig = field(default_factory=JobConfig)
    cache: Path | None = None
    hardware_decoding: bool = False
    apart: bool = False
    folders: dict[str, Path] = field(default_factory=dict)
    told: dict[str, list[float]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def run(self, *stages: Stage) -> StagedJob:
        """Run these stages (all six without any), each in a folder of its own."""
        sources = tuple(
            Source(role, path, content_hash(path))
            for role, path in ((Role.TEMPLATE, self.template), (Role.FOOTAGE, self.footage))
            if path is not None
        )
        cache = self.cache or self.root / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        for stage in stages or tuple(Stage):
            folder = self.root / stage.value
            folder.mkdir(parents=True)
            told = self.told.setdefault(stage.value, [])
            module, _, name = STAGE_FUNCTIONS[stage].partition(":")
            context = StageContext(
                job_id="job_test",
                sources=sources,
                config=self.config,
                folder=folder,
                earlier=dict(self.folders),
                cache=cache,
                inference=self.inference,
                report=told.append,
                warn=self.warnings.append,
                hardware_decoding=self.hardware_decoding,
            )
            for each in _parts(context, sources) if self.apart and stage in APART else (context,):
                getattr(import_module(module), name)(each)
            self.folders[stage.value] = folder
        return self

    def measured_as(self, found: Measurements, style: StyleDNA) -> Self:
        """As if the first four stages had measured the footage so, and taken that style."""
        before = {
            Stage.VIDEO_ANALYSIS: found.video,
            Stage.AUDIO_ANALYSIS: found.audio,
            Stage.MOTION_ANALYSIS: found.motion,
        }
        self.folders |= {stage.value: self.root / stage.value for stage in (*before, Stage.STYLE_EXTRACTION)}
        for stage, value in before.items():
            save_json(self.folders[stage.value] / "footage.json", value)
        save_json(self.published(Stage.STYLE_EXTRACTION, "style.json"), style)
        return self

    def published(self, stage: Stage, name: str) -> Path:
        """A file that a stage published."""
        return self.folders[stage.value] / PUBLISH / name


def _parts(context: StageContext, sources: tuple[Source, ...]) -> list[StageContext]:
    return [
        replace(context, sources=(source,), beside=tuple(other for other in sources if other is not source))
        for source in sources
    ]
