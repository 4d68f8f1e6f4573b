"""Asks the parts of the engine whether they answer, each within a deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
from anyio import to_thread

from clipzy.telemetry import log

T = TypeVar("T")

DEADLINE_S = 3.0


class Kept(Generic[T]):
    """A question that costs something: its answer is good for a while."""

    def __init__(self, question: Callable[[], T], good_for_s: float) -> None:
        self._question = question
        self._good_for_s = good_for_s
        self._answer: tuple[T, float] | None = None

    def __call__(self) -> T:
        """The answer; the question is put again where it is too old."""
        if self._answer is None or time.monotonic() > self._answer[1]:
            self._answer = self._question(), time.monotonic() + self._good_for_s
        return self._answer[0]


class Check(Generic[T]):
    """A question that may take long or raise. Whoever asks while it is under way shares its answer.

    So a part that hangs holds one thread, however often it is asked about.
    """

    def __init__(self, name: str, question: Callable[[], T]) -> None:
        self._name = name
        self._question = question
        self._thread = anyio.CapacityLimiter(1)  # its own: it is asked also while all others hang
        self._asking: asyncio.Task[T | None] | None = None

    async def ask(self) -> T | None:
        """The answer; None where it raised, or takes longer than `DEADLINE_S`."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._put(), name=f"check-{self._name}")
        try:
            return await asyncio.wait_for(asyncio.shield(self._asking), DEADLINE_S)
        except TimeoutError:
            log.warning("a part of the engine does not answer in time", part=self._name, seconds=DEADLINE_S)
            return None

    async def _put(self) -> T | None:
        try:
            return await to_thread.run_sync(self._question, abandon_on_cancel=True, limiter=self._thread)
        except Exception as exc:  # noqa: BLE001 (whatever it is, the answer is that it does not work)
            log.warning("a part of the engine does not work", part=self._name, error=str(exc))
            return None
