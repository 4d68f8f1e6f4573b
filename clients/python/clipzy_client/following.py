"""Follows a job to its end: by its events, or by looking again and again."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import httpx
from pydantic import ValidationError

from clipzy_client import calls
from clipzy_client.errors import ApiError, ConnectionFailed, UnexpectedAnswer, WaitTimedOut
from clipzy_client.event_stream import EventReader
from clipzy_client.exchange import Exchange, is_away
from clipzy_client.models.jobs import Job, JobEvent
from clipzy_client.settings import MOST_MISSED, Polling, Timeouts

OnChange = Callable[[Job], None]
"""Called with the job as it first stands, and after each change."""


class _HeldBack(ConnectionFailed):
    """A stream brought neither an event nor a beat of its heart for `silence_s`: a proxy may keep it until it is whole."""


async def job_events(
    exchange: Exchange,
    timeouts: Timeouts,
    job_id: str,
    last_event_id: str | None = None,
    until: float = math.inf,
    *,
    may_be_held_back: bool = True,
) -> AsyncGenerator[JobEvent, None]:
    """A job's changes up to its end, over as many connections as it takes.

    A connection that breaks is made again with Last-Event-ID, so that the end is not missed and nothing comes twice. An engine
    that goes away is waited for, as polling does.
    `until`: of `time.monotonic`, kept to within a beat of the stream's heart, 15 s. `may_be_held_back`: whether a connection
    that stays silent is one that broke; who has another way to look does without.

    Raises:
        ApiError: the engine refuses; JobNotFound too where the job was deleted meanwhile.
        _HeldBack: one connection stayed silent, and may not.
        ConnectionFailed: it stays away, or connections break one after the other, with no event and no beat of
            the stream's heart between.
        WaitTimedOut: it is `until`.
    """
    broken = missed = 0
    while True:
        silence_s = min(timeouts.silence_s, max(until - time.monotonic(), 0.05))
        reader, pause_s = EventReader(last_event_id or ""), None
        why = "the stream ended before the job did"
        cause: BaseException | None = None
        try:
            async with exchange.opened(calls.follow_job(job_id, last_event_id, silence_s)) as response:
                missed = 0
                if response.status_code == httpx.codes.NO_CONTENT:  # has ended, which was seen
                    return
                async for piece in exchange.transport.pieces(response):
                    for told in reader.feed(piece):
                        event = _event(told.event_id, told.data, response)
                        last_event_id = event.event_id
                        yield event
                        if event.job.ended:
                            return
                    if time.monotonic() >= until:
                        break
        except httpx.RequestError as exc:
            why, cause = str(exc) or type(exc).__name__, exc
        except (ApiError, ConnectionFailed) as exc:
            why, cause, missed = str(exc), exc.__cause__, missed + 1
            # one that stayed silent is like a stream that began and brought nothing
            pause_s = None if isinstance(cause, httpx.ReadTimeout) else exchange.pause_while_away_s(exc, missed)
        if time.monotonic() >= until:
            raise WaitTimedOut(f"job {job_id} has not ended in time")
        if isinstance(cause, httpx.ReadTimeout) and not reader.is_alive and not may_be_held_back:
            raise _HeldBack(f"the events of job {job_id} do not come through: {why}")
        # what cuts every stream after a while, as proxies do, is no engine that fails
        broken = 0 if reader.is_alive else broken
        if pause_s is None:
            pause_s = _pause_s(exchange, broken, reader, f"the events of job {job_id} cannot be followed: {why}")
            broken += 1
        await exchange.transport.sleep(max(0.0, min(pause_s, until - time.monotonic())))


def _pause_s(exchange: Exchange, broken: int, reader: EventReader, why: str) -> float:
    pause_s = exchange.retries.pause_s(broken, reader.retry_s)
    if pause_s is None:
        raise ConnectionFailed(why)
    return pause_s


async def wait_for_job(
    exchange: Exchange,
    timeouts: Timeouts,
    polling: Polling,
    job_id: str,
    *,
    timeout_s: float | None,
    on_change: OnChange | None,
    follow: bool,
) -> Job:
    """The job when it has ended, in whichever way. `follow`: by its events in place of polling, as long as they come through.

    Raises:
        ApiError: the engine refuses.
        ConnectionFailed: it did not answer several times in a row.
        WaitTimedOut: `timeout_s` have passed.
    """
    until = math.inf if timeout_s is None else time.monotonic() + timeout_s
    if follow:
        return await _wait_by_events(exchange, timeouts, polling, job_id, until, on_change=on_change)
    return await _wait_by_polling(exchange, timeouts, polling, job_id, until, on_change=on_change)


async def _wait_by_events(
    exchange: Exchange, timeouts: Timeouts, polling: Polling, job_id: str, until: float, *, on_change: OnChange | None
) -> Job:
    job: Job | None = None
    events = job_events(exchange, timeouts, job_id, until=until, may_be_held_back=False)
    try:
        while True:
            try:
                event = await anext(events, None)
            except WaitTimedOut as exc:
                raise WaitTimedOut(str(exc), job) from None
            except (ApiError, ConnectionFailed) as exc:
                if not is_away(exc):
                    raise
                # what lets no stream through may let answers through; an engine that stayed away is looked for once more
                missed = 0 if isinstance(exc, _HeldBack) else MOST_MISSED - 1
                return await _wait_by_polling(
                    exchange, timeouts, polling, job_id, until, on_change=on_change, job=job, missed=missed
                )
            if event is None:
                break
            job = event.job
            if on_change is not None:  # what it raises is its caller's
                on_change(job)
    finally:
        await events.aclose()
    assert job is not None, "without an id the engine tells at least how the job stands"
    return job


async def _wait_by_polling(
    exchange: Exchange,
    timeouts: Timeouts,
    polling: Polling,
    job_id: str,
    until: float,
    *,
    on_change: OnChange | None,
    job: Job | None = None,
    missed: int = 0,
) -> Job:
    """`job`: as it was told already. `missed`: looks in a row that found no engine before."""
    began, pause_s = time.monotonic(), polling.first_s
    while True:
        try:
            # an engine that hangs is not waited for longer than for the job
            silence_s = min(timeouts.answer_s, max(until - time.monotonic(), 0.05))
            seen = await exchange.ask(replace(calls.get_job(job_id), silence_s=silence_s))
            missed = 0
            if seen != job and on_change is not None:
                on_change(seen)
            job = seen
            if job.ended:
                return job
        except (ApiError, ConnectionFailed) as exc:
            missed += 1
            if not is_away(exc) or missed >= MOST_MISSED:
                raise
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise WaitTimedOut(f"job {job_id} has not ended in time", job)
        await exchange.transport.sleep(min(pause_s, left_s))
        pause_s = polling.next_s(pause_s, time.monotonic() - began)


def _event(event_id: str, data: str, response: httpx.Response) -> JobEvent:
    try:
        return JobEvent(event_id=event_id, job=Job.model_validate_json(data))
    except ValidationError as exc:
        raise UnexpectedAnswer(
            f"an event of {response.request.url} is not a job: {data[:200]!r}",
            code=UnexpectedAnswer.code,
            status=response.status_code,
            request_id=response.headers.get("X-Request-ID"),
        ) from exc
