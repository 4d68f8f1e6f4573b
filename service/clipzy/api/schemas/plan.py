"""An edit plan on the wire: the form of `plan.json`, and of a job's `config.plan`. The domain's own is `clipzy.style.plan`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from clipzy.api.schemas.base import Asked, FromFloat
from clipzy.api.schemas.given_style import GivenTransition
from clipzy.api.schemas.style import FromJson, Share
from clipzy.storage.artifacts import from_json
from clipzy.style import plan
from clipzy.style.looks import LOOK
from clipzy.style.measurements import FASTEST_RATE, SLOWEST_RATE, DipColor, Direction
from clipzy.style.soundtrack import DEEPEST_DB, MOST_GAIN_DB

MOST_CLIPS = 36_000  # four hours, cut as often as virtual cuts are made
MOST_LOOKS = 10
MOST_SHOTS = 36_000
MOST_KEYS = 75_000  # of one crop's path: four hours of five a second
MOST_REASONS = 100
LONGEST_REASON = 2_000
# The clocks of containers have no finer parts of a second; a day in them has 15 figures
MOST_PARTS = 2**31 - 1
# Bits of the least common denominator of all of a plan's numbers: sums grow with it. Those of an engine's own plan have 71 at most, of all fractions
# with denominators up to a thousand 1438
MOST_COMMON_BITS = 2_048

# The presets of x264 that make sense for a file that people wait for.
Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"]
Reason = Annotated[str, Field(max_length=LONGEST_REASON)]
LookName = Annotated[str, Field(pattern=f"^{plan.LOOK_NAMES}$", examples=[LOOK])]
Decibels = Annotated[float, Field(ge=-24, le=24)]
Gain = Annotated[float, Field(ge=-MOST_GAIN_DB, le=MOST_GAIN_DB)]


def _checked_fraction(text: str) -> str:
    number = Fraction(text)
    if number.denominator > MOST_PARTS:
        raise PydanticCustomError("fraction", "must have a denominator of at most {most}", {"most": MOST_PARTS})
    if number >= 10**9:
        raise PydanticCustomError("fraction", "must be less than a thousand million")
    return text


# Exact seconds or rates: a whole number or a fraction.
Exact = Annotated[
    str,
    Field(pattern=r"^[0-9]{1,15}(/[1-9][0-9]{0,9})?$", examples=["30000/1001"]),
    AfterValidator(_checked_fraction),
]


class SourceSpan(Asked):
    """A span of the footage, in exact seconds from its first frame; the end is not part of it."""

    start: Exact = Field(description="Where it begins.", examples=["0"])
    end: Exact = Field(description="Where it ends.", examples=["359/90"])

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if not Fraction(self.start) < Fraction(self.end):
            raise PydanticCustomError("span", "must end after it begins")
        return self


class Crop(Asked):
    """A rectangle of the displayed picture, as shares of its width and height."""

    x: Share = Field(description="Its left edge.", examples=[0.2])
    y: Share = Field(description="Its upper edge.", examples=[0.1])
    width: Annotated[float, Field(gt=0, le=1)] = Field(description="Its width.", examples=[0.7])
    height: Annotated[float, Field(gt=0, le=1)] = Field(description="Its height.", examples=[0.7])

    @model_validator(mode="after")
    def _is_inside(self) -> Self:
        if self.x + self.width > 1 + 1e-9 or self.y + self.height > 1 + 1e-9:
            raise PydanticCustomError("crop", "must end inside the picture")
        return self


class Look(Asked):
    """A colour table, made anew from the job's videos."""

    name: LookName = Field(description="Name of its file: `lut.cube`, or `lut-1.cube` and so on if there are several.")
    shots: list[Annotated[int, Field(ge=0), FromFloat]] = Field(
        default_factory=list,
        max_length=MOST_SHOTS,
        description="Shots of the footage that it is made for, numbered from 0 as in `analysis.json`; empty: all.",
        examples=[[0, 2]],
    )
    own: Share = Field(
        default=1.0,
        description="Blend between the look of all shots together (0) and a look that matches these shots by themselves to "
        "the template's colours (1).",
        examples=[0.5],
    )


class CropKey(Asked):
    """Where a moving crop is at a time of its clip."""

    at: Exact = Field(description="Exact seconds from the clip's start.", examples=["3/2"])
    crop: Crop = Field(description="Of the same aspect ratio as the clip's crop.")


class Slowed(Asked):
    """Footage on either side of a cut that is slowed so that a transition has frames to overlap; its sound is not slowed."""

    before_s: Exact = Field(
        description="Exact seconds at the end of the previous clip that are stretched to last until the transition ends.",
        examples=["2"],
    )
    after_s: Exact = Field(
        description="Exact seconds at the start of this clip that are stretched to last from the transition's start.",
        examples=["2"],
    )


class Clip(Asked):
    """One span of the footage on the output's timeline."""

    source: SourceSpan = Field(description="What is shown.")
    crop: Crop = Field(description="The part of the picture that is shown; if the crop moves, at the clip's start.")
    crop_path: list[CropKey] = Field(
        default_factory=list,
        max_length=MOST_KEYS,
        description="Keyframes of a moving crop: in ascending order, within the clip, all of one aspect ratio. The crop moves smoothly from key to key, "
        "starts and ends at rest, and stays at the last one. Empty: it does not move.",
    )
    look: LookName | None = Field(description="Name of the look applied to it; null keeps its colours.")
    transition_in: GivenTransition | None = Field(
        default=None,
        description="Transition from the previous clip, centred on this clip's start; null is a cut. Half of it extends the previous "
        "clip past its end, half starts this one early, so the footage needs that much more on either side. Fades and slowed clips "
        "need none.",
    )
    slowed: Slowed | None = Field(
        default=None,
        description="Where the footage has no more frames, as at a cut of its own: slows the footage beside the cut for the transition, "
        "to no less than half speed. Null: not slowed.",
        examples=[None],
    )
    dips_to: Annotated[DipColor, FromJson] = Field(
        default=DipColor.BLACK,
        description="Colour that a fade into this clip goes through; `black` for all other clips.",
    )
    direction: Annotated[Direction, FromJson] | None = Field(
        default=None,
        description="Direction in which a wipe's edge or a slide into this clip moves. Null: a wipe moves right, a slide left; other "
        "transitions have none.",
        examples=["left"],
    )
    reason: Reason = Field(default="", description="Why the clip is as it is.", examples=["virtual cut on downbeat 12"])


class AudioChain(Asked):
    """Processing of the sound, in this order; null skips a step. With a soundtrack, the first three apply to the footage's sound only."""

    bass_gain_db: Decibels | None = Field(description="Low shelf.", examples=[2.4])
    speech_presence_db: Decibels | None = Field(
        description="Bell filter at the frequencies of consonants.", examples=[None]
    )
    compression_ratio: Annotated[float, Field(ge=1, le=20)] | None = Field(description="N:1.", examples=[1.5])
    target_lufs: Annotated[float, Field(ge=-60, le=-5)] | None = Field(
        description="Integrated loudness (EBU R128).", examples=[-14.0]
    )
    true_peak_ceiling_dbtp: Annotated[float, Field(ge=-20, le=0)] = Field(
        description="Never exceeded.", examples=[-1.0]
    )
    reason: Reason = Field(default="", description="Why.", examples=["loudness changed from -20.0 to -14.0 LUFS"])
    fade_in_s: Exact = Field(
        default="0", description="Fade-in of the footage's sound at the output's start.", examples=["1/50"]
    )
    fade_out_s: Exact = Field(
        default="0", description="Fade-out of the footage's sound at the output's end.", examples=["1/2"]
    )


class TemplateSpan(SourceSpan):
    """A span of the template's sound, in exact seconds from the template's first frame; the end is not part of it."""


class Stretch(Asked):
    """One span of the template's sound; stretches follow each other from the output's start."""

    template: TemplateSpan = Field(description="What is heard.")
    crossfade_s: Exact = Field(
        description="Length of the cross-fade before it starts: the previous stretch fades out while the template's sound before this span fades in.",
        examples=["0"],
    )
    reason: Reason = Field(default="", description="Why.", examples=["repeated from a downbeat to a downbeat"])


class OutputSpan(SourceSpan):
    """A span of the output, in exact seconds; the end is not part of it."""


class Ducking(Asked):
    """Where the template's sound is lowered, as under speech."""

    spans: list[OutputSpan] = Field(max_length=MOST_CLIPS, description="In order, without overlap.")
    depth_db: Annotated[float, Field(ge=0, le=DEEPEST_DB)] = Field(description="By how much.", examples=[14.0])
    attack_s: Exact = Field(
        description="How long before each span the gain starts to fall, at least 1/200.", examples=["3/10"]
    )
    release_s: Exact = Field(
        description="How long after it the gain takes to recover, at least 1/200.", examples=["4/5"]
    )
    reason: Reason = Field(default="", description="Why.")


class Soundtrack(Asked):
    """The template's sound, in place of the footage's or beside it; needs a template video."""

    stretches: list[Stretch] = Field(
        min_length=1, max_length=MOST_CLIPS, fail_fast=True, description="In playing order."
    )
    gain_db: Gain = Field(description="Gain of the template's sound.", examples=[-3.2])
    footage_gain_db: Gain | None = Field(
        description="Gain of the footage's sound; null: it is not heard.", examples=[0.0]
    )
    ducking: Ducking | None = Field(description="Null: the template's sound is not lowered.", examples=[None])
    fade_out_s: Exact = Field(
        description="Fade-out at the end of the stretches or of the output, whichever comes first.", examples=["2"]
    )
    reason: Reason = Field(default="", description="Why.")


class OutputFormat(Asked):
    """The file to write."""

    width: Annotated[int, Field(ge=2, le=plan.LONGEST_SIDE, multiple_of=2), FromFloat] = Field(
        description="Pixels.", examples=[1920]
    )
    height: Annotated[int, Field(ge=2, le=plan.LONGEST_SIDE, multiple_of=2), FromFloat] = Field(
        description="Pixels.", examples=[1080]
    )
    frame_rate: Exact = Field(description="Frames per second, 1/1001 to 1000.", examples=["24"])
    video_codec: Literal["h264"] = Field(description="Codec of the video.")
    crf: Annotated[int, Field(ge=0, le=51), FromFloat] = Field(
        description="x264's constant rate factor.", examples=[23]
    )
    preset: Preset = Field(description="x264's preset.", examples=["veryfast"])
    audio_bitrate_kbps: Annotated[int, Field(ge=32, le=512), FromFloat] = Field(
        description="Bit rate of two channels.", examples=[160]
    )

    frame_blending: bool = Field(
        default=False, description="Whether a frame between two frames of the footage is blended from both."
    )

    @model_validator(mode="after")
    def _is_a_usual_rate(self) -> Self:
        if not SLOWEST_RATE <= Fraction(self.frame_rate) <= FASTEST_RATE:
            raise PydanticCustomError(
                "frame_rate",
                "must have a frame_rate of {least} to {most}",
                {"least": str(SLOWEST_RATE), "most": str(FASTEST_RATE)},
            )
        if Fraction(self.frame_rate).numerator > MOST_PARTS:
            raise PydanticCustomError(
                "frame_rate", "must have a frame_rate whose numerator is at most {most}", {"most": MOST_PARTS}
            )
        return self


class EditPlan(Asked):
    """What is done to which span of the footage: `plan.json`, unchanged or edited."""

    version: Literal["1"] = Field(default="1", description="Of this format.")
    clips: list[Clip] = Field(min_length=1, max_length=MOST_CLIPS, fail_fast=True, description="In playing order.")
    looks: list[Look] = Field(max_length=MOST_LOOKS, description="Looks for the clips; none: colours are kept.")
    audio: AudioChain | None = Field(description="Null: no sound.")
    soundtrack: Soundtrack | None = Field(
        default=None, description="The template's sound in the output; null: the footage's sound only.", examples=[None]
    )
    output: OutputFormat = Field(description="The file.")
    reasons: list[Reason] = Field(default_factory=list, max_length=MOST_REASONS, description="For people.")
    _domain: plan.EditPlan = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _is_of_this_format(cls, given: object) -> object:
        # until plans could have several looks each had one, under the same version
        if isinstance(given, dict) and "look" in given and "looks" not in given:
            raise PydanticCustomError(
                "older_plan", "was made by an older version of the engine; create it again with this one"
            )
        return given

    @model_validator(mode="after")
    def _is_a_plan(self) -> Self:
        common = 1
        for number in self._numbers():
            common = lcm(common, Fraction(number).denominator)
            if common.bit_length() > MOST_COMMON_BITS:
                raise PydanticCustomError(
                    "fractions", "has fractions with too many different denominators: use a common one, such as 48000"
                )
        try:
            self._domain = from_json(plan.EditPlan, self.model_dump(mode="json"))
        except ValidationError as exc:
            why = exc.errors()[0]["msg"].removeprefix("Value error, ")
            raise PydanticCustomError("plan", "cannot be rendered: {why}", {"why": why}) from exc
        return self

    def to_domain(self) -> plan.EditPlan:
        """The same plan as the engine knows it."""
        return self._domain

    def _numbers(self) -> Iterator[str]:
        """All its exact ones."""
        yield self.output.frame_rate
        for clip in self.clips:
            yield from (clip.source.start, clip.source.end, *(key.at for key in clip.crop_path))
            if clip.slowed is not None:
                yield from (clip.slowed.before_s, clip.slowed.after_s)
        if self.audio is not None:
            yield from (self.audio.fade_in_s, self.audio.fade_out_s)
        if self.soundtrack is None:
            return
        yield self.soundtrack.fade_out_s
        for stretch in self.soundtrack.stretches:
            yield from (stretch.template.start, stretch.template.end, stretch.crossfade_s)
        ducking = self.soundtrack.ducking
        if ducking is not None:
            yield from (ducking.attack_s, ducking.release_s)
            yield from (edge for span in ducking.spans for edge in (span.start, span.end))

    @property
    def duration_s(self) -> float:
        """Length of the output."""
        return float(sum(Fraction(clip.source.end) - Fraction(clip.source.start) for clip in self.clips))
