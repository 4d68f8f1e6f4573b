"""Style DNA, version 1.0: what a video's style is, in numbers that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

VERSION = "1.0"
FRAME_RATES = (24, 30, 60)
MOST_CUTS_A_MINUTE = 60_000.0  # one each millisecond: no video has as many pictures
MOST_COMPRESSION = 8.0  # beyond it a compressor is a limiter
LONGEST_TRANSITION_MS = 60_000  # the longest dissolves of films last some ten seconds
LONGEST_VIDEO_S = 7 * 24 * 3600  # longer than any that is uploaded

# What of a given style a job puts on footage, with all its parts. All else tells what the style's video was like: another tempo or other beats
# move no cut, for cuts go to the beats of the sound that is heard. A test edits every field and looks at the plan and its looks
PUT_ON_FOOTAGE = frozenset(
    {
        "color_grade",
        "aspect_ratio",
        "frame_rate",
        "audio_style",
        "cut_frequency",
        "zoom_usage",
        "primary_transition",
        "secondary_transition",
        "source_duration_seconds",  # of the best moments alone: see `style.lasting`
    }
)


class AspectRatio(StrEnum):
    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


class TransitionType(StrEnum):
    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"
    WIPE = "wipe"
    SLIDE = "slide"
    CIRCLE = "circle"
    ZOOM = "zoom"


class Easing(StrEnum):
    LINEAR = "linear"
    EASE_IN = "ease-in"
    EASE_OUT = "ease-out"
    EASE_IN_OUT = "ease-in-out"


class BeatBand(StrEnum):
    BASS = "bass"
    MID = "mid"
    TREBLE = "treble"


def _check(name: str, value: float, low: float, high: float = float("inf")) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} must lie in {low:g}..{high:g}, not {value!r}")


@dataclass(frozen=True, slots=True)
class ColorGrade:
    """Six sliders, each -100..100 with 0 neutral: cool/warm, green/magenta, grey/vivid, flat/steep, and the two ends of the tone scale."""

    temperature: float = 0.0
    tint: float = 0.0
    saturation: float = 0.0
    contrast: float = 0.0
    highlights: float = 0.0
    shadows: float = 0.0

    def __post_init__(self) -> None:
        for name in ("temperature", "tint", "saturation", "contrast", "highlights", "shadows"):
            _check(name, getattr(self, name), -100, 100)


@dataclass(frozen=True, slots=True)
class AudioStyle:
    """How the sound was treated: loudness as 0..1 (see style/loudness mapping), ratio >= 1, bass 0..100."""

    normalization_level: float
    compression_ratio: float
    bass_boost: float
    enhance_speech: bool

    def __post_init__(self) -> None:
        _check("normalization_level", self.normalization_level, 0, 1)
        _check("compression_ratio", self.compression_ratio, 1)
        _check("bass_boost", self.bass_boost, 0, 100)


@dataclass(frozen=True, slots=True)
class Transition:
    """A kind of transition with its usual length; a cut lasts 0 ms."""

    type: TransitionType
    duration_ms: int
    easing: Easing = Easing.LINEAR

    def __post_init__(self) -> None:
        _check("duration_ms", self.duration_ms, 0)


@dataclass(frozen=True, slots=True)
class TextOverlay:
    """Text burned into the picture.

    `size`: height as a share of the frame's; `position`: centre as shares of width and height; `color`: #rrggbb. `start_ms`: from the start of
    the video, where it stands until `start_ms + duration_ms`; None in styles that do not say.
    """

    content: str
    font: str | None
    size: float
    color: str
    position: tuple[float, float]
    duration_ms: int
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DetectedBeat:
    """One beat: its time from the start of the video, confidence 0..1, and the band that carries it."""

    timestamp_ms: int
    confidence: float
    frequency: BeatBand

    def __post_init__(self) -> None:
        _check("timestamp_ms", self.timestamp_ms, 0)
        _check("confidence", self.confidence, 0, 1)


@dataclass(frozen=True, slots=True)
class StyleDNA:
    """The whole Style DNA; field by field as the REST contract names them."""

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
    created_at: str
    source_duration_seconds: float
    extraction_confidence: float
    version: str = VERSION

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version must be {VERSION!r}, not {self.version!r}")
        if self.frame_rate not in FRAME_RATES:
            raise ValueError(f"frame_rate must be 24, 30 or 60, not {self.frame_rate}")
        _check("cut_frequency", self.cut_frequency, 0)
        _check("motion_intensity", self.motion_intensity, 0, 100)
        _check("zoom_usage", self.zoom_usage, 0, 100)
        _check("extraction_confidence", self.extraction_confidence, 0, 1)
        _check("source_duration_seconds", self.source_duration_seconds, 0)
        if self.tempo_bpm is not None:
            _check("tempo_bpm", self.tempo_bpm, 20, 400)
