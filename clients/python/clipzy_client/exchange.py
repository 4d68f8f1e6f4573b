"""Sends requests and reads answers, again where that may help and do no harm; written once for both clients.

What is sent again:
- after 429 or 503 everything: the engine has refused, and kept nothing;
- after a connection that could not be made everything: nothing was sent;
- after one that broke without an answer, and after 502 and 504, which a proxy says in its place, what is repeatable (reading, and creating a job, by its Idempotency-Key), and an
  upload whose last piece had not left. Cancelling and deleting are not: the second answer would be about the first.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
from pydantic import BaseModel

from clipzy_client.answers import read_data, read_error
from clipzy_client.errors import ApiError, ConnectionFailed
from clipzy_client.requests import Call, Request, RequestBuilder, may_be_repeated
from clipzy_client.settings import Retries
from clipzy_client.transport import Transport

T = TypeVar("T", bound=BaseModel)

RETRIED = frozenset({429, 503})
UNANSWERED = frozenset({502, 504})  # a proxy's words for an engine from which no answer came


class Exchange:
    """One client's way to its engine."""

    def __init__(self, transport: Transport, builder: RequestBuilder, retries: Retries) -> None:
        self.transport = transport
        self.retries = retries
        self._builder = builder

    async def ask(self, call: Call[T]) -> T:
        """What the engine answers.

        Raises:
            ApiError: it refuses.
            ConnectionFailed: it does not answer.
        """
        return read_data(await self._send(call, stream=False), call.answer)

    async def content(self, request: Request) -> bytes:
        """The whole body of a successful answer.

        Raises:
            ApiError: the engine refuses.
            ConnectionFailed: it does not answer.
        """
        return (await self._send(request, stream=False)).content

    @asynccontextmanager
    async def opened(self, request: Request) -> AsyncIterator[httpx.Response]:
        """A successful answer whose body is still to be read.

        Raises:
            ApiError: the engine refuses.
            ConnectionFailed: it does not answer.
        """
        response = await self._send(request, stream=True)
        try:
            yield response
        finally:
            await self.transport.close(response)

    async def _send(self, request: Request, *, stream: bool) -> httpx.Response:
        request_id = f"req_{secrets.token_urlsafe(12)}"  # the same for all tries, which belong together in the log
        tried_again = 0
        while True:
            sent = self._builder.build(request, request_id)
            error: ApiError | ConnectionFailed
            cause: httpx.TransportError | None = None
            try:
                response = await self.transport.send(sent, stream=stream)
                if response.is_success:
                    return response
                error = await self._refusal(response)
                again = error.status in RETRIED or (request.repeatable and error.status in UNANSWERED)
                asked_s = error.retry_after_s
            except httpx.TransportError as exc:
                error, cause = connection_failed(sent, exc), exc
                again, asked_s = may_be_repeated(request, sent, exc), None
            pause_s = self.retries.pause_s(tried_again, asked_s) if again else None
            if pause_s is None:
                raise error from cause
            await self.transport.sleep(pause_s)
            tried_again += 1

    async def _refusal(self, response: httpx.Response) -> ApiError:
        try:
            await self.transport.read(response)
        finally:
            await self.transport.close(response)
        return read_error(response)

    def pause_while_away_s(self, error: ApiError | ConnectionFailed, missed: int) -> float:
        """Seconds before what stays open for long, a stream or a file, is opened again. `missed`: times in a row that it was not.

        Raises:
            The error itself: the engine refuses for good, or has been away for too long.
        """
        asked_s = error.retry_after_s if isinstance(error, ApiError) else None
        pause_s = self.retries.away_pause_s(missed, asked_s) if is_away(error) else None
        if pause_s is None:
            raise error
        return pause_s


def is_away(error: ApiError | ConnectionFailed) -> bool:
    """Whether the engine may be there again in a while: nobody answered, or only that it cannot at present."""
    return isinstance(error, ConnectionFailed) or error.status in RETRIED | UNANSWERED


def connection_failed(sent: httpx.Request, broke: httpx.TransportError) -> ConnectionFailed:
    """A broken connection as an error of ours."""
    why = str(broke) or type(broke).__name__
    return ConnectionFailed(
        f"{sent.method} {sent.url} got no whole answer: {why}", request_id=sent.headers["X-Request-ID"]
    )
