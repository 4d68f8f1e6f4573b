"""Limits request bodies in length and time, and lets a client that is refused while it still sends read why."""

from __future__ import annotations

import asyncio

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8 << 20  # a Style DNA with every beat of four hours of music has about 4 MB
SMALL_BYTES = 64 << 10  # larger ones have to come at a pace, since room is held for them meanwhile
# As in Apache's mod_reqtimeout: so long at first, and more time for what has come at this pace. A modem is faster
PATIENCE_S = 20.0
LEAST_BYTES_PER_S = 8 << 10
# Closing a connection with unread bytes makes the system drop the answer too: so the rest is read and thrown away for
# a while, as nginx does (lingering_close).
LINGER_S = 5.0
LINGER_BYTES = 64 << 20


class BodyLimit:
    """ASGI middleware: refuses a body of more than `MOST_BYTES`, and one that may be large and comes too slowly.

    `unbounded`: paths whose routes limit their bodies themselves.
    """

    def __init__(self, app: ASGIApp, unbounded: frozenset[str]) -> None:
        self.app = app
        self.unbounded = unbounded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, its body counted."""
        if scope["type"] != "http" or scope["path"] in self.unbounded:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = announced_bytes(headers) or 0
        comes = announced > SMALL_BYTES or "transfer-encoding" in headers
        received, begun = 0, None

        async def counted() -> Message:
            nonlocal received, begun, comes
            if announced > MOST_BYTES:
                raise HTTPException(413)
            if begun is None:  # once somebody reads it
                begun = asyncio.get_running_loop().time()
            until = begun + PATIENCE_S + received / LEAST_BYTES_PER_S
            try:
                async with asyncio.timeout_at(until if comes else None):
                    message = await receive()
            except TimeoutError as exc:
                raise HTTPException(408) from exc
            received += len(message.get("body", b""))
            comes = comes and message.get("more_body", False)
            if received > MOST_BYTES:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


class LingeringClose:
    """ASGI middleware: after a refusal, reads and discards the rest of the body before the connection is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and wait before the connection of a refused one is closed."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if not (announced_bytes(headers) or "transfer-encoding" in headers):
            await self.app(scope, receive, send)
            return
        # a client that waits for "100 Continue" sends nothing when it gets a refusal instead
        coming = headers.get("expect", "").lower() != "100-continue"
        unread, refused = True, False

        async def watched() -> Message:
            nonlocal unread, coming
            message = await receive()
            coming = True
            unread = message["type"] == "http.request" and message.get("more_body", False)
            return message

        async def lingering(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and unread and message["status"] >= 400:
                refused = True
                MutableHeaders(scope=message)["Connection"] = "close"
            if not (refused and coming and message["type"] == "http.response.body") or message.get("more_body"):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _throw_away(receive)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, watched, lingering)


def announced_bytes(headers: Headers) -> int | None:
    """The value of Content-Length, None without one. The server has refused values that are no number."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


async def _throw_away(receive: Receive) -> None:
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message["body"])
    except TimeoutError:
        return
