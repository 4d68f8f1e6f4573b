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
    """Six sliders; 0 is neutral. Applied to footage: the look brings its colours there."""

    temperature: Slider = Field(
        description="Cool (-) to warm (+); near a saturation of -100, of the single remaining tone.", examples=[12.5]
    )
    tint: Slider = Field(description="Green (-) to magenta (+); likewise.", examples=[-3.0])
    saturation: Slider = Field(
        description="Grey (-100, whatever temperature and tint are; their tone fades below -97) to vivid.",
        examples=[18.0],
    )
    contrast: Slider = Field(description="Flat (-) to steep (+).", examples=[22.0])
    highlights: Slider = Field(description="Bright tones, darkened (-) or lifted (+).", examples=[-10.0])
    shadows: Slider = Field(description="Dark tones, darkened (-) or lifted (+).", examples=[8.0])


LEVEL = (
    f"Loudness: LUFS = {QUIETEST_LUFS:g} + {LOUDEST_LUFS - QUIETEST_LUFS:g} * level, so that {normalization_level(-14):.4f} is -14 LUFS. 0: not set, the "
    f"footage's loudness is kept; silence, and all sound up to {QUIETEST_LUFS:g} LUFS, measures as 0. Applied to footage."
)
RATIO = (
    f"Estimated compression of the dynamic range; 1 is uncompressed, {MOST_COMPRESSION:g} the highest value measured. Applied to footage that measures at least a "
    f"tenth less: compression is added, never removed, by at most {MOST_RATIO:g}:1, so the output may measure less than requested."
)
BASS = (
    f"0 none to 100, a low shelf of {FULL_BASS_DB:g} dB over neutral music. Applied to footage with music: bass is added, never removed, "
    f"{LEAST_BASS_DB:g} to {MOST_BASS_DB:g} dB."
)
SPEECH = (
    f"Whether speech was enhanced. Applied to footage with speech: {LEAST_PRESENCE_DB:g} to {MOST_PRESENCE_DB:g} dB around 3 kHz, which may be too little for "
    "a dull voice to measure as enhanced; never removed."
)


class AudioStyle(Answered):
    """How the sound was processed. Applied to footage, each part within bounds; the plan's `audio` says what was done, what was not, and why."""

    normalization_level: Share = Field(description=LEVEL, examples=[0.78])
    compression_ratio: float = Field(ge=1, description=RATIO, examples=[2.4])
    bass_boost: Percent = Field(description=BASS, examples=[35.0])
    enhance_speech: bool = Field(description=SPEECH, examples=[False])


class Transition(Answered):
    """A kind of transition with its usual length. Applied to footage."""

    type: Annotated[TransitionType, FromJson] = Field(description="How one shot changes to the next.")
    duration_ms: Annotated[int, FromFloat] = Field(ge=0, description="Milliseconds; 0 for a cut.", examples=[400])
    easing: Annotated[Easing, FromJson] = Field(default=Easing.LINEAR, description="How it progresses over its length.")


class TextOverlay(Answered):
    """Text that was burned into the picture. Described only."""

    content: str = Field(description="The text.", examples=["SUMMER '26"])
    font: str | None = Field(
        description="Font family; null unless a given style names one: fonts are not recognised.", examples=[None]
    )
    size: float = Field(description="Height of the letters as a share of the picture's height.", examples=[0.08])
    color: str = Field(description="As #rrggbb.", examples=["#ffffff"])
    position: tuple[float, float] = Field(
        description="Centre, as shares of the picture's width and height.", examples=[[0.5, 0.85]]
    )
    duration_ms: Annotated[int, FromFloat] = Field(
        ge=0, description="How long it is visible, in milliseconds.", examples=[2400]
    )
    start_ms: Annotated[int, Field(ge=0), FromFloat] | None = Field(
        default=None,
        description="When it appears, in milliseconds from the start of the video; null if the style does not say.",
        examples=[1500],
    )


class DetectedBeat(Answered):
    """One beat of the music. Described only."""

    timestamp_ms: Annotated[int, FromFloat] = Field(
        ge=0, description="Milliseconds from the start of the video.", examples=[480]
    )
    confidence: Share = Field(description="0..1.", examples=[0.93])
    frequency: Annotated[BeatBand, FromJson] = Field(description="The frequency band that carries it.")


GRADE, SOUND = "The look. Applied to footage.", "The processing of the sound. Applied to footage."
CUTS = "Cuts per minute. Applied to footage."
PRIMARY = "The most frequent one. Applied to footage."
SECONDARY = "The second most frequent one; null if there is none. Applied to footage."
TEXTS = "Text in the picture. Described only."
BEATS = "In order of time. Described only: cuts go to the beats of the sound heard in the output, as measured there."
TEMPO = "Null without music. Described only: neither cuts nor sound change tempo."
GENRE = "Null without music. Described only."
LENGTH = (
    'Length of the video it was read from. Applied to footage only with `config.pacing` "highlights": the total length of the best moments, '
    f"{SHORTEST_S:g} to {LONGEST_UNASKED_S:g} s, unless the job sets it."
)


class StyleDNA(Answered):
    """The style of a video, version 1.0. Each field says whether a job that is given the style (`config.style`) applies it to footage."""

    version: Literal["1.0"] = Field(default="1.0", description="Of this format. Described only.")
    color_grade: ColorGrade = Field(description=GRADE)
    aspect_ratio: Annotated[AspectRatio, FromJson] = Field(description="The nearest of the three. Applied to footage.")
    frame_rate: Literal[24, 30, 60] = Field(
        description="The nearest of the three, in frames per second. Applied to footage."
    )
    audio_style: AudioStyle = Field(description=SOUND)
    cut_frequency: float = Field(ge=0, description=CUTS, examples=[24.0])
    motion_intensity: Percent = Field(
        description="0 static to 100 constant high-speed motion. Described only.", examples=[42.0]
    )
    zoom_usage: Percent = Field(
        description="0 none to 100 zooms in nearly every shot. Applied to footage.", examples=[15.0]
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
        description="When it was extracted, ISO 8601 in UTC. Described only.",
        examples=["2026-01-31T12:00:42Z"],
        json_schema_extra={"format": "date-time"},
    )
    source_duration_seconds: float = Field(ge=0, description=LENGTH, examples=[42.0])
    extraction_confidence: Share = Field(
        description="Above 0.85 reliable, below 0.6 doubtful: too short, inconsistent, low quality. Described only.",
        examples=[0.91],
    )
