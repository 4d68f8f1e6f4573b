"""How far two styles are apart, field by field."""

from __future__ import annotations

from dataclasses import fields
from math import log2

from clipzy.style.dna import ColorGrade, StyleDNA, Transition


def difference(a: StyleDNA, b: StyleDNA) -> dict[str, float]:
    """Distance of each field, 0 (the same) .. 1 (as far apart as the field allows), the same both ways.

    Sliders and percentages by their range; cut frequency relative to the larger; tempo by the octave, where double and half count as 1;
    kinds (aspect ratio, frame rate, genre, transitions) 0 or 1, and something against nothing 1. When and from what a style was extracted,
    its text, its beats and its confidence are not compared.
    """
    distances = {
        f"color_grade.{field.name}": abs(getattr(a.color_grade, field.name) - getattr(b.color_grade, field.name)) / 200
        for field in fields(ColorGrade)
    }
    mine, theirs = a.audio_style, b.audio_style
    return distances | {
        "aspect_ratio": float(a.aspect_ratio != b.aspect_ratio),
        "frame_rate": float(a.frame_rate != b.frame_rate),
        "audio_style.normalization_level": abs(mine.normalization_level - theirs.normalization_level),
        "audio_style.compression_ratio": _relative(mine.compression_ratio, theirs.compression_ratio),
        "audio_style.bass_boost": abs(mine.bass_boost - theirs.bass_boost) / 100,
        "audio_style.enhance_speech": float(mine.enhance_speech != theirs.enhance_speech),
        "cut_frequency": _relative(a.cut_frequency, b.cut_frequency),
        "motion_intensity": abs(a.motion_intensity - b.motion_intensity) / 100,
        "zoom_usage": abs(a.zoom_usage - b.zoom_usage) / 100,
        "primary_transition": _transition(a.primary_transition, b.primary_transition),
        "secondary_transition": _transition(a.secondary_transition, b.secondary_transition),
        "use_subtitles": float(a.use_subtitles != b.use_subtitles),
        "tempo_bpm": _tempo(a.tempo_bpm, b.tempo_bpm),
        "music_genre": float(a.music_genre != b.music_genre),
    }


def _relative(a: float, b: float) -> float:
    return abs(a - b) / max(a, b) if a != b else 0.0


def _transition(a: Transition | None, b: Transition | None) -> float:
    """1 for another kind; for the same kind half the relative difference of the lengths."""
    if a is None or b is None:
        return float(a is not b)
    return 1.0 if a.type is not b.type else _relative(a.duration_ms, b.duration_ms) / 2


def _tempo(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return float(a is not b)
    return min(1.0, abs(log2(a / b)))
