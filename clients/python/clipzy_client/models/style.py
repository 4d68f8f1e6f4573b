"""The Style DNA. One from a result may be given back as `JobConfig.style`; bounds are the engine's to check."""

from __future__ import annotations

from datetime import datetime

from clipzy_client.models.base import Answer, OpenEnum


class AspectRatio(OpenEnum):
    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


class TransitionType(OpenEnum):
    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"
    WIPE = "wipe"
    SLIDE = "slide"
    CIRCLE = "circle"
    ZOOM = "zoom"


class Easing(OpenEnum):
    LINEAR = "linear"
    EASE_IN = "ease-in"
    EASE_OUT = "ease-out"
    EASE_IN_OUT = "ease-in-out"


class BeatBand(OpenEnum):
    BASS = "bass"
    MID = "mid"
    TREBLE = "treble"


class ColorGrade(Answer):
    """Six sliders, -100..100; 0 is neutral."""

    temperature: float
    tint: float
    saturation: float
    contrast: float
    highlights: float
    shadows: float


class AudioStyle(Answer):
    """How the sound was treated.

    `normalization_level`: LUFS = -30 + 22 * level, 0 where it is not set; `compression_ratio`: 1 is untouched; `bass_boost`: 0..100.
    """

    normalization_level: float
    compression_ratio: float
    bass_boost: float
    enhance_speech: bool


class Transition(Answer):
    """A kind of transition with its usual length in milliseconds, 0 for a cut."""

    type: TransitionType
    duration_ms: int
    easing: Easing = Easing.LINEAR


class TextOverlay(Answer):
    """Text in the picture. `size`: of the letters, as a share of the height; `position`: its centre, as shares.

    `start_ms`: when it appears, from the start of the video; None in styles that do not say.
    """

    content: str
    font: str | None
    size: float
    color: str
    position: tuple[float, float]
    duration_ms: int
    start_ms: int | None = None


class DetectedBeat(Answer):
    """One beat of the music. `timestamp_ms`: from the start of the video; `confidence`: 0..1."""

    timestamp_ms: int
    confidence: float
    frequency: BeatBand


class StyleDNA(Answer):
    """What a video's style is.

    `cut_frequency`: cuts a minute. `motion_intensity`, `zoom_usage`: 0..100. `tempo_bpm`, `music_genre`: None without
    music. `extraction_confidence`: 0..1, above 0.85 reliable, below 0.6 doubtful. A job that is given a style puts its look, shape,
    frame rate, sound, cuts, zooms and transitions on footage; the rest is described only, save that best moments last as long as
    `source_duration_seconds`.
    """

    version: str = "1.0"
    color_grade: ColorGrade
    aspect_ratio: AspectRatio
    frame_rate: int
    audio_style: AudioStyle
    cut_frequency: float
    motion_intensity: float
    zoom_usage: float
    primary_transition: Transition
    secondary_transition: Transition | None
    text_overlays: tuple[TextOverlay, ...]
    use_subtitles: bool
    detected_beats: tuple[DetectedBeat, ...]
    tempo_bpm: float | None
    music_genre: str | None
    created_at: datetime
    source_duration_seconds: float
    extraction_confidence: float
