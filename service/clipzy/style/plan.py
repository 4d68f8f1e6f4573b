"""The edit plan: what will be done to which span of the footage, in exact time, with the reason for each step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from clipzy.style.dna import Transition
from clipzy.style.time import Span

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of the displayed source picture, as shares 0..1 of its width and height."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (self.x >= 0 and self.y >= 0 and self.width > 0 and self.height > 0):
            raise ValueError(f"crop must have a positive size inside the picture, not {self}")
        if self.x + self.width > 1 + 1e-9 or self.y + self.height > 1 + 1e-9:
            raise ValueError(f"crop must end inside the picture, not {self}")


WHOLE_PICTURE = Crop(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Clip:
    """One span of the source on the output's timeline. `look`: apply the plan's look table to it."""

    source: Span
    crop: Crop
    look: bool
    transition_in: Transition | None
    reason: str


@dataclass(frozen=True, slots=True)
class AudioChain:
    """What happens to the sound, in this order; None leaves that step out."""

    bass_gain_db: float | None
    speech_presence_db: float | None
    compression_ratio: float | None
    target_lufs: float | None
    true_peak_ceiling_dbtp: float
    reason: str


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The file to write. `width` and `height` in pixels, both even."""

    width: int
    height: int
    frame_rate: Fraction
    video_codec: str
    crf: int
    preset: str
    audio_bitrate_kbps: int

    def __post_init__(self) -> None:
        if self.width % 2 or self.height % 2 or self.width < 2 or self.height < 2:
            raise ValueError(f"output size must be even and positive, not {self.width}x{self.height}")


@dataclass(frozen=True, slots=True)
class EditPlan:
    """The whole plan; rendering is a function of it and of the source."""

    clips: tuple[Clip, ...]
    look: str | None  # name of the look's artifact (`lut.cube`), None where colours are kept
    audio: AudioChain | None  # None where the source has no sound
    output: OutputFormat
    reasons: tuple[str, ...]
    version: str = VERSION

    def __post_init__(self) -> None:
        if not self.clips:
            raise ValueError("a plan needs at least one clip")

    @property
    def duration(self) -> Fraction:
        """Length of the output in seconds."""
        return sum((clip.source.duration for clip in self.clips), Fraction(0))


def placed(plan: EditPlan) -> list[tuple[Fraction, Clip]]:
    """The clips, each with the second of the output at which it begins."""
    ends = accumulate((clip.source.duration for clip in plan.clips), initial=Fraction(0))
    return list(zip(ends, plan.clips, strict=False))


def when_shown(plan: EditPlan, moment: Fraction) -> Fraction | None:
    """When the output first shows an instant of the source, in seconds; None where the plan leaves it out."""
    for begins, clip in placed(plan):
        if clip.source.start <= moment < clip.source.end:
            return begins + moment - clip.source.start
    return None
