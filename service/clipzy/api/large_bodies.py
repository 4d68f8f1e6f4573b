"""Handles requests with large bodies one at a time, beside the event loop: megabytes take seconds, in which nobody else would be answered."""

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

# Small bodies (`SMALL_BYTES`) take milliseconds. Several large ones at once would take no less time, more memory, and the processor from short requests.
MOST_AT_ONCE = 1
# Of large bodies that come in or wait: all together, and of one owner where there are tokens.
MOST_COMING_BYTES = 8 * MOST_BYTES
MOST_FOR_ONE_BYTES = MOST_COMING_BYTES // 2
# Once it is read, a body takes up to 50 times its own memory. The densest valid bodies have keys of crops without a decimal,
# each of 53 bytes with two objects and five more values; numbers of shots are denser, but few.
MOST_OBJECTS = MOST_BYTES // 25
MOST_VALUES = MOST_BYTES // 7

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True)
class Unchecked:
    """Annotates a body of type `object`: it is documented as the model, and the framework passes it on as it is."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model's schema for the document and for JSON, which the framework has parsed by then; for Python's values, anything."""
        return core_schema.json_or_python_schema(handler.generate_schema(self.model), core_schema.any_schema())


class LargeBodies(APIRoute):
    """A route that takes large bodies: it refuses them where too many come in already, and works on one at a time."""

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
        """The answer to a request; one with a large body waits for its turn.

        Raises:
            ServiceUnavailable: too many large bodies come in already.
            ValidationFailed: the body holds more values than any valid one.
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
        """A request's body as that model.

        Raises:
            RequestValidationError: it is not valid.
        """
        if len(await request.body()) <= SMALL_BYTES:  # which the framework has read and keeps
            return _checked(model, body)
        return await to_thread.run_sync(partial(_checked, model, body), limiter=self._threads)


def _most_bytes(request: Request) -> int:
    """How long its body may be at most; without Content-Length, as long as is accepted."""
    announced = announced_bytes(request.headers)
    if announced is None:
        return MOST_BYTES if "transfer-encoding" in request.headers else 0
    return min(announced, MOST_BYTES)


def _check_numbers(body: bytes) -> None:
    """Count the delimiters alone, in milliseconds. Those within texts count too, but a valid body has far fewer of them."""
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
