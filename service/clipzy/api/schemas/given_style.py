"""The Style DNA as a client gives it, in `config.style`: as in answers, but bounded, nothing converted, and nothing in it that is not known."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from clipzy.api.schemas.base import Asked
from clipzy.api.schemas.style import (
    AudioStyle,
    ColorGrade,
    DetectedBeat,
    FromJson,
    Share,
    StyleDNA,
    TextOverlay,
    Transition,
)
from clipzy.style.dna import MOST_CUTS_A_MINUTE

# Four hours at 200 beats a minute
MOST_BEATS = 50_000
MOST_OVERLAYS = 5_000
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
            "moment", "must be a moment in ISO 8601 with its zone, such as 2026-01-31T12:00:42Z"
        ) from exc
    return text


class GivenColorGrade(Asked, ColorGrade):
    """Six sliders; 0 is neutral."""


class GivenAudioStyle(Asked, AudioStyle):
    """How the sound is to be treated."""


class GivenTransition(Asked, Transition):
    """A kind of transition with its length."""


class GivenOverlay(Asked, TextOverlay):
    """Text in the picture that the style was read from."""

    content: str = Field(max_length=4_000, description="The text.", examples=["SUMMER '26"])
    font: str | None = Field(max_length=200, description="Its family where that is known.", examples=[None])
    size: Share = Field(description="Height of the letters as a share of the picture's.", examples=[0.08])
    color: str = Field(pattern=r"^#[0-9a-fA-F]{6}$", description="As #rrggbb.", examples=["#ffffff"])
    position: Annotated[tuple[Share, Share], FromJson] = Field(
        description="Its centre as shares of the picture's width and height.", examples=[[0.5, 0.85]]
    )


class GivenBeat(Asked, DetectedBeat):
    """One beat of the music."""


class GivenStyle(Asked, StyleDNA):
    """A Style DNA to apply, version 1.0: one that a job has found, as it came or edited."""

    color_grade: GivenColorGrade = Field(description="The look.")
    audio_style: GivenAudioStyle = Field(description="The treatment of the sound.")
    cut_frequency: float = Field(ge=0, le=MOST_CUTS_A_MINUTE, description="Cuts a minute.", examples=[24.0])
    primary_transition: GivenTransition = Field(description="The most frequent one.")
    secondary_transition: GivenTransition | None = Field(description="The next one; null where there is none.")
    # the type checker thinks of those who would add to these lists
    text_overlays: list[GivenOverlay] = Field(  # type: ignore[assignment]
        max_length=MOST_OVERLAYS, fail_fast=True, description="Text in the picture."
    )
    detected_beats: list[GivenBeat] = Field(  # type: ignore[assignment]
        max_length=MOST_BEATS, fail_fast=True, description="In order of time."
    )
    music_genre: str | None = Field(max_length=200, description="Null without music.", examples=["electronic"])
    created_at: Annotated[str, AfterValidator(_checked_moment)] = Field(
        max_length=40,
        description="When it was found, ISO 8601 with a zone; UTC where the engine writes it.",
        examples=["2026-01-31T12:00:42Z"],
        json_schema_extra={"format": "date-time", "pattern": MOMENT},
    )
