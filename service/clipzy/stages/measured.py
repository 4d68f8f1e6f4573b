"""Keeps what was measured of each source, for later stages and for later jobs on the same file.

A stage writes `<role>.json` into its own folder. The same file goes into the cache, under the hash of the video's content
and the version of the analysis, so that a second job on a template skips its analyses.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import fields
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np

from clipzy.analysis.look.colour_samples import ColourSamples
from clipzy.errors import StageError
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.stages.context import Role, Source, StageContext
from clipzy.storage.artifacts import load_json, save_json, write_atomically
from clipzy.style.measurements import AudioAnalysis, Measurements, MotionAnalysis, VideoAnalysis

T = TypeVar("T", VideoAnalysis, AudioAnalysis, MotionAnalysis)

VIDEO, AUDIO, MOTION = "video_analysis", "audio_analysis", "motion_analysis"
COLOURS = "colours.npz"


def cached(context: StageContext, source: Source, kind: type[T], stage: str) -> T | None:
    """What was measured of the same bytes before; None where there is nothing, or nothing readable."""
    folder = _cache(context, source)
    try:
        measured = load_json(folder / f"{stage}.json", kind)
        os.utime(folder)  # workers remove what nobody has used for long
    except (FileNotFoundError, StageError):
        return None
    return measured


def unmeasured(known: Mapping[Source, object]) -> list[Source]:
    """The sources that have to be measured, one for each content: a file in both roles is measured once."""
    fresh: dict[str, Source] = {}
    for source, measured in known.items():
        if measured is None:
            fresh.setdefault(source.content_hash, source)
    return list(fresh.values())


def keep_each(
    context: StageContext,
    known: Mapping[Source, T | None],
    measuring: Mapping[Source, Future[T]],
    look: Callable[[Source], T | None],
) -> None:
    """Keep the measurement of every source, in order: known before, being measured, or found by `look` for the same content."""
    for source in context.sources:
        measured = measuring[source].result() if source in measuring else known[source] or look(source)
        assert measured is not None  # of the same content, and kept a moment ago
        keep(context, source, measured)


def keep(context: StageContext, source: Source, measured: VideoAnalysis | AudioAnalysis | MotionAnalysis) -> None:
    """Keep a measurement for later stages and jobs, and pass its warnings on to the user."""
    stage = _STAGES[type(measured)]
    save_json(context.folder / f"{source.role}.json", measured)
    save_json(_cache(context, source) / f"{stage}.json", measured)
    for warning in measured.warnings:
        context.warn(f"{source.role}: {warning}")


def keep_colours(context: StageContext, source: Source, samples: ColourSamples) -> None:
    """Keep a source's colour samples. Call it before `keep`: measurements in the cache mean that all is there."""
    path = _folder_colours(context.folder, source.role)
    np.savez(path, **{name: getattr(samples, name) for name in _COLOURS})
    write_atomically(_cache(context, source) / COLOURS, path.read_bytes())


def cached_colours(context: StageContext, source: Source) -> bool:
    """Copy the colour samples of the same bytes from the cache; False where they are missing or damaged."""
    path = _folder_colours(context.folder, source.role)
    try:
        shutil.copyfile(_cache(context, source) / COLOURS, path)
        read_colours(path)
    except (FileNotFoundError, EOFError, KeyError, ValueError, BadZipFile):
        return False
    return True


def measured_video(context: StageContext, role: Role) -> VideoAnalysis:
    """What the video_analysis of this job found."""
    return load_json(context.earlier[VIDEO] / f"{role}.json", VideoAnalysis)


def measured_sound(context: StageContext, role: Role) -> AudioAnalysis:
    """What the audio_analysis of this job found."""
    return load_json(context.earlier[AUDIO] / f"{role}.json", AudioAnalysis)


def measurements(context: StageContext, role: Role) -> Measurements:
    """What all three analyses of this job found."""
    return Measurements(
        video=measured_video(context, role),
        audio=measured_sound(context, role),
        motion=load_json(context.earlier[MOTION] / f"{role}.json", MotionAnalysis),
    )


def colours(context: StageContext, role: Role) -> ColourSamples:
    """The colour samples of a source."""
    return read_colours(_folder_colours(context.earlier[VIDEO], role))


def read_colours(path: Path) -> ColourSamples:
    """What `keep_colours` wrote."""
    # NumPy does not close a damaged file that it opened itself
    with path.open("rb") as file, np.load(file) as kept:
        return ColourSamples(**{name: kept[name] for name in _COLOURS})


def frames_folder(stage_folder: Path, role: Role) -> Path:
    """Folder of the frames that the decode pass kept of a source, within the stage's own."""
    return stage_folder / f"{role}_frames"


_COLOURS = tuple(field.name for field in fields(ColourSamples))
_STAGES = {VideoAnalysis: VIDEO, AudioAnalysis: AUDIO, MotionAnalysis: MOTION}


def _cache(context: StageContext, source: Source) -> Path:
    return context.cache / f"analysis-{ANALYSIS_VERSION}" / source.content_hash


def _folder_colours(folder: Path, role: Role) -> Path:
    return folder / f"{role}_{COLOURS}"
