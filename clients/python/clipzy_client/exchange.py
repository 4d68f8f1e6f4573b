"""Sends requests and reads answers, again where that may help and do no harm; written once for both clients.

What is sent again:
- after 429 and the engine's own QUEUE_FULL everything: it was refused before anything was done;
- after a connection that could not be made everything: nothing was sent;
- after one that broke without an answer, and after 502, 503 and 504, what is repeatable (reading, and creating a job, by its Idempotency-Key), and an
  upload whose last piece had not left. Cancelling and deleting are not: the second answer would be about the first. A 503 says no more than that:
  a proxy's comes for a connection that broke behind it, the engine's own where its database went away, which may have been after the deed.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import httpx
from pydantic import BaseModel

from clipzy_client.answers import read_data, read_error
from clipzy_client.errors import ApiError, ConnectionFailed, QueueFull
from clipzy_client.requests import Call, Request, RequestBuilder, is_harmless_again, may_be_repeated
from clipzy_client.settings import Retries
from clipzy_client.transport import Transport

T = TypeVar("T", bound=BaseModel)

TOO_MANY = 429
UNSETTLED = frozenset({502, 503, 504})  # nobody knows whether the engine has acted


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
            cause: httpx.RequestError | None = None
            try:
                response = await self.transport.send(sent, stream=stream)
                if response.is_success:
                    return response
                error = await self._refusal(response)
                again = did_nothing(error) or (error.status in UNSETTLED and is_harmless_again(request, sent))
                asked_s = error.retry_after_s
            except httpx.RequestError as exc:
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


def did_nothing(refusal: ApiError) -> bool:
    """Whether the engine has surely not acted, and may do so in a while."""
    return refusal.status == TOO_MANY or isinstance(refusal, QueueFull)


def is_away(error: ApiError | ConnectionFailed) -> bool:
    """Whether the engine may be there again in a while: nobody answered, or only that it cannot at present."""
    return isinstance(error, ConnectionFailed) or error.status in UNSETTLED | {TOO_MANY}


def connection_failed(sent: httpx.Request, broke: httpx.RequestError) -> ConnectionFailed:
    """A broken connection, or a body that cannot be unpacked, as an error of ours."""
    why = str(broke) or type(broke).__name__
    return ConnectionFailed(
        f"{sent.method} {sent.url} got no whole answer: {why}", request_id=sent.headers["X-Request-ID"]
    )
