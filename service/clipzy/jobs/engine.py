"""Takes jobs in and cancels them; behind it a durable queue (DBOS) hands them to the workers.

The `jobs` table is the truth: DBOS only remembers which steps have ended. Its import takes seconds, so it waits until
the first job; the workers' side is in `worker`.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clipzy.errors import ConfigurationError
from clipzy.jobs import origin, patience
from clipzy.jobs.idempotency import Claim
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.patience import patiently
from clipzy.jobs.records import Ending, Job, Standing
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.database import Pool, lively_url, refusal_in, sqlalchemy_url
from clipzy.storage.revisions import Upgrade, migration_lock, upgrade
from clipzy.telemetry import log
from clipzy.telemetry.metrics import JOBS_CANCELLED, JOBS_CREATED
from clipzy.tokens import are_of_several, parse_tokens

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

APPLICATION = "clipzy"
QUEUE = "jobs"
WORKFLOW = "video_job"
CLIENT_POOL = Pool(5, 0)  # beside that of the store; the library's client takes no more for a moment


class _Stopped(Exception):
    """The program that waits for the database is asked to end."""


def prepare_database(url: str, stopped: Callable[[], bool] = lambda: False) -> Upgrade | None:
    """Bring the database to the newest shape, the queue's own tables too, and answer from which step to which; safe from several processes at once.

    It waits for a server that is away, as jobs do, but not for a file. `stopped`: whether to give up waiting; the answer is None then.

    Raises:
        sqlalchemy.exc.OperationalError: it stayed away.
        ConfigurationError: it refuses, for example since the password is wrong, or it has no such database.
    """

    def check() -> None:
        if stopped():
            raise _Stopped

    is_file = sqlalchemy_url(url).get_backend_name() == "sqlite"
    try:
        return patiently(partial(_prepare, url), check, 0.0 if is_file else patience.PATIENCE_S)
    except _Stopped:
        return None


def _prepare(url: str) -> Upgrade:
    try:
        done = upgrade(url)
    except sa.exc.OperationalError as exc:
        if (refusal := refusal_in(exc)) is not None:
            raise ConfigurationError(f"the database refuses: {refusal}; check DATABASE_URL") from exc
        raise
    dbos = load_dbos()
    with migration_lock(url):
        for theirs in (dbos.DBOS, dbos.SQLAlchemyDatasource):
            theirs.migrate(lively_url(url))
    return done


def load_dbos() -> Any:  # noqa: ANN401 (a module)
    """DBOS, imported when it is first needed."""
    return importlib.import_module("dbos")


class Engine:
    """The side of the job engine that the API uses; may be used from any thread."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lock = threading.Lock()
        self._opened: DBOSClient | None = None

    def submit(self, job: Job, claim: Claim | None = None) -> Job | Standing:
        """Remember a new job and queue it, both in one transaction; answers it, or how the one stands that has its claim already.

        Raises:
            IdempotencyConflict: the claim's key came with another request before.
            VideoNotFound: a video that it names does not exist.
            JobAlreadyProcessing: the same work is queued or processing; the message names that job.
            QueueFull: MAX_QUEUED_JOBS are waiting already, or as many of its owner's as he may have.
        """
        self._client()  # before the transaction begins: the first time takes seconds
        job = replace(job, origin=origin.here())
        added = self._store.add_job(job, self._settings.max_queued_jobs, self._enqueue, claim, self._most_of_owner(job))
        if added.job_id == job.job_id:
            JOBS_CREATED.inc()
            log.info("job created", job_id=job.job_id)
        return added

    def cancel(self, job_id: str, owner: str | None = None) -> Ending:
        """End a job by its owner's wish; answers it as it then stands. Its worker stops within a second.

        Raises:
            JobNotFound: there is none of that id.
            JobNotCancellable: it has ended already.
        """
        ended = self._store.cancel_job(job_id, owner)
        before = Status.QUEUED if ended.started_at is None else Status.PROCESSING
        JOBS_CANCELLED.labels(before.value).inc()
        if before is Status.QUEUED:
            # Only tidies up: a worker that takes the entry before it is gone finds the job cancelled and leaves it.
            try:
                self._client().cancel_workflow(job_id)
            except Exception:  # noqa: BLE001 (the job is cancelled, whatever the queue says)
                log.warning(
                    "the queue's entry of a cancelled job stays until a worker takes it", job_id=job_id, exc_info=True
                )
            origin.record_job(ended)  # else the worker that runs it tells of it
        return ended

    def warm_up(self) -> None:
        """Load the queue's library in the background, so that the first job need not wait for it."""
        threading.Thread(target=self._client, name="load-queue", daemon=True).start()

    def close(self) -> None:
        """Give back the connections."""
        with self._lock:
            if self._opened is not None:
                self._opened.destroy()
                self._opened = None

    def _most_of_owner(self, job: Job) -> int | None:
        most = self._settings.max_queued_jobs_per_owner
        if most or job.owner is None:
            return most or None
        return 0 if are_of_several(parse_tokens(self._settings.api_tokens.get_secret_value())) else None

    def _enqueue(self, connection: sa.Connection, job: Job) -> None:
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": job.job_id,
        }
        if job.priority:  # the queue takes 1 and above; an entry without one goes before them
            options["priority"] = job.priority
        self._client().enqueue_in_transaction(connection, options, job.job_id)

    def _client(self) -> DBOSClient:
        with self._lock:
            if self._opened is None:
                dbos = load_dbos()
                self._opened = dbos.DBOSClient(
                    system_database_url=lively_url(self._settings.resolved_database_url),
                    system_database_pool_size=CLIENT_POOL.kept,
                    application_name=APPLICATION,
                    # a cancel that has taken effect is answered, whether its entry can be taken off the queue or not
                    retry_connection_errors=False,
                    serializer=dbos.DBOSPortableJSONSerializer(),  # what is in a table is read, never run
                )
            return self._opened
