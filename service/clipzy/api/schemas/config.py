"""A job's `config` on the wire; the domain's own is `clipzy.style.config`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from clipzy.api.schemas.base import Asked, FromFloat
from clipzy.api.schemas.given_style import GivenStyle
from clipzy.api.schemas.plan import EditPlan
from clipzy.api.schemas.style import FromJson, Share
from clipzy.storage.artifacts import from_json
from clipzy.style import config
from clipzy.style.config import LONGEST_TARGET_S, SHORTEST_TARGET_S, USUAL_STRENGTH, Audio, Pacing, Quality
from clipzy.style.dna import AspectRatio
from clipzy.style.mix import OWN_STYLE_LUFS


def _no_number(value: object) -> object:
    # to Python 1 is True, and so it would be to a Literal
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise PydanticCustomError("number", "must be true, false or one of its words, not a number")
    return value


# what goes together, for those who read the schema
_HAS_A_TARGET: JsonDict = {
    "properties": {"target_duration_seconds": {"type": "number"}},
    "required": ["target_duration_seconds"],
}
_HIGHLIGHTS: JsonDict = {"properties": {"pacing": {"const": "highlights"}}, "required": ["pacing"]}
_PLAN_WITHOUT_USE: JsonDict = {
    "properties": {"plan": {"type": "object"}, "render": {"const": False}},
    "required": ["plan", "render"],
}


class JobConfig(Asked):
    """What the caller of a job may choose. Null means: as the style says."""

    model_config = ConfigDict(
        json_schema_extra={"if": _HAS_A_TARGET, "then": _HIGHLIGHTS, "not": _PLAN_WITHOUT_USE},
    )

    quality: Annotated[Quality, FromJson] = Field(
        default=Quality.MEDIUM, description="Of the encoded output: size and time against detail."
    )
    output_format: Literal["mp4"] = Field(default="mp4", description="Container of the output.")
    render: Annotated[Literal[True, False, "plan"], BeforeValidator(_no_number)] = Field(
        default=True,
        description="False: end after style_extraction, with the Style DNA alone. `plan`: end after style_application, with "
        "the edit plan, to be changed and given back as `plan`.",
    )
    plan: EditPlan | None = Field(
        default=None,
        description="An edit plan to render in place of one that the engine makes; not with `render` false. Of the other choices only "
        "those of the style and the look's strength still count; a warning names those that were given and do not.",
    )
    style: GivenStyle | None = Field(default=None, description="A style to apply in place of a template's.")
    strength: Share = Field(
        default=USUAL_STRENGTH,
        description="Of the look: 0 leaves the colours as they are, 1 takes the template's distribution whole. A template in black and white "
        "or another single tone leaves no colours from the usual strength on.",
        examples=[0.8],
    )
    color: bool = Field(default=True, description="Take over the look.")
    pacing: Annotated[Pacing, BeforeValidator(_no_number)] = Field(
        default=True,
        description="Take over the rhythm of the cuts. `highlights`: of the footage only its best moments, cut as often.",
    )
    target_duration_seconds: float | None = Field(
        default=None,
        ge=SHORTEST_TARGET_S,
        le=LONGEST_TARGET_S,
        allow_inf_nan=False,
        description="With `pacing` `highlights`: how long the output is at most, and nearly; where no moment can be taken out of the footage "
        "all of it is kept, with a warning. Null: as long as the style's `source_duration_seconds`, up to a minute; half a minute without a style.",
    )
    transitions: bool = Field(default=True, description="Take over the transitions.")
    motion: bool = Field(default=True, description="Take over how often shots slowly zoom.")
    framing: bool = Field(default=True, description="Take over the aspect ratio, following the subject.")
    audio: Annotated[Audio, BeforeValidator(_no_number)] = Field(
        default=True,
        description="Whose sound is heard. `source`, and true: the footage's, brought to the template's loudness, compression and "
        f"bass; in its own style, to {OWN_STYLE_LUFS:g} LUFS. `template`: the template's in its place. `mix`: both, the template's lowered under the footage's speech. "
        "False: the footage's, untouched. The two with the template's sound need a template video.",
    )
    aspect_ratio: Annotated[AspectRatio | None, FromJson] = Field(
        default=None, description="Of the output.", examples=["9:16"]
    )
    frame_rate: Literal[24, 30, 60] | None = Field(default=None, description="Of the output, frames a second.")
    frame_blending: bool = Field(
        default=False,
        description="Where the output has another frame rate than the footage: mix neighbouring frames, which runs smoother and is less sharp, "
        "in place of repeating or leaving out some.",
    )
    max_height: Annotated[int, Field(ge=144, le=4320), FromFloat] | None = Field(
        default=None,
        description="The most lines of the output; smaller pictures are not enlarged to it.",
        examples=[1080],
    )
    seed: Annotated[int, FromFloat] = Field(
        default=0, ge=0, lt=2**32, description="Of what is left to chance; the same gives the same."
    )

    @field_validator("plan")
    @classmethod
    def _is_used(cls, plan: EditPlan | None, info: ValidationInfo) -> EditPlan | None:
        if plan is not None and info.data.get("render") is False:
            raise PydanticCustomError(
                "plan_unused", "goes with render true or 'plan': with false the job ends before it"
            )
        return plan

    @field_validator("target_duration_seconds")
    @classmethod
    def _goes_with_highlights(cls, target: float | None, info: ValidationInfo) -> float | None:
        if target is not None and info.data.get("pacing", "highlights") != "highlights":
            raise PydanticCustomError("target_duration", "goes with pacing 'highlights' alone")
        return target

    def to_domain(self) -> config.JobConfig:
        """The same choices as the engine knows them."""
        return from_json(config.JobConfig, self.model_dump(mode="json"))
