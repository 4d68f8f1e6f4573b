"""Checks what a request's body says, beside the event loop where it is large: megabytes take seconds, in which nobody else would be answered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

SMALL_BYTES = 64 << 10  # checked in milliseconds
# Several at once would take no less time, more memory, and the processor from those who wait for short answers.
MOST_AT_ONCE = 1

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Unchecked:
    """Beside `object` as the type of a body: in the document it is the model, and the framework passes it on as it is."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model where a schema is asked for or JSON is read, which the framework does itself before; else anything."""
        return core_schema.json_or_python_schema(handler.generate_schema(self.model), core_schema.any_schema())


class BodyChecks:
    """Turns bodies into models; one for each app."""

    def __init__(self) -> None:
        self._large = CapacityLimiter(MOST_AT_ONCE)

    async def check(self, request: Request, model: type[M], body: object) -> M:
        """The model that a request's body is.

        Raises:
            RequestValidationError: it is none.
        """
        if len(await request.body()) <= SMALL_BYTES:  # which the framework has read and keeps
            return _checked(model, body)
        return await to_thread.run_sync(partial(_checked, model, body), limiter=self._large)


def _checked(model: type[M], body: object) -> M:
    try:
        return model.model_validate(body, from_attributes=True)  # as the framework does, whose errors are known
    except ValidationError as exc:
        found = exc.errors(include_input=False, include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from exc
