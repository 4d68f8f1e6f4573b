"""A job's `config` on the wire; the domain's own is `clipzy.style.config`."""

from __future__ import annotations

from dataclasses import replace
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
from clipzy.style.config import (
    LEAST_HEIGHT,
    LONGEST_TARGET_S,
    MOST_HEIGHT,
    SHORTEST_TARGET_S,
    USUAL_STRENGTH,
    Audio,
    Pacing,
    Quality,
)
from clipzy.style.dna import AspectRatio
from clipzy.style.mix import OWN_STYLE_LUFS
from clipzy.style.plan import LONGEST_SIDE


def _no_number(value: object) -> object:
    # to Python 1 is True, and so it would be to a Literal
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise PydanticCustomError("number", "must be true, false or one of the allowed words, not a number")
    return value


def _or_words(schema: JsonDict) -> None:
    """Say of a choice of true, false and words that it is one or the other: of an enumeration of both most generators of clients make nothing."""
    choices = schema.pop("enum")
    assert isinstance(choices, list)
    words: JsonDict = {"type": "string", "enum": [each for each in choices if isinstance(each, str)]}
    schema["anyOf"] = [{"type": "boolean"}, words]


# What does not go together, for those who read the schema. `not`, since with `if` and `then` generators of clients add fields of their own
_TARGET_WITHOUT_USE: JsonDict = {
    "properties": {"target_duration_seconds": {"type": "number"}, "pacing": {"not": {"const": "highlights"}}},
    "required": ["target_duration_seconds"],
}
_PLAN_WITHOUT_USE: JsonDict = {
    "properties": {"plan": {"type": "object"}, "render": {"const": False}},
    "required": ["plan", "render"],
}


class JobConfig(Asked):
    """Options of a job. Null means: as in the style."""

    model_config = ConfigDict(
        json_schema_extra={"not": {"anyOf": [_PLAN_WITHOUT_USE, _TARGET_WITHOUT_USE]}},
    )

    quality: Annotated[Quality, FromJson] = Field(
        default=Quality.MEDIUM, description="Encoding quality of the output: higher takes more time and space."
    )
    output_format: Literal["mp4"] = Field(default="mp4", description="Container of the output.")
    render: Annotated[Literal[True, False, "plan"], BeforeValidator(_no_number)] = Field(
        default=True,
        description="`false`: stop after style_extraction, with the Style DNA only. `plan`: stop after style_application, with "
        "the edit plan, which can be edited and sent back as `plan`.",
        json_schema_extra=_or_words,
    )
    plan: EditPlan | None = Field(
        default=None,
        description="An edit plan to render instead of one made by the engine; not with `render` false. Of the other options only "
        "the style and the strength of its look still apply; a warning names those that were given and do not.",
    )
    style: GivenStyle | None = Field(default=None, description="A style to apply instead of a template's.")
    strength: Share = Field(
        default=USUAL_STRENGTH,
        description="Strength of the look: 0 leaves the colours as they are, 1 matches the template's colours fully. A template in black and white, "
        "or any other single tone, removes all other colours from the default strength upwards.",
        examples=[0.8],
    )
    color: bool = Field(default=True, description="Apply the template's look.")
    pacing: Annotated[Pacing, BeforeValidator(_no_number)] = Field(
        default=True,
        description="Apply the template's rhythm of cuts. `highlights`: keep only the best moments of the footage, cut at that rhythm.",
        json_schema_extra=_or_words,
    )
    target_duration_seconds: float | None = Field(
        default=None,
        ge=SHORTEST_TARGET_S,
        le=LONGEST_TARGET_S,
        allow_inf_nan=False,
        description="With `pacing` `highlights`: the length of the output, which it comes close to and never exceeds; if no moments can be selected "
        "all of the footage is kept, with a warning. Null: the style's `source_duration_seconds`, up to a minute; half a minute without a style.",
    )
    transitions: bool = Field(default=True, description="Apply the template's transitions.")
    motion: bool = Field(default=True, description="Apply the template's share of slow zooms.")
    framing: bool = Field(
        default=True, description="Apply the template's aspect ratio, with crops that follow the subject."
    )
    audio: Annotated[Audio, BeforeValidator(_no_number)] = Field(
        default=True,
        description="Sound of the output. `source` or `true`: the footage's sound, processed to the template's loudness, compression and "
        f"bass (in its own style: to {OWN_STYLE_LUFS:g} LUFS). `template`: the template's sound instead. `mix`: both, with the template's lowered under the footage's speech. "
        "`false`: the footage's sound, unprocessed. `template` and `mix` need a template video.",
        json_schema_extra=_or_words,
    )
    aspect_ratio: Annotated[AspectRatio | None, FromJson] = Field(
        default=None, description="Aspect ratio of the output; null: the template's.", examples=["9:16"]
    )
    frame_rate: Literal[24, 30, 60] | None = Field(
        default=None, description="Frame rate of the output in frames per second; null: the template's."
    )
    frame_blending: bool = Field(
        default=False,
        description="Where the output's frame rate differs from the footage's: blend neighbouring frames, which is smoother and less sharp, "
        "instead of repeating or dropping frames.",
    )
    max_height: Annotated[int, Field(ge=LEAST_HEIGHT, le=MOST_HEIGHT), FromFloat] | None = Field(
        default=None, description="Maximum height of the output in pixels.", examples=[1080]
    )
    min_height: Annotated[int, Field(ge=LEAST_HEIGHT, le=MOST_HEIGHT), FromFloat] | None = Field(
        default=None,
        description=f"Minimum height of the output in pixels, at most `max_height`: smaller pictures are enlarged to it (up to a width of {LONGEST_SIDE}). "
        "Null: pictures are not enlarged.",
        examples=[1080],
    )
    seed: Annotated[int, FromFloat] = Field(
        default=0, ge=0, lt=2**32, description="Seed of random choices; the same seed gives the same output."
    )

    @field_validator("plan")
    @classmethod
    def _is_used(cls, plan: EditPlan | None, info: ValidationInfo) -> EditPlan | None:
        if plan is not None and info.data.get("render") is False:
            raise PydanticCustomError(
                "plan_unused", "needs render true or 'plan': with false the job ends before rendering"
            )
        return plan

    @field_validator("target_duration_seconds")
    @classmethod
    def _goes_with_highlights(cls, target: float | None, info: ValidationInfo) -> float | None:
        if target is not None and info.data.get("pacing", "highlights") != "highlights":
            raise PydanticCustomError("target_duration", "needs pacing 'highlights'")
        return target

    @field_validator("min_height")
    @classmethod
    def _fits_below(cls, least: int | None, info: ValidationInfo) -> int | None:
        most = info.data.get("max_height")
        if least is not None and most is not None and least > most:
            raise PydanticCustomError("min_height", "must not exceed max_height")
        return least

    def to_domain(self) -> config.JobConfig:
        """The same choices as the engine knows them."""
        chosen = from_json(config.JobConfig, self.model_dump(mode="json", exclude={"plan"}))
        return chosen if self.plan is None else replace(chosen, plan=self.plan.to_domain())
