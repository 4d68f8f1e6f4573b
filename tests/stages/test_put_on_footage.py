"""What is said of each field of a style, that a job puts it on footage or not, is what jobs do: every field is edited, and plan and look are looked at."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import measured
import synth
from clipzy.analysis.look.colour_samples import ColourSamples
from clipzy.jobs.lifecycle import Stage
from clipzy.stages.context import PUBLISH
from clipzy.stages.measured import COLOURS
from clipzy.storage.artifacts import from_json, save_json, to_json
from clipzy.style.config import JobConfig
from clipzy.style.dna import (
    PUT_ON_FOOTAGE,
    AudioStyle,
    BeatBand,
    ColorGrade,
    DetectedBeat,
    Easing,
    StyleDNA,
    TextOverlay,
    Transition,
    TransitionType,
)
from staged import StagedJob

STYLE = measured.style(
    color_grade=ColorGrade(12.0, -3.0, 18.0, 22.0, -10.0, 8.0),
    audio_style=AudioStyle(0.7, 2.5, 40.0, False),
    cut_frequency=45.0,
    zoom_usage=40.0,
    primary_transition=Transition(TransitionType.FADE, 400, Easing.EASE_IN),
    secondary_transition=Transition(TransitionType.WIPE, 300, Easing.LINEAR),
    text_overlays=(TextOverlay("SUMMER", None, 0.1, "#ffffff", (0.5, 0.8), 2000, 500),),
    detected_beats=(DetectedBeat(500, 0.9, BeatBand.BASS), DetectedBeat(1000, 0.9, BeatBand.MID)),
    source_duration_seconds=12.0,
)
STYLE_JSON = to_json(StyleDNA, STYLE)
# Each field with its parts, to another value that the API would take; of lists one that is longer, and the parts of their first
EDITS: dict[str, Any] = {
    **{f"color_grade.{each.name}": 60.0 for each in dataclasses.fields(ColorGrade)},
    "aspect_ratio": "9:16",
    "frame_rate": 60,
    "audio_style.normalization_level": 0.3,
    "audio_style.compression_ratio": 4.0,
    "audio_style.bass_boost": 70.0,
    "audio_style.enhance_speech": True,
    "cut_frequency": 20.0,
    "motion_intensity": 95.0,
    "zoom_usage": 100.0,
    "primary_transition.type": "circle",
    "primary_transition.duration_ms": 200,
    "primary_transition.easing": "ease-out",
    "secondary_transition": None,
    "secondary_transition.type": "slide",
    "secondary_transition.duration_ms": 150,
    "secondary_transition.easing": "ease-out",
    "text_overlays": [],
    "text_overlays.0.content": "WINTER",
    "text_overlays.0.font": "Inter",
    "text_overlays.0.size": 0.3,
    "text_overlays.0.color": "#ff0000",
    "text_overlays.0.position": [0.1, 0.1],
    "text_overlays.0.duration_ms": 9000,
    "text_overlays.0.start_ms": None,
    "use_subtitles": True,
    "detected_beats": [{"timestamp_ms": 350 * k, "confidence": 1.0, "frequency": "bass"} for k in range(100)],
    "detected_beats.0.timestamp_ms": 130,
    "detected_beats.0.confidence": 0.1,
    "detected_beats.0.frequency": "treble",
    "tempo_bpm": 171.0,
    "music_genre": "jazz",
    "created_at": "2001-01-01T00:00:00Z",
    "source_duration_seconds": 20.0,
    "extraction_confidence": 0.1,
}
WHAT_FOR = ("reason", "reasons")  # words, by which alone nothing is rendered otherwise


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function that makes, one after the other as they are asked for, the plan without its reasons, the reasons, and the look, of a style put on footage that speaks and plays: all of it, and in its colours its best moments."""
    root = tmp_path_factory.mktemp("footage")
    path = synth.write_video(root / "footage.mp4", synth.numbered_frames(5, (320, 180)))
    readings = {"compression_ratio": 1.0, "bass_boost": 0.0, "music_ratio": 0.5, "speech_ratio": 0.5}
    found = {
        "video_analysis": measured.video(),
        "audio_analysis": measured.audio(**readings),
        "motion_analysis": measured.motion(),
    }
    for stage, value in found.items():
        save_json(root / stage / "footage.json", value)
    np.savez(root / "video_analysis" / f"footage_{COLOURS}", **colours())
    tried = iter(range(1000))

    def put(style: StyleDNA) -> Iterator[tuple[Any, str, str]]:
        for config in ({}, {"pacing": "highlights", "color": False}):
            job = StagedJob(root / f"job{next(tried)}", None, footage=path, config=JobConfig(style=style, **config))
            job.folders |= {stage: root / stage for stage in found} | {"style_extraction": job.root / "style"}
            save_json(job.root / "style" / PUBLISH / "style.json", style)
            job.run(Stage.STYLE_APPLICATION)
            plan = json.loads(job.published(Stage.STYLE_APPLICATION, "plan.json").read_text())
            look = job.published(Stage.STYLE_APPLICATION, "lut.cube")
            yield without_words(plan), json.dumps(plan), look.read_text() if config == {} else ""

    return put


def colours() -> dict[str, Any]:
    """Samples of 40 s, four a second, of textures in all tones."""
    random = np.random.default_rng(0)
    moments = np.repeat(np.arange(0, 40, 0.25), 40)
    count = len(moments)
    seen = random.integers(20, 236, (count, 3), np.uint8)
    samples = ColourSamples(
        colours=seen,
        shots=(moments // 4).astype(np.int64),
        moments=moments,
        places=random.random((count, 2), np.float32),
        seconds=np.full(count, 0.25 / 40),
        pairs=np.stack([seen, seen], axis=1),
        mates=seen,
    )
    return {each.name: getattr(samples, each.name) for each in dataclasses.fields(ColourSamples)}


def without_words(plan: Any) -> Any:
    """A plan's JSON without its reasons."""
    if isinstance(plan, dict):
        return {name: without_words(each) for name, each in plan.items() if name not in WHAT_FOR}
    return [without_words(each) for each in plan] if isinstance(plan, list) else plan


def parts_of(value: Any, name: str = "") -> set[str]:
    """The paths of all that can be edited of a style's JSON: of lists as such, and of their first one."""
    if isinstance(value, dict):
        return {path for each in value for path in parts_of(value[each], f"{name}.{each}".lstrip("."))}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {name} | parts_of(value[0], f"{name}.0")
    return {name}


def edited(*paths: str) -> StyleDNA:
    """The style with the edits of those paths."""
    whole = json.loads(json.dumps(STYLE_JSON))
    for path in paths:
        *way, last = path.split(".")
        part = whole
        for step in way:
            part = part[int(step)] if step.isdigit() else part[step]
        assert part[last] != EDITS[path]
        part[last] = EDITS[path]
    return from_json(StyleDNA, whole)


@pytest.fixture(scope="module")
def unedited(made):
    """What becomes of the style as it is."""
    return list(made(STYLE))


def test_every_field_is_tried():
    """With every part; one that is new has to be edited here, and said to be put on footage or not. A style knows one version."""
    assert parts_of(STYLE_JSON) | {"secondary_transition"} == EDITS.keys() | {"version"}


@pytest.mark.parametrize("path", [path for path in EDITS if path.partition(".")[0] in PUT_ON_FOOTAGE])
def test_what_is_put_on_footage_changes_what_is_rendered(path, made, unedited):
    """The plan, its words apart, or the look."""
    assert any((now[0], now[2]) != (was[0], was[2]) for now, was in zip(made(edited(path)), unedited, strict=True))


ONLY_DESCRIBED = [path for path in EDITS if path.partition(".")[0] not in PUT_ON_FOOTAGE]
LISTS = [path for path in ONLY_DESCRIBED if isinstance(EDITS[path], list) and isinstance(STYLE_JSON.get(path), list)]


@pytest.mark.parametrize(
    "paths",
    [[path for path in ONLY_DESCRIBED if path not in LISTS], LISTS],
    ids=["all that are alone, and the first of each list", "lists"],
)
def test_what_is_only_described_changes_nothing(paths, made, unedited):
    """Neither the plan, its words included, nor the look; also of the best moments, which go from beat to beat."""
    assert list(made(edited(*paths))) == unedited


def test_the_length_of_a_styles_video_counts_for_best_moments_alone(made, unedited):
    """All of the footage is shown else, however long that was."""
    usual, best = made(edited("source_duration_seconds"))
    assert usual == unedited[0]
    assert best[0] != unedited[1][0]
