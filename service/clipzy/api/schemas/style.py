"""The Style DNA on the wire, as it is answered: whatever a job found. What a client may give is `given_style`; the domain's own is `clipzy.style.dna`.

Each field of a style says whether a job that is given it puts it on footage, as `clipzy.style.dna.PUT_ON_FOOTAGE` has it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from clipzy.api.schemas.base import Answered, FromFloat
from clipzy.style.dna import MOST_COMPRESSION, AspectRatio, BeatBand, Easing, TransitionType
from clipzy.style.lasting import LONGEST_UNASKED_S, SHORTEST_S
from clipzy.style.loudness import FULL_BASS_DB, LOUDEST_LUFS, QUIETEST_LUFS, normalization_level
from clipzy.style.treatments import (
    LEAST_BASS_DB,
    LEAST_PRESENCE_DB,
    MOST_BASS_DB,
    MOST_PRESENCE_DB,
    MOST_RATIO,
)

Slider = Annotated[float, Field(ge=-100, le=100)]
Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
# An enumeration comes as its string, a pair as an array, also where nothing else is converted.
FromJson = Field(strict=False)


class ColorGrade(Answered):
    """Six sliders; 0 is neutral. Put on footage: the look brings its colours there."""

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


LEVEL = (
    f"Loudness: LUFS = {QUIETEST_LUFS:g} + {LOUDEST_LUFS - QUIETEST_LUFS:g} * level, so that {normalization_level(-14):.4f} is -14 LUFS. 0: not set, the "
    f"footage's loudness is kept; of silence, and of all sound up to {QUIETEST_LUFS:g} LUFS, it is 0 that is read. Put on footage."
)
RATIO = (
    f"What the dynamic range reads as divided by; 1 is untouched, {MOST_COMPRESSION:g} the most that is read. Put on footage: added where it reads less by a "
    f"tenth or more, never taken away, {MOST_RATIO:g}:1 at most, after which it may read less than asked for."
)
BASS = (
    f"0 none to 100, a low shelf of {FULL_BASS_DB:g} dB over neutral music. Put on footage where there is music: added, never taken away, "
    f"{LEAST_BASS_DB:g} to {MOST_BASS_DB:g} dB."
)
SPEECH = (
    f"Whether speech was brought forward. Put on footage where somebody speaks: {LEAST_PRESENCE_DB:g} to {MOST_PRESENCE_DB:g} dB about 3 kHz, after which "
    "a dull voice may not be read as such; never taken away."
)


class AudioStyle(Answered):
    """How the sound was treated. Put on footage, each part within bounds; the plan's `audio` says what was done, what was not, and why."""

    normalization_level: Share = Field(description=LEVEL, examples=[0.78])
    compression_ratio: float = Field(ge=1, description=RATIO, examples=[2.4])
    bass_boost: Percent = Field(description=BASS, examples=[35.0])
    enhance_speech: bool = Field(description=SPEECH, examples=[False])


class Transition(Answered):
    """A kind of transition with its usual length. Put on footage, all of it."""

    type: Annotated[TransitionType, FromJson] = Field(description="How one shot gives way to the next.")
    duration_ms: Annotated[int, FromFloat] = Field(ge=0, description="Milliseconds; 0 for a cut.", examples=[400])
    easing: Annotated[Easing, FromJson] = Field(default=Easing.LINEAR, description="How it runs over its length.")


class TextOverlay(Answered):
    """Text that was burned into the picture. Described only."""

    content: str = Field(description="The text.", examples=["SUMMER '26"])
    font: str | None = Field(description="Its family; null, since none is recognised.", examples=[None])
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
    """One beat of the music. Described only."""

    timestamp_ms: Annotated[int, FromFloat] = Field(
        ge=0, description="Milliseconds from the start of the video.", examples=[480]
    )
    confidence: Share = Field(description="0..1.", examples=[0.93])
    frequency: Annotated[BeatBand, FromJson] = Field(description="The band that carries it.")


GRADE, SOUND = "The look. Put on footage.", "The treatment of the sound. Put on footage."
CUTS = "Cuts a minute. Put on footage."
PRIMARY = "The most frequent one. Put on footage."
SECONDARY = "The next one; null where there is none. Put on footage."
TEXTS = "Text in the picture. Described only."
BEATS = "In order of time. Described only: cuts go to the beats of the sound that is heard in the output, as they are measured there."
TEMPO = "Null without music. Described only: neither cuts nor sound come to another tempo."
GENRE = "Null without music. Described only."
LENGTH = (
    'Length of the video it was read from. Put on footage with `config.pacing` "highlights" alone: as long do the best moments last together, '
    f"{SHORTEST_S:g} to {LONGEST_UNASKED_S:g} s, where the job does not say how long."
)


class StyleDNA(Answered):
    """What a video's style is, version 1.0. Of each field it is said whether a job that is given it (`config.style`) puts it on footage."""

    version: Literal["1.0"] = Field(default="1.0", description="Of this format. Described only.")
    color_grade: ColorGrade = Field(description=GRADE)
    aspect_ratio: Annotated[AspectRatio, FromJson] = Field(description="The nearest of the three. Put on footage.")
    frame_rate: Literal[24, 30, 60] = Field(description="The nearest of the three, frames a second. Put on footage.")
    audio_style: AudioStyle = Field(description=SOUND)
    cut_frequency: float = Field(ge=0, description=CUTS, examples=[24.0])
    motion_intensity: Percent = Field(
        description="0 static to 100 constant high-speed motion. Described only.", examples=[42.0]
    )
    zoom_usage: Percent = Field(
        description="0 none to 100 zooms in nearly every shot. Put on footage.", examples=[15.0]
    )
    primary_transition: Transition = Field(description=PRIMARY)
    secondary_transition: Transition | None = Field(description=SECONDARY)
    text_overlays: list[TextOverlay] = Field(description=TEXTS)
    use_subtitles: bool = Field(
        description="Whether the video carries subtitles or captions. Described only.", examples=[False]
    )
    detected_beats: list[DetectedBeat] = Field(description=BEATS)
    tempo_bpm: float | None = Field(ge=20, le=400, description=TEMPO, examples=[125.0])
    music_genre: str | None = Field(description=GENRE, examples=["electronic"])
    created_at: str = Field(
        description="When it was found, ISO 8601 in UTC. Described only.",
        examples=["2026-01-31T12:00:42Z"],
        json_schema_extra={"format": "date-time"},
    )
    source_duration_seconds: float = Field(ge=0, description=LENGTH, examples=[42.0])
    extraction_confidence: Share = Field(
        description="Above 0.85 reliable, below 0.6 doubtful: too short, inconsistent, low quality. Described only.",
        examples=[0.91],
    )
