"""The shape of every JSON answer: `success`, `message`, and `data` or `error`."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import Field
from pydantic.config import JsonDict

from clipzy.api.schemas.base import Answered, open_to
from clipzy.errors import ClipzyError, RequestError, codes_of

Data = TypeVar("Data")

METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"  # the framework's own, which no error of ours stands for


def _plain(schema: JsonDict) -> None:
    """Document a constant as any other of its type: generated clients compare it with a word of that name, and refuse each answer."""
    schema.pop("const")


class Success(Answered, Generic[Data]):
    """The result."""

    success: Literal[True] = Field(default=True, description="Always true.", json_schema_extra=_plain)
    message: str = Field(description="A sentence for people.")
    data: Data = Field(description="The result.")


class InvalidField(Answered):
    """One field that was not accepted."""

    field: str = Field(description="Path of the field, such as `config.quality`.", examples=["config.quality"])
    message: str = Field(description="What is wrong with it.")


class ErrorDetail(Answered):
    """What went wrong."""

    detail: str = Field(description="A sentence for people, with advice where possible.")
    code: str = Field(
        description="Stable name of the error, for programs. Later versions may add more.",
        examples=["JOB_NOT_FOUND"],
        json_schema_extra=open_to(*codes_of(RequestError), METHOD_NOT_ALLOWED, ClipzyError.code),
    )
    job_id: str | None = Field(
        default=None,
        exclude_if=lambda job_id: job_id is None,
        description="Only with `JOB_ALREADY_PROCESSING` and `VIDEO_IN_USE`: the conflicting job.",
        examples=["job_abc123"],
    )
    fields: list[InvalidField] | None = Field(
        default=None, exclude_if=lambda fields: fields is None, description="Only if fields were rejected."
    )


class Failure(Answered):
    """Why it was not done."""

    success: Literal[False] = Field(default=False, description="Always false.", json_schema_extra=_plain)
    message: str = Field(description="The kind of error, for people.")
    error: ErrorDetail = Field(description="The error itself.")


def in_words(code: str) -> str:
    """An error's code for a person: `JOB_NOT_FOUND` is "Job not found"."""
    return code.replace("_", " ").capitalize()
