"""Reads, checks and answers requests with large bodies one at a time, beside the event loop: megabytes take seconds, in which nobody else would be answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from clipzy.api.bodies import MOST_BYTES, SMALL_BYTES, announced_bytes
from clipzy.errors import ServiceUnavailable, ValidationFailed

# What is small (`SMALL_BYTES`) is checked in milliseconds. Several at once would take no less time, more memory, and the processor from those who wait for short answers.
MOST_AT_ONCE = 1
# Of large bodies that come in or wait: all together, and of one owner where there are tokens.
MOST_COMING_BYTES = 8 * MOST_BYTES
MOST_FOR_ONE_BYTES = MOST_COMING_BYTES // 2
# What a body holds takes up to 50 times its own memory once it is read. The densest that a valid one can be are keys of
# crops without a decimal, of 53 bytes, two objects and five more values each; numbers of shots are denser, but few.
MOST_OBJECTS = MOST_BYTES // 25
MOST_VALUES = MOST_BYTES // 7

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Unchecked:
    """Beside `object` as the type of a body: in the document it is the model, and the framework passes it on as it is."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model where a schema is asked for or JSON is read, which the framework does itself before; else anything."""
        return core_schema.json_or_python_schema(handler.generate_schema(self.model), core_schema.any_schema())


class LargeBodies(APIRoute):
    """A route that takes large bodies: none is read where too many come in already, and one at a time is worked on."""

    def get_route_handler(self) -> Handler:
        """The framework's, with what has to be done before it."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            checks: BodyChecks = request.app.state.body_checks
            return await checks.answered(request, answer)

        return handler


class BodyChecks:
    """Turns bodies into models; one for each app."""

    def __init__(self) -> None:
        self._threads = CapacityLimiter(MOST_AT_ONCE)
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._coming: Counter[str | None] = Counter()  # bytes, by owner

    async def answered(self, request: Request, answer: Handler) -> Response:
        """What `answer` answers to a request; with a large body once its turn has come.

        Raises:
            ServiceUnavailable: large bodies enough come in already.
            ValidationFailed: the body holds more than any that is valid.
        """
        most_bytes = _most_bytes(request)
        if most_bytes <= SMALL_BYTES:
            return await answer(request)
        with self._room(request.state.owner, most_bytes):
            body = await request.body()
            if len(body) <= SMALL_BYTES:
                return await answer(request)
            _check_numbers(body)
            async with self._turn:  # until it is answered: what is read of it is kept as long
                return await answer(request)

    @contextmanager
    def _room(self, owner: str | None, size_bytes: int) -> Iterator[None]:
        if self._coming.total() + size_bytes > MOST_COMING_BYTES:
            raise ServiceUnavailable("too many large requests at the moment; try again")
        if owner is not None and self._coming[owner] + size_bytes > MOST_FOR_ONE_BYTES:
            raise ServiceUnavailable("too many large requests of yours at the moment; try again")
        self._coming[owner] += size_bytes
        try:
            yield
        finally:
            self._coming[owner] -= size_bytes
            self._coming += Counter()  # forgets those who have none

    async def check(self, request: Request, model: type[M], body: object) -> M:
        """The model that a request's body is.

        Raises:
            RequestValidationError: it is none.
        """
        if len(await request.body()) <= SMALL_BYTES:  # which the framework has read and keeps
            return _checked(model, body)
        return await to_thread.run_sync(partial(_checked, model, body), limiter=self._threads)


def _most_bytes(request: Request) -> int:
    """How long its body may be; one that is not announced counts as the longest that is accepted."""
    announced = announced_bytes(request.headers)
    if announced is None:
        return MOST_BYTES if "transfer-encoding" in request.headers else 0
    return min(announced, MOST_BYTES)


def _check_numbers(body: bytes) -> None:
    """Look at the signs alone, in milliseconds; those within texts count too, of which a valid body has far fewer."""
    objects = body.count(b"{") + body.count(b"[")
    if objects > MOST_OBJECTS or objects + body.count(b",") > MOST_VALUES:
        why = f"must hold at most {MOST_OBJECTS:,} objects and lists, and {MOST_VALUES:,} values"
        raise ValidationFailed(f"body: {why}", (("body", why),))


def _checked(model: type[M], body: object) -> M:
    try:
        return model.model_validate(body, from_attributes=True)  # as the framework does, whose errors are known
    except ValidationError as exc:
        found = exc.errors(include_input=False, include_url=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from exc
