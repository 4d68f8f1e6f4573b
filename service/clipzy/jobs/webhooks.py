"""Tells the owners of jobs that they have ended: one POST, 10 s for an answer, three retries, signed where a secret is set.

The signature is that of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id` stays the same over all
attempts, so that a receiver can drop what it has seen; delivery is at least once.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, get_args

import httpcore
import sqlalchemy as sa

from clipzy import __version__
from clipzy.errors import JobNotFound, StorageUnavailable
from clipzy.jobs import origin
from clipzy.jobs.deliveries import MOST_ATTEMPTS, Attempt, Delivery, put_back, record, take_due
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.records import Ending, Job
from clipzy.jobs.store import Store
from clipzy.jobs.url_guard import AddressRefused, GuardedBackend, allowed_networks
from clipzy.jobs.webhook_secrets import Signing
from clipzy.settings import Settings
from clipzy.storage.database import AWAY
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log, trace_context, tracing
from clipzy.telemetry.metrics import WEBHOOK_ATTEMPTS, WEBHOOKS_ABANDONED

ANSWER_TIMEOUT_S = 10.0  # for all of an attempt, from looking the host up to the answer's status
AT_ONCE = 20
LOOK_INTERVAL_S = 1.0
BACKOFF_FACTOR = 4.0
LONGEST_ASKED_S = 300.0  # the most that a receiver's Retry-After counts for
OUTAGE = timedelta(days=1)  # of our own database or storage: for so long it costs a receiver none of its attempts
UNSENT = "the engine could not send it"
LOST = "the worker died before it could write down how the last attempt went"
Outcome = Literal["delivered", "refused", "unreachable", "unsent", "lost"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)  # labels of the counter of attempts


def payload(job: Job | Ending, output_url: str | None) -> dict[str, Any]:
    """The body of the webhook of a job that has ended."""
    told: dict[str, Any] = {
        "job_id": job.job_id,
        "status": job.status.value,
        "progress_percent": job.progress_percent,
        "processing_time_seconds": job.processing_time_seconds,
    }
    if job.status is Status.COMPLETED and output_url is not None:
        told["output_video_url"] = output_url
    if job.error is not None:
        stage = None if job.error.stage is None else job.error.stage.value
        told["error"] = {"stage": stage, "message": job.error.message, "code": job.error.code}
    if job.metadata:
        told["metadata"] = dict(job.metadata)
    return told


class WebhookSender:
    """Sends what is due, until it is told to stop; any number of workers may do so side by side."""

    def __init__(self, settings: Settings, store: Store, objects: ObjectStore) -> None:
        """Send nothing yet.

        Raises:
            ConfigurationError: the webhook settings cannot be used.
        """
        self._store = store
        self._objects = objects
        self._signing = Signing(settings.webhook_secret.get_secret_value())
        self._backoff_s = settings.webhook_backoff_s
        self._allowed = allowed_networks(settings.webhook_allowed_networks)

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; ends within the time of one attempt."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        with closing(GuardedBackend(self._allowed)) as guarded:
            async with httpcore.AsyncConnectionPool(
                network_backend=guarded, max_connections=AT_ONCE, max_keepalive_connections=0
            ) as pool:
                await self._send(pool, stop)

    async def _send(self, pool: httpcore.AsyncConnectionPool, stop: threading.Event) -> None:
        sending: dict[asyncio.Task[None], Delivery] = {}
        while not stop.is_set():
            # no owner and no host gets all of the free places: receivers that hang hold up nobody else's
            taken = await self._taken(AT_ONCE - len(sending), tuple(sending.values()))
            for delivery in taken:
                task = asyncio.create_task(self._deliver_safely(pool, delivery))
                sending[task] = delivery
                task.add_done_callback(sending.pop)
            if not taken:
                await asyncio.to_thread(stop.wait, LOOK_INTERVAL_S)
        await asyncio.gather(*sending)

    async def _taken(self, most: int, under_way: Collection[Delivery]) -> Sequence[Delivery]:
        try:
            return await asyncio.to_thread(take_due, self._store.database, most, under_way) if most else ()
        except sa.exc.SQLAlchemyError as error:
            log.warning("webhooks wait: the database does not answer", error=str(error))
            return ()

    async def _deliver_safely(self, pool: httpcore.AsyncConnectionPool, delivery: Delivery) -> None:
        try:
            await self._deliver(pool, delivery)
        except sa.exc.SQLAlchemyError as error:  # the lease gives the delivery back
            log.warning("how a webhook went could not be written down", job_id=delivery.job_id, error=str(error))
        except Exception:  # noqa: BLE001 (whatever one delivery does, all others are sent)
            log.exception("a webhook could not be sent", job_id=delivery.job_id, delivery_id=delivery.delivery_id)

    async def _deliver(self, pool: httpcore.AsyncConnectionPool, delivery: Delivery) -> None:
        """Make one attempt and write down how it went: whatever was wrong, nothing is tried more often than `MOST_ATTEMPTS`."""
        at, retry_after_s = datetime.now(UTC), 0.0
        try:
            if delivery.attempts > MOST_ATTEMPTS:  # nobody wrote down how the last of them went
                attempt = Attempt(at, 0.0, None, LOST)
            else:
                attempt, retry_after_s = await self._told(pool, delivery)
        except JobNotFound:  # deleted meanwhile, and its delivery with it
            return
        except Exception as error:  # noqa: BLE001 (raised before anything was sent; a delivery's own fault must not last for ever)
            if isinstance(error, (*AWAY, StorageUnavailable)) and at - delivery.created_at < OUTAGE:
                log.warning("a webhook waits for the database or the storage", job_id=delivery.job_id, error=str(error))
                await asyncio.to_thread(put_back, self._store.database, delivery)
                return
            log.exception("a webhook could not be sent", job_id=delivery.job_id, delivery_id=delivery.delivery_id)
            attempt = Attempt(at, 0.0, None, f"{UNSENT}: {type(error).__name__}")
        await self._write_down(delivery, attempt, retry_after_s)

    async def _told(self, pool: httpcore.AsyncConnectionPool, delivery: Delivery) -> tuple[Attempt, float]:
        """Tell the receiver; how that went, and the seconds that he asks to wait."""
        job = await asyncio.to_thread(self._store.read, Ending, delivery.job_id, None)
        with origin.working_on(job), tracing.span("webhook", kind="client", clipzy__job__id=job.job_id) as span:
            span.set(clipzy__attempt=delivery.attempts)
            url = None if job.output_key is None else await asyncio.to_thread(self._objects.url, job.output_key)
            body = json.dumps(payload(job, url)).encode()
            headers = self._headers(delivery, body, job.owner)
            began, at = time.monotonic(), datetime.now(UTC)
            try:
                status_code, error, retry_after_s = await self._post(pool, delivery, headers, body)
                seconds = round(time.monotonic() - began, 3)
            except AddressRefused as exc:  # how long its host was looked up tells of the operator's network too
                status_code, error, retry_after_s, seconds = None, str(exc), 0.0, 0.0
            attempt = Attempt(at, seconds, status_code, error)
            if status_code is not None:
                span.set(http__response__status_code=status_code)
            if not attempt.delivered:
                span.fail(error or "refused")
            log.info(
                "webhook sent",
                job_id=delivery.job_id,
                delivery_id=delivery.delivery_id,
                attempt=delivery.attempts,
                status_code=status_code,
                error=error,
            )
        return attempt, retry_after_s

    async def _write_down(self, delivery: Delivery, attempt: Attempt, retry_after_s: float) -> None:
        WEBHOOK_ATTEMPTS.labels(_outcome(attempt)).inc()
        if not attempt.delivered and delivery.attempts >= MOST_ATTEMPTS:
            WEBHOOKS_ABANDONED.inc()
        retry_in_s = max(self._pause_s(delivery.attempts), retry_after_s)
        await asyncio.to_thread(record, self._store.database, delivery, attempt, retry_in_s=retry_in_s)

    async def _post(
        self, pool: httpcore.AsyncConnectionPool, delivery: Delivery, headers: Mapping[str, str], body: bytes
    ) -> tuple[int | None, str | None, float]:
        """The receiver's status (any answer that is no redirect to be followed), what went wrong, seconds it asks to wait.

        Raises:
            AddressRefused: the host has no address to which it may go.
        """
        try:
            async with (
                asyncio.timeout(ANSWER_TIMEOUT_S),
                pool.stream("POST", delivery.url, headers=list(headers.items()), content=body) as response,
            ):
                return response.status, None, _retry_after_s(response.headers)
        except TimeoutError:
            return None, f"no answer within {ANSWER_TIMEOUT_S:.0f} s", 0.0
        except AddressRefused:
            raise
        except httpcore.ProtocolError:
            # its text holds what the receiver sent, of any length: what speaks at an address of the operator's network is not for the job's owner
            return None, "the receiver gave no answer in HTTP", 0.0
        except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as exc:
            return None, f"the connection failed: {str(exc) or type(exc).__name__}", 0.0
        except Exception as exc:  # noqa: BLE001 (a URL that the library does not take fails its own delivery)
            log.exception("a webhook could not be sent", job_id=delivery.job_id)
            return None, f"the URL cannot be called: {type(exc).__name__}", 0.0

    def _headers(self, delivery: Delivery, body: bytes, owner: str | None) -> dict[str, str]:
        headers = {"content-type": "application/json", "user-agent": f"clipzy/{__version__}"}
        moment = datetime.now(UTC)
        headers |= {"webhook-id": delivery.delivery_id, "webhook-timestamp": str(int(moment.timestamp()))}
        context = trace_context.current()
        if context is not None:
            headers |= context.headers
        if (signer := self._signing.signer(owner)) is not None:
            headers["webhook-signature"] = signer.sign(delivery.delivery_id, moment, body.decode())
        return headers

    def _pause_s(self, attempts: int) -> float:
        """Seconds until the next attempt: growing fourfold, with equal jitter so that receivers are not hit in step."""
        pause = self._backoff_s * BACKOFF_FACTOR ** (attempts - 1)
        return random.uniform(pause / 2, pause)  # noqa: S311 (no secret)


def _outcome(attempt: Attempt) -> Outcome:
    """The label that an attempt is counted under."""
    if attempt.status_code is not None:
        return "delivered" if attempt.delivered else "refused"
    if attempt.error == LOST:
        return "lost"
    return "unsent" if (attempt.error or "").startswith(UNSENT) else "unreachable"


def _retry_after_s(headers: Iterable[tuple[bytes, bytes]]) -> float:
    """What a receiver asks for in `Retry-After` (a number, or a date: RFC 9110, section 10.2.3), in seconds, five minutes at most; 0 without."""
    given: Mapping[bytes, bytes] = {name.lower(): value for name, value in headers}
    value = given.get(b"retry-after", b"").decode("ascii", "replace").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_ASKED_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the latter where a year or a zone has too many digits
        return 0.0
    # without a zone it is in UTC, as all of HTTP's dates are
    left_s = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(left_s, 0.0), LONGEST_ASKED_S)
