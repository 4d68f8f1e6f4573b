"""Drives an asynchronous object by plain calls, so that a test is written once for both clients."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Iterator

from clipzy_client.client import Jobs, Videos


class Driven:
    """Passes everything on; coroutines are run to their end, asynchronous generators step by step."""

    def __init__(self, target, runner: asyncio.Runner) -> None:
        self.target = target
        self._runner = runner

    def __getattr__(self, name):
        """The target's own, driven."""
        found = getattr(self.target, name)
        if not callable(found):
            return found if isinstance(found, Jobs | Videos) else Driven(found, self._runner)
        return lambda *args, **options: self._come_to(found(*args, **options))

    def _come_to(self, result):
        if inspect.iscoroutine(result):
            return self._runner.run(result)
        return self._each(result) if isinstance(result, AsyncGenerator) else result

    def _each(self, items: AsyncGenerator) -> Iterator:
        async def step():
            return await anext(items)

        try:
            while True:
                try:
                    yield self._runner.run(step())
                except StopAsyncIteration:
                    return
        finally:
            self._runner.run(items.aclose())
