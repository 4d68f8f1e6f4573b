"""The same content gives the same style: to the last digit from the same file, within the tolerances of docs/accuracy.md at another size."""

import re
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

import synth
from clipzy.jobs.lifecycle import Stage
from clipzy.storage.artifacts import load_json, to_json
from clipzy.style.dna import ColorGrade, StyleDNA, TransitionType
from staged import StagedJob

ANALYSES = (Stage.VIDEO_ANALYSIS, Stage.AUDIO_ANALYSIS, Stage.MOTION_ANALYSIS, Stage.STYLE_EXTRACTION)
MEASURED = tuple(stage.value for stage in ANALYSES[:3])
PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"
SECONDS = 78 / 24
JOINTS = (12, 0)  # a dissolve of half a second, a cut


@dataclass(frozen=True)
class Found:
    """What one analysis from nothing left."""

    measured: list[str]  # the three analyses, as JSON
    colours: bytes
    style: StyleDNA


def edited():
    """Three warm shots of 1920x1080 at 24 frames a second: a slow pan, a title, a fast pan."""

    def shot(seed, count, **motion):
        small = synth.graded(synth.textured_frame(seed, (960, 540), octaves=8), warmth=0.6, contrast=1.2)
        place = cv2.resize(small, (2880, 1620), interpolation=cv2.INTER_CUBIC)
        return list(synth.moving_texture(count, size=(1920, 1080), texture=place, **motion))

    title = [synth.captioned(p, "Golden hour", height_px=110, stroke_px=6) for p in shot(4, 34)]
    return synth.edit([shot(3, 30, dx=3.0), title, shot(5, 26, dx=9.0)], JOINTS).frames


def analysed(networks, folder, path):
    """Without anything from a cache."""
    job = StagedJob(folder, networks, template=path).run(*ANALYSES)
    video = job.folders[Stage.VIDEO_ANALYSIS.value]
    return Found(
        [(job.folders[stage] / "template.json").read_text() for stage in MEASURED],
        (video / "template_colours.npz").read_bytes(),
        load_json(job.published(Stage.STYLE_EXTRACTION, "style.json"), StyleDNA),
    )


@pytest.fixture(scope="module")
def found(networks, tmp_path_factory):
    """The edit at 1080p, the very same file again, and the edit at 720p."""
    folder = tmp_path_factory.mktemp("same")
    frames, sound = edited(), synth.drum_track(120, SECONDS).audio
    small = [cv2.resize(picture, (1280, 720), interpolation=cv2.INTER_AREA) for picture in frames]
    given = {"audio": sound, "sample_rate": 44100, "rate": Fraction(24), "options": {"preset": "veryfast"}, "crf": 18}
    large = synth.write_video(folder / "1080.mp4", frames, **given)
    smaller = synth.write_video(folder / "720.mp4", small, **given)
    paths = {"first": large, "again": large, "smaller": smaller}
    return {name: analysed(networks, folder / name, path) for name, path in paths.items()}


def told(style):
    """Kinds of transitions, and what texts say and when."""
    kinds = style.primary_transition.type, style.secondary_transition.type
    return kinds, [(text.content, text.start_ms, text.duration_ms) for text in style.text_overlays]


def tolerances():
    """What docs/accuracy.md allows, by field."""
    table = PAGE.read_text(encoding="utf-8").partition("\n## The same content\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+)", table, re.MULTILINE)
    return {name: float(most) for names, most in rows for name in re.findall(r"`(\w+)`", names)}


def test_the_same_file_gives_the_same_analysis_twice(found):
    """Every measurement, the colour samples and every field of the style but the time it was made at."""
    first, again = found["first"], found["again"]
    assert first.measured == again.measured
    assert first.colours == again.colours
    styles = [to_json(StyleDNA, each.style) | {"created_at": None} for each in (first, again)]
    assert styles[0] == styles[1]


def test_the_edit_is_seen(found):
    """What is compared is there: both joins, the title, the sound and the warmth."""
    style = found["first"].style
    assert style.cut_frequency == pytest.approx(2 * 60 / SECONDS)
    assert {style.primary_transition.type, style.secondary_transition.type} == {
        TransitionType.CUT,
        TransitionType.DISSOLVE,
    }
    assert [overlay.content for overlay in style.text_overlays] == ["Golden hour"]
    assert style.audio_style.normalization_level > 0.2
    assert style.color_grade.temperature > 20
    assert style.motion_intensity > 20


def test_a_smaller_picture_gives_the_same_style_within_the_tolerances(found):
    """At 720p as at 1080p, each field as near as docs/accuracy.md says."""
    large, small = found["first"].style, found["smaller"].style
    off = {
        "color_grade": max(
            abs(getattr(large.color_grade, f.name) - getattr(small.color_grade, f.name)) for f in fields(ColorGrade)
        ),
        "transition_ms": max(
            abs(getattr(large, name).duration_ms - getattr(small, name).duration_ms)
            for name in ("primary_transition", "secondary_transition")
        ),
        "overlay_place": max(
            np.abs(np.subtract((*a.position, a.size), (*b.position, b.size))).max()
            for a, b in zip(large.text_overlays, small.text_overlays, strict=True)
        ),
        **{
            name: abs(getattr(large, name) - getattr(small, name))
            for name in ("cut_frequency", "motion_intensity", "zoom_usage", "extraction_confidence")
        },
    }
    allowed = tolerances()
    assert set(allowed) == set(off)
    assert {name: value for name, value in off.items() if value > allowed[name]} == {}
    same = (
        "aspect_ratio",
        "frame_rate",
        "use_subtitles",
        "audio_style",
        "detected_beats",
        "tempo_bpm",
        "music_genre",
    )
    assert told(small) == told(large)
    assert {name: getattr(small, name) for name in same} == {name: getattr(large, name) for name in same}
