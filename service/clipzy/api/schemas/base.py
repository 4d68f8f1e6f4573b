"""What all models on the wire share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from clipzy.jobs.url_guard import LONGEST_URL, fault_of_form

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
MOST_UNKNOWN_KEYS = 20


class Asked(BaseModel):
    """What a client sends: nothing is converted, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _has_few_unknown_keys(cls, given: object) -> object:
        # each would be an error of its own, to be made, kept and answered
        if isinstance(given, dict) and len(given) > len(cls.model_fields) + MOST_UNKNOWN_KEYS:
            raise PydanticCustomError("unknown_keys", "has too many unknown keys")
        return given


class Answered(BaseModel):
    """What a client is sent."""

    model_config = ConfigDict(frozen=True)


def open_to(*values: str) -> JsonDict:
    """What the document says of a text that is one of these today. No `enum`: clients made from that fail at a new value."""
    return {"x-extensible-enum": [*values]}


def is_id(text: str) -> bool:
    """Whether it could be one of our ids; nothing else need be looked for in the database."""
    return re.fullmatch(ID_PATTERN, text) is not None


def _checked_url(url: str) -> str:
    fault = fault_of_form(url)
    if fault is not None:
        raise PydanticCustomError("url", fault)
    return url


def _whole(number: object) -> object:
    """A float without a fraction as the integer that it is: JSON knows one kind of number, and some clients write 10.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# Beside `int`, which elsewhere is strict.
FromFloat = BeforeValidator(_whole)
# Times are answered in UTC, as "2026-01-31T12:00:00.123456Z".
Moment = datetime
VideoRef = Annotated[str, Field(pattern=ID_PATTERN, description="Id of an uploaded video.", examples=["vid_abc123"])]
WebhookUrl = Annotated[
    str,
    Field(
        max_length=LONGEST_URL,
        description="URL that receives a POST when the job ends; http or https.",
        examples=["https://your-app.example.com/hooks/clipzy"],
        json_schema_extra={"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
    ),
    AfterValidator(_checked_url),
]
