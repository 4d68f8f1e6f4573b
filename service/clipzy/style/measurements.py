"""What the analysis stages measure of one video: frozen values, free of style judgements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from statistics import median

from clipzy.style.dna import BeatBand, ColorGrade, Easing, TextOverlay, TransitionType
from clipzy.style.sound_readings import NO_READINGS, SoundReadings
from clipzy.style.standing_text import StandingText
from clipzy.style.time import Span

# Frames a second of footage: stamps hours apart are no rate of pictures, nor are those a nanosecond apart
SLOWEST_RATE, FASTEST_RATE = Fraction(1, 1001), Fraction(1000)


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """Read from the file itself. `width`/`height` in pixels as displayed (rotation and sample aspect applied)."""

    width: int
    height: int
    duration: Fraction  # seconds
    frame_rate: Fraction  # usual, frames per second: while pictures move, whatever pauses there are
    frame_count: int
    variable_frame_rate: bool
    has_audio: bool
    has_subtitle_stream: bool

    @property
    def shape(self) -> Fraction:
        """Width to height."""
        return Fraction(self.width, self.height)


@dataclass(frozen=True, slots=True)
class ActivePicture:
    """The picture within its black bars: whole pixels of the displayed frame, even where bars end; a side without bars is as long as the frame's."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Course:
    """A measure over time: its mean over each `step_s` seconds from the video's beginning, None where it could not be measured."""

    step_s: float
    values: tuple[float | None, ...]


NO_COURSE = Course(0.5, ())


class DipColor(StrEnum):
    """What a fade goes through, the nearer of the two; the Style DNA's version 1.0 does not tell them apart."""

    BLACK = "black"
    WHITE = "white"


class Direction(StrEnum):
    """The way in which the edge of a wipe moves, or what a slide moves: the new picture, the old one, or both."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one shot gives way to the next. A cut has length zero: `start == end` is the first frame of the new shot.

    `dips_to`: of a fade. `direction`: of a wipe or slide, where it is known; None for all others.
    """

    start: Fraction  # seconds; last pure frame of the old shot has ended
    end: Fraction  # seconds; first pure frame of the new shot begins
    type: TransitionType
    confidence: float  # 0..1
    easing: Easing = Easing.LINEAR
    dips_to: DipColor = DipColor.BLACK
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class PaletteColor:
    """A dominant colour, #rrggbb, with its share of the picture, 0..1."""

    color: str
    share: float


@dataclass(frozen=True, slots=True)
class ShotColor:
    """Colour of one shot, by its place among the shots: its mean as #rrggbb and in OKLab, spread of lightness, mean chroma."""

    shot: int
    mean_color: str
    lightness: float  # 0..1
    a: float  # green to red, 0 neutral
    b: float  # blue to yellow, 0 neutral
    contrast: float  # standard deviation of lightness
    chroma: float  # 0 grey, about .3 the most that a screen shows


@dataclass(frozen=True, slots=True)
class ColorMeasure:
    """Colour of the whole video. `consistency` 0..1: 1 when all shots share one look. `shots`: those that were sampled."""

    grade: ColorGrade
    palette: tuple[PaletteColor, ...]
    mean_luma: float  # 0..1, of what is not black, each moment for as long as it is seen
    consistency: float
    confidence: float
    shots: tuple[ShotColor, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """Shares 0..1 over sampled frames, None where nothing could be seen. `headroom`: gap above the subject as a share of the height."""

    thirds: float | None
    headroom: float | None
    leading_lines: float | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What the picture is of at a moment: a box in shares of the whole picture, 0..1; `is_face`: a person's head."""

    time_s: float
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    is_face: bool

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, across and down."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def area(self) -> float:
        """Share of the picture."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class View:
    """One sampled picture: how sharp it is, 0..1, and which view it shows. Pictures of the same number look alike."""

    time_s: float
    sharpness: float
    number: int


@dataclass(frozen=True, slots=True)
class VideoAnalysis:
    """Result of the video_analysis stage for one video."""

    facts: VideoFacts
    boundaries: tuple[Boundary, ...]
    shots: tuple[Span, ...]
    color: ColorMeasure
    composition: Composition
    text_overlays: tuple[TextOverlay, ...]
    has_captions: bool
    subjects: tuple[Subject, ...] = ()  # about one a second, where there is any
    views: tuple[View, ...] = ()  # about two a second
    active: ActivePicture | None = None  # None: the picture fills the frame, or its bars do not stay
    warnings: tuple[str, ...] = ()
    texts: tuple[StandingText, ...] = ()  # where the overlays stand, and captions too quick to be read

    @property
    def look_s(self) -> float:
        """Seconds between two pictures that were looked at, usually; half of one where that is not known."""
        times = [view.time_s for view in self.views]
        return median(after - before for before, after in pairwise(times)) if len(times) > 1 else 0.5

    @property
    def pictured(self) -> Span:
        """From its first shot to its last one, without what is held black before a fade in or after a fade out; all of it where there is no shot."""
        return Span(self.shots[0].start, self.shots[-1].end) if self.shots else Span(Fraction(0), self.facts.duration)

    @property
    def changes(self) -> tuple[Boundary, ...]:
        """The boundaries that change the shot: a fade in before the first shot or out after the last one changes none."""
        within = self.pictured
        return tuple(edge for edge in self.boundaries if edge.end > within.start and edge.start < within.end)

    @property
    def picture_edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge of what lies within its black bars, as shares of the frame's sides, 0..1."""
        if self.active is None:
            return 0.0, 0.0, 1.0, 1.0
        (left, top), (width, height) = (self.active.left, self.active.top), (self.facts.width, self.facts.height)
        return left / width, top / height, (left + self.active.width) / width, (top + self.active.height) / height

    @property
    def picture_share(self) -> float:
        """Of the frame, within its black bars: 0..1."""
        if self.active is None:
            return 1.0
        return self.active.width * self.active.height / (self.facts.width * self.facts.height)


class SoundKind(StrEnum):
    MUSIC = "music"
    SPEECH = "speech"
    SINGING = "singing"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class SoundSpan:
    """A stretch of one kind of sound; kinds may overlap, except silence."""

    span: Span
    kind: SoundKind


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat, in seconds from the start of the video."""

    time_s: float
    confidence: float
    band: BeatBand
    downbeat: bool


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 (ITU-R BS.1770-4); None where gating leaves nothing to measure, as in silence."""

    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


@dataclass(frozen=True, slots=True)
class GenreScore:
    """A genre with its uncalibrated score, 0..1."""

    genre: str
    score: float


STEADY_TEMPO = 0.5
"""Of `tempo_stability`: under it, where the local tempo varies by more than 5 %, a mean of it may be heard nowhere."""


@dataclass(frozen=True, slots=True)
class AudioAnalysis:
    """Result of the audio_analysis stage for one video; `present` is False when the file has no sound stream.

    `tempo_bpm`: of a tempo that is not steady (`STEADY_TEMPO`) the one that lasts longest, or the mean where that is heard about as long. `tempo_confidence`: probability that it is not half,
    twice or another multiple of the one meant, 0..1, and of an unsteady one no more than the share of the time it lasts; None without a tempo.
    """

    present: bool
    duration_s: float
    loudness: Loudness
    compression_ratio: float
    bass_boost: float  # 0..100
    speech_enhanced: bool
    beats: tuple[Beat, ...]
    tempo_bpm: float | None
    tempo_stability: float | None  # 0..1
    genre: GenreScore | None
    genre_runners_up: tuple[GenreScore, ...]
    sounds: tuple[SoundSpan, ...]
    music_ratio: float  # 0..1 of the duration
    speech_ratio: float  # 0..1 of the duration
    pauses: tuple[Span, ...] = ()  # within speech, between its words
    level: Course = NO_COURSE  # root mean square, dB under full scale
    tempo_confidence: float | None = None
    readings: SoundReadings = NO_READINGS
    warnings: tuple[str, ...] = ()


class CameraMoveKind(StrEnum):
    STATIC = "static"
    PAN = "pan"
    TILT = "tilt"
    ZOOM = "zoom"
    DOLLY = "dolly"
    ROLL = "roll"
    HANDHELD = "handheld"
    UNKNOWN = "unknown"


ZOOMS = frozenset({CameraMoveKind.ZOOM, CameraMoveKind.DOLLY})  # to the eye they are one
SHORTEST_ZOOM_S = Fraction(2, 5)
LEAST_ZOOM = 0.03  # log of the magnification: 3 %


@dataclass(frozen=True, slots=True)
class CameraMove:
    """What the camera does over a span, with confidence 0..1. `zoom`: log of the span's magnification, above 0 where the picture comes closer."""

    span: Span
    kind: CameraMoveKind
    confidence: float
    zoom: float = 0.0

    def zooms_in(self, span: Span) -> bool:
        """Whether enough of the move lies in a span to be seen as a zoom there, in or out: 0.4 s and 3 %."""
        shared = min(span.end, self.span.end) - max(span.start, self.span.start)
        is_long = shared >= SHORTEST_ZOOM_S and self.kind in ZOOMS
        return is_long and abs(self.zoom) * float(shared / self.span.duration) >= LEAST_ZOOM


@dataclass(frozen=True, slots=True)
class MotionAnalysis:
    """Result of the motion_analysis stage for one video, of the picture within its black bars. Flow magnitudes as a share of that picture's diagonal per second."""

    intensity: float  # 0..100
    zoom_usage: float  # 0..100, share of shots that zoom
    moves: tuple[CameraMove, ...]
    mean_flow: float
    subject_motion: float
    observable: float  # 0..1, share of the samples in which motion could be seen
    flow: Course = NO_COURSE
    subject_flow: Course = NO_COURSE  # what is left of it without the camera's
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that was measured of one video."""

    video: VideoAnalysis
    audio: AudioAnalysis
    motion: MotionAnalysis
