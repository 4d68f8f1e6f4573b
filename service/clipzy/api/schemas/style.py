"""The Style DNA on the wire, as it is answered: whatever a job found. What a client may give is `given_style`; the domain's own is `clipzy.style.dna`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from clipzy.api.schemas.base import Answered, FromFloat
from clipzy.style.dna import AspectRatio, BeatBand, Easing, TransitionType

Slider = Annotated[float, Field(ge=-100, le=100)]
Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
# An enumeration comes as its string, a pair as an array, also where nothing else is converted.
FromJson = Field(strict=False)


class ColorGrade(Answered):
    """Six sliders; 0 is neutral."""

    temperature: Slider = Field(
        description="Cool (-) to warm (+); near a saturation of -100, of the one tone left.", examples=[12.5]
    )
    tint: Slider = Field(description="Green (-) to magenta (+); likewise.", examples=[-3.0])
    saturation: Slider = Field(
        description="Grey (-100, whatever temperature and tint are; their tone fades from -97 on) to vivid.",
        examples=[18.0],
    )
    contrast: Slider = Field(description="Flat (-) to steep (+).", examples=[22.0])
    highlights: Slider = Field(description="Bright tones, darkened (-) or lifted (+).", examples=[-10.0])
    shadows: Slider = Field(description="Dark tones, darkened (-) or lifted (+).", examples=[8.0])


class AudioStyle(Answered):
    """How the sound was treated."""

    normalization_level: Share = Field(description="Loudness, 0 silent to 1 as loud as it gets.", examples=[0.78])
    compression_ratio: float = Field(ge=1, description="Of the dynamic range; 1 is untouched.", examples=[2.4])
    bass_boost: Percent = Field(description="0 none to 100.", examples=[35.0])
    enhance_speech: bool = Field(description="Whether speech was brought forward.", examples=[False])


class Transition(Answered):
    """A kind of transition with its usual length."""

    type: Annotated[TransitionType, FromJson] = Field(description="How one shot gives way to the next.")
    duration_ms: Annotated[int, FromFloat] = Field(ge=0, description="Milliseconds; 0 for a cut.", examples=[400])
    easing: Annotated[Easing, FromJson] = Field(default=Easing.LINEAR, description="How it runs over its length.")


class TextOverlay(Answered):
    """Text that was burned into the picture."""

    content: str = Field(description="The text.", examples=["SUMMER '26"])
    font: str | None = Field(description="Its family where that is known.", examples=[None])
    size: float = Field(description="Height of the letters as a share of the picture's.", examples=[0.08])
    color: str = Field(description="As #rrggbb.", examples=["#ffffff"])
    position: tuple[float, float] = Field(
        description="Its centre as shares of the picture's width and height.", examples=[[0.5, 0.85]]
    )
    duration_ms: Annotated[int, FromFloat] = Field(
        ge=0, description="How long it is seen, in milliseconds.", examples=[2400]
    )
    start_ms: Annotated[int, Field(ge=0), FromFloat] | None = Field(
        default=None,
        description="When it appears, in milliseconds from the start of the video; null in styles that do not say.",
        examples=[1500],
    )


class DetectedBeat(Answered):
    """One beat of the music."""

    timestamp_ms: Annotated[int, FromFloat] = Field(
        ge=0, description="Milliseconds from the start of the video.", examples=[480]
    )
    confidence: Share = Field(description="0..1.", examples=[0.93])
    frequency: Annotated[BeatBand, FromJson] = Field(description="The band that carries it.")


class StyleDNA(Answered):
    """What a video's style is, version 1.0."""

    version: Literal["1.0"] = Field(default="1.0", description="Of this format.")
    color_grade: ColorGrade = Field(description="The look.")
    aspect_ratio: Annotated[AspectRatio, FromJson] = Field(description="The nearest of the three.")
    frame_rate: Literal[24, 30, 60] = Field(description="The nearest of the three, frames a second.")
    audio_style: AudioStyle = Field(description="The treatment of the sound.")
    cut_frequency: float = Field(ge=0, description="Cuts a minute.", examples=[24.0])
    motion_intensity: Percent = Field(description="0 static to 100 constant high-speed motion.", examples=[42.0])
    zoom_usage: Percent = Field(description="0 none to 100 zooms in nearly every shot.", examples=[15.0])
    primary_transition: Transition = Field(description="The most frequent one.")
    secondary_transition: Transition | None = Field(description="The next one; null where there is none.")
    text_overlays: list[TextOverlay] = Field(description="Text in the picture.")
    use_subtitles: bool = Field(description="Whether the video carries subtitles or captions.", examples=[False])
    detected_beats: list[DetectedBeat] = Field(description="In order of time.")
    tempo_bpm: float | None = Field(ge=20, le=400, description="Null without music.", examples=[125.0])
    music_genre: str | None = Field(description="Null without music.", examples=["electronic"])
    created_at: str = Field(
        description="When it was found, ISO 8601 in UTC.",
        examples=["2026-01-31T12:00:42Z"],
        json_schema_extra={"format": "date-time"},
    )
    source_duration_seconds: float = Field(ge=0, description="Length of the video it was read from.", examples=[42.0])
    extraction_confidence: Share = Field(
        description="Above 0.85 reliable, below 0.6 doubtful: too short, inconsistent, low quality.", examples=[0.91]
    )

    @classmethod
    def of(cls, style_json: Mapping[str, Any]) -> StyleDNA:
        """The style that a job found, as its row holds it."""
        return cls.model_validate(style_json)
