"""The Style DNA as a client gives it, in `config.style`: as in answers, but bounded, nothing converted, and nothing in it that is not known."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from clipzy.api.schemas.base import Asked, FromFloat
from clipzy.api.schemas.style import (
    BEATS,
    CUTS,
    GENRE,
    GRADE,
    LENGTH,
    PRIMARY,
    RATIO,
    SECONDARY,
    SOUND,
    TEXTS,
    AudioStyle,
    ColorGrade,
    DetectedBeat,
    FromJson,
    Share,
    StyleDNA,
    TextOverlay,
    Transition,
)
from clipzy.style.dna import LONGEST_TRANSITION_MS, LONGEST_VIDEO_S, MOST_COMPRESSION, MOST_CUTS_A_MINUTE

# Four hours at 200 beats a minute
MOST_BEATS = 50_000
MOST_OVERLAYS = 5_000
# Of the style's video
Milliseconds = Annotated[int, Field(ge=0, le=1000 * LONGEST_VIDEO_S), FromFloat]
# Days that a month does not have are left to the calendar
MOMENT = r"^[12]\d{3}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-][0-2]\d:[0-5]\d)$"


def _checked_moment(text: str) -> str:
    """The text of a moment as it was given: answers repeat it as the date-time that they promise (RFC 3339)."""
    try:
        if re.fullmatch(MOMENT, text, re.ASCII) is None:
            raise ValueError(text)
        datetime.fromisoformat(text)
    except ValueError as exc:
        raise PydanticCustomError(
            "moment", "must be a time in ISO 8601 with its zone, such as 2026-01-31T12:00:42Z"
        ) from exc
    return text


class GivenColorGrade(Asked, ColorGrade):
    """Six sliders; 0 is neutral. Applied to footage: the look brings its colours there."""


class GivenAudioStyle(Asked, AudioStyle):
    """How the sound is to be treated. Applied to footage, each part within bounds; the plan's `audio` says what was done, what was not, and why."""

    compression_ratio: float = Field(ge=1, le=MOST_COMPRESSION, description=RATIO, examples=[2.4])


class GivenTransition(Asked, Transition):
    """A kind of transition with its length. Applied to footage, all of it."""

    duration_ms: Annotated[int, FromFloat] = Field(
        ge=0, le=LONGEST_TRANSITION_MS, description="Milliseconds; 0 for a cut.", examples=[400]
    )


class GivenOverlay(Asked, TextOverlay):
    """Text in the picture that the style was read from. Described only."""

    content: str = Field(max_length=4_000, description="The text.", examples=["SUMMER '26"])
    font: str | None = Field(max_length=200, description="Its family; null where it is not known.", examples=[None])
    size: Share = Field(description="Height of the letters as a share of the picture's height.", examples=[0.08])
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$", description="As #rrggbb.", examples=["#ffffff"])
    position: Annotated[tuple[Share, Share], FromJson] = Field(
        description="Centre, as shares of the picture's width and height.", examples=[[0.5, 0.85]]
    )
    duration_ms: Milliseconds = Field(description="How long it is visible, in milliseconds.", examples=[2400])
    start_ms: Milliseconds | None = Field(
        default=None,
        description="When it appears, in milliseconds from the start of the video; null if the style does not say.",
        examples=[1500],
    )


class GivenBeat(Asked, DetectedBeat):
    """One beat of the music. Described only."""

    timestamp_ms: Milliseconds = Field(description="Milliseconds from the start of the video.", examples=[480])


class GivenStyle(Asked, StyleDNA):
    """A Style DNA to apply, version 1.0: one that a job has found, as it came or edited. Each field says whether it is applied to footage."""

    color_grade: GivenColorGrade = Field(description=GRADE)
    audio_style: GivenAudioStyle = Field(description=SOUND)
    cut_frequency: float = Field(ge=0, le=MOST_CUTS_A_MINUTE, description=CUTS, examples=[24.0])
    primary_transition: GivenTransition = Field(description=PRIMARY)
    secondary_transition: GivenTransition | None = Field(description=SECONDARY)
    # the type checker thinks of those who would add to these lists
    text_overlays: list[GivenOverlay] = Field(  # type: ignore[assignment]
        max_length=MOST_OVERLAYS, fail_fast=True, description=TEXTS
    )
    detected_beats: list[GivenBeat] = Field(  # type: ignore[assignment]
        max_length=MOST_BEATS, fail_fast=True, description=BEATS
    )
    music_genre: str | None = Field(max_length=200, description=GENRE, examples=["electronic"])
    created_at: Annotated[str, AfterValidator(_checked_moment)] = Field(
        max_length=40,
        description="When it was extracted, ISO 8601 with a time zone; the engine writes UTC. Described only.",
        examples=["2026-01-31T12:00:42Z"],
        json_schema_extra={"format": "date-time", "pattern": MOMENT},
    )
    source_duration_seconds: float = Field(ge=0, le=LONGEST_VIDEO_S, description=LENGTH, examples=[42.0])
