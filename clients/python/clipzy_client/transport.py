"""Where the blocking and the asynchronous client differ, and nothing else: how bytes are moved and time is passed.

Everything above is written once, as coroutines over `Transport`. Those of `BlockingTransport` never wait for an event
loop, so that a coroutine over it runs from its start to its end when it is begun: `run` is the whole driver.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, ParamSpec, Protocol, TypeVar

import httpx

P = ParamSpec("P")
T = TypeVar("T")


# each job that is followed holds a connection: no other call may wait until one of them ends
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


class Transport(Protocol):
    """What there is to be done with the world."""

    async def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        """Send; with `stream` the answer's body is left to be read."""
        ...

    async def read(self, response: httpx.Response) -> None:
        """Read all of a body, so that it can be looked at."""
        ...

    def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...

    async def close(self, response: httpx.Response) -> None:
        """Give the connection back, or drop it where the body was not read to its end."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what may wait for a disk."""
        ...


class BlockingTransport:
    """Over `httpx.Client`; its coroutines never wait for an event loop."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    async def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        """See `Transport`."""
        return self._http.send(request, stream=stream, auth=_completed(self._http, request))

    async def read(self, response: httpx.Response) -> None:
        """See `Transport`."""
        response.read()

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """See `Transport`."""
        for piece in response.iter_bytes():
            yield piece

    async def close(self, response: httpx.Response) -> None:
        """See `Transport`."""
        response.close()

    async def sleep(self, seconds: float) -> None:
        """See `Transport`."""
        time.sleep(seconds)

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the caller's own."""
        return function(*args, **kwargs)


class AsyncTransport:
    """Over `httpx.AsyncClient`, on asyncio."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def send(self, request: httpx.Request, *, stream: bool) -> httpx.Response:
        """See `Transport`."""
        return await self._http.send(request, stream=stream, auth=_completed(self._http, request))

    async def read(self, response: httpx.Response) -> None:
        """See `Transport`."""
        await response.aread()

    async def pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """See `Transport`."""
        async for piece in response.aiter_bytes():
            yield piece

    async def close(self, response: httpx.Response) -> None:
        """See `Transport`."""
        await response.aclose()

    async def sleep(self, seconds: float) -> None:
        """See `Transport`."""
        await asyncio.sleep(seconds)

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Transport`."""
        return await asyncio.to_thread(function, *args, **kwargs)


def _completed(http: httpx.Client | httpx.AsyncClient, request: httpx.Request) -> Any:  # noqa: ANN401 (httpx names no type of it)
    """Add the headers and cookies that every request of this `httpx` client has, where it has none; its auth, unless there is a token."""
    auth = None if "Authorization" in request.headers else httpx.USE_CLIENT_DEFAULT
    for name, value in http.headers.items():
        request.headers.setdefault(name, value)
    http.cookies.set_cookie_header(request)
    return auth


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine over `BlockingTransport` comes to."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise AssertionError("a blocking call waited for an event loop")


def run_each(items: AsyncGenerator[T, None]) -> Iterator[T]:
    """What an asynchronous generator over `BlockingTransport` yields; closed with this one."""
    try:
        while True:
            try:
                yield run(_next(items))
            except StopAsyncIteration:
                return
    finally:
        run(items.aclose())


async def _next(items: AsyncGenerator[T, None]) -> T:
    return await anext(items)
