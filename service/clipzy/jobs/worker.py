"""Works on jobs: takes them from the durable queue and runs their stages in order, each ending in a checkpoint.

A worker that is asked to stop (SIGTERM) kills its running stages within a second and leaves their jobs processing;
the next start takes them up at the last finished stage. Draining would be kinder to one stage and would keep a
rolling update waiting for the longest one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog

from clipzy.build import build
from clipzy.errors import JobNotFound, JobUnreadable, StorageUnavailable
from clipzy.inference.client import InferenceFactory
from clipzy.jobs import fork_server, job_telemetry, moves, origin, queue_internals
from clipzy.jobs.checkpoints import forget_checkpoints
from clipzy.jobs.counters import begin_counters
from clipzy.jobs.engine import APPLICATION, QUEUE, WORKFLOW, load_dbos, prepare_database
from clipzy.jobs.execution import StageExecutor
from clipzy.jobs.folders import Folders
from clipzy.jobs.heartbeat import Heartbeat
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.patience import patiently
from clipzy.jobs.records import Ending, Job
from clipzy.jobs.recovery import fail_unreadable
from clipzy.jobs.retention import keep_sweeping
from clipzy.jobs.stage_checkpoint import Checkpoint, result_of
from clipzy.jobs.store import Store
from clipzy.jobs.strays import Strays
from clipzy.jobs.upkeep import watch_over
from clipzy.jobs.webhooks import WebhookSender
from clipzy.jobs.worker_name import worker_name
from clipzy.jobs.worker_server import Pulse
from clipzy.jobs.worker_threads import WorkerThreads
from clipzy.settings import Settings
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.stop_signals import stop_event
from clipzy.storage.database import Pool, lively_url, open_database
from clipzy.storage.keys import job_prefix
from clipzy.storage.objects import ObjectStore, open_objects
from clipzy.telemetry import adopt_logger, log
from clipzy.telemetry.metrics import JOBS_RUNNING

if TYPE_CHECKING:
    from dbos import DBOS

# Raise it only when the order of durable steps in `JobRunner._run_stages` changes: jobs begun under another version wait
# for a worker of theirs. DBOS's own choice, a hash of the source, would strand running jobs at every deployment.
WORKFLOW_VERSION = "1"
POLLING_INTERVAL_S = 0.25
TIDYING_S = 10.0  # a storage that is away for longer is tidied by the sweep
STOPPING_S = 15.0  # for running stages to be killed and their attempts given back
IDLE_POLL_S = 0.02
# Beside that of the store: of the queue's own work, and of the steps of jobs. A last connection listens to the others.
QUEUE_POOL, STEPS_POOL, LISTENING = Pool(20, 0), Pool(5, 10), 1
SPARE_THREADS = 16  # of the queue's own work, beside one for each job

STAGE_FUNCTIONS: Mapping[Stage, str] = {stage: f"clipzy.stages.{stage.value}:run" for stage in Stage}


def run_worker(
    settings: Settings,
    inference: InferenceFactory,
    *,
    stage_functions: Mapping[Stage, str] = STAGE_FUNCTIONS,
    version: str = ANALYSIS_VERSION,
    preload: Sequence[str] = (),
    many_processors: bool = False,
    stop: threading.Event | None = None,
    polling_interval_s: float = POLLING_INTERVAL_S,
    pulse: Pulse | None = None,
) -> None:
    """Work until SIGTERM or SIGINT, or until `stop` is set where one is given.

    `inference`: picklable; called in each stage's process to make its networks' client. `version`: of the stages' code. `preload`: modules imported
    once for all stages' processes. `many_processors`: enough of them for a stage's sources to be worked on side by side. `pulse`: is told
    whether the worker takes jobs. MAX_CONCURRENT_JOBS is one value for all workers on a database: the last to start sets it. One worker a process.

    Raises:
        ConfigurationError: the settings cannot be worked with.
    """
    if stop is None:
        stop = stop_event()
    begin_counters()
    fork_server.preload(preload)
    url = settings.resolved_database_url
    if prepare_database(url, stop.is_set) is None:
        return
    database = open_database(url)
    store = Store(database)
    folders = Folders(settings.data_path)
    executor = StageExecutor(
        settings, store, open_objects(settings), folders, stage_functions, inference, stop, version, many_processors
    )
    try:
        with worker_name(settings.data_path) as name:
            folders.sweep(store.active_jobs)
            _work(
                settings, executor, name, stop, polling_interval_s, pulse=pulse or Pulse(settings.worker_lost_after_s)
            )
    finally:
        database.dispose()


def _work(
    settings: Settings, executor: StageExecutor, name: str, stop: threading.Event, interval_s: float, *, pulse: Pulse
) -> None:
    heartbeat = Heartbeat(executor.store.database, name, settings.worker_lost_after_s, settings.heartbeat_interval_s)
    idle = True

    def say_goodbye() -> None:
        if idle:  # else what still runs here must not be taken for free
            with suppress(sa.exc.SQLAlchemyError):  # without a goodbye its silence will tell
                heartbeat.stop()

    dbos = load_dbos()
    serializer = dbos.DBOSPortableJSONSerializer()
    with ExitStack() as closing:  # of what has begun, and no more, whatever fails
        heartbeat.beat()
        closing.callback(say_goodbye)
        queue = dbos.DBOS(config=_library_settings(settings, name, serializer))
        closing.callback(dbos.DBOS.destroy, destroy_registry=True)
        adopt_logger("dbos")
        datasource = _open_steps(settings, serializer)
        jobs = JobRunner(dbos.DBOS, datasource, executor)

        # The limit on recoveries is ours (`lost_attempts`): it counts only what a job did to its worker.
        @dbos.DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)  # type: ignore[untyped-decorator] # imported late
        def video_job(job_id: str) -> None:
            jobs.run(job_id)

        forget = partial(forget_checkpoints, executor.store, dbos.DBOS, datasource)
        threads = _threads(settings, executor, heartbeat, forget, stop)
        try:
            for thread in threads.all:
                thread.start()
                closing.callback(thread.join, STOPPING_S)
            dbos.DBOS.launch()
            dbos.DBOS.register_queue(
                QUEUE,
                worker_concurrency=settings.max_concurrent_jobs,
                polling_interval_sec=interval_s,
                on_conflict="always_update",
            )
            log.info("worker is ready", version=build(), worker=name, jobs_at_once=settings.max_concurrent_jobs)
            pulse.beat()
            strays, every_s = Strays(queue, name), settings.heartbeat_interval_s
            watch_over(
                executor.store, dbos.DBOS, heartbeat, strays, stop, interval_s=every_s, pulse=pulse, threads=threads
            )
            log.info("worker is stopping", worker=name)
        finally:
            pulse.stop()
            stop.set()  # also where something above failed: the jobs' threads look at it
            idle = _wait_until_idle(queue)


def _library_settings(settings: Settings, name: str, serializer: object) -> dict[str, object]:
    """The settings of DBOS."""
    return {
        "name": APPLICATION,
        "system_database_url": lively_url(settings.resolved_database_url),
        "db_engine_kwargs": QUEUE_POOL.options,
        "executor_id": name,
        "application_version": WORKFLOW_VERSION,
        "serializer": serializer,
        "max_executor_threads": settings.max_concurrent_jobs + SPARE_THREADS,
        "log_level": "INFO" if settings.debug else "WARNING",
        "run_migrations": False,
    }


def _open_steps(settings: Settings, serializer: object) -> Any:  # noqa: ANN401 (imported late)
    """The datasource that commits a job's steps."""
    return load_dbos().SQLAlchemyDatasource.create(
        lively_url(settings.resolved_database_url),
        engine_kwargs=STEPS_POOL.options,
        serializer=serializer,
        run_migrations=False,
    )


def _threads(
    settings: Settings,
    executor: StageExecutor,
    heartbeat: Heartbeat,
    forget: Callable[[threading.Event], int],
    stop: threading.Event,
) -> WorkerThreads:
    """What a worker does beside the jobs until `stop` is set: webhooks are sent, what is old is swept."""
    sender = WebhookSender(settings, executor.store, executor.objects)
    kept = (executor.store, executor.objects, executor.folders, settings.retention_days, stop)
    sweep = partial(
        keep_sweeping,
        *kept,
        most_cached_bytes=settings.max_cache_mb << 20,
        forget_checkpoints=forget,
        is_eldest=heartbeat.is_eldest,
    )
    return WorkerThreads(stop, webhooks=partial(sender.run, stop), retention=sweep)


class JobRunner:
    """The durable workflow: the same steps in the same order whenever it is run again, those that ended not repeated."""

    def __init__(self, dbos: Any, datasource: Any, executor: StageExecutor) -> None:  # noqa: ANN401 (imported late)
        self._dbos = dbos
        self._datasource = datasource
        self._executor = executor
        # SQLite knows no other level; on PostgreSQL each statement's own compare-and-set is enough
        sqlite = executor.store.database.dialect.name == "sqlite"
        self._isolation = "SERIALIZABLE" if sqlite else "READ COMMITTED"

    def run(self, job_id: str) -> None:
        """Run a job from where it stands to its end."""
        with JOBS_RUNNING.track_inprogress(), structlog.contextvars.bound_contextvars(job_id=job_id):
            self._executor.check_stopping()
            try:
                job = patiently(partial(self._executor.store.get_job, job_id), self._executor.check_stopping)
            except JobNotFound:
                log.info("the job was deleted before it began")
                return
            except JobUnreadable as unreadable:
                fail_unreadable(self._executor.store, job_id, unreadable, self._executor.check_stopping)
                self._tidy(job_id)
                return
            with origin.working_on(job):
                if job.status is Status.QUEUED:
                    origin.record_waiting(job)
                self._run_stages(job)
                self._tidy(job_id)

    def _run_stages(self, job: Job) -> None:
        done: dict[Stage, Checkpoint] = {}
        for stage in job.stages:
            with structlog.contextvars.bound_contextvars(stage=stage.value):
                if not self._commit("begin_stage", moves.begin_stage, job.job_id, stage):
                    return
                checkpoint = Checkpoint.load(
                    self._dbos.run_step({"name": stage.value}, self._executor.run_plain, job, stage, done)
                )
                if checkpoint.gone:
                    return
                if checkpoint.error is not None:
                    self._commit("fail", moves.fail, job.job_id, checkpoint.error)
                    return
                result = result_of(checkpoint, done)
                done |= {**checkpoint.again, stage: checkpoint}
                if stage is job.stages[-1]:
                    # in one transaction: what the stage brought, the output's key and the status that shows it
                    self._commit("complete", moves.complete, job.job_id, result, checkpoint.output_key)
                elif not self._commit("finish_stage", moves.finish_stage, job.job_id, stage, result):
                    return

    def _commit(self, name: str, write: Callable[..., bool], *arguments: Any) -> bool:  # noqa: ANN401 (the move's own)
        """Make a move in a transaction that commits only while this worker still owns the job (DBOS's fence)."""

        def body() -> bool:
            connection: sa.Connection = self._datasource.sql_session().connection()
            return write(connection, *arguments)

        moved: bool = self._datasource.run_tx_step({"name": name, "isolation_level": self._isolation}, body)
        return moved

    def _tidy(self, job_id: str) -> None:
        """After the end: remove scratch files, and what was stored but is named by no row (a part, a lost attempt's)."""
        executor = self._executor
        try:
            job = patiently(partial(executor.store.read, Ending, job_id, None), executor.check_stopping)
        except JobNotFound:
            kept: frozenset[str] = frozenset()
        else:
            if job.status not in TERMINAL:  # another worker has taken it over; what is there is its own
                return
            kept = frozenset(job.artifacts.values())
            job_telemetry.tell_ended(job)
            code = {} if job.error is None else {"code": job.error.code}
            log.info("job ended", status=job.status.value, seconds=job.processing_time_seconds, **code)
        executor.folders.remove(job_id)
        try:
            patiently(partial(_delete_unnamed, executor.objects, job_id, kept), executor.check_stopping, TIDYING_S)
        except StorageUnavailable as error:
            log.warning("what the job left in the storage stays for the sweep", error=str(error))


def _wait_until_idle(queue: DBOS) -> bool:
    """Wait until no job is running any more and the queue has written down how it ended; False after `STOPPING_S`."""
    until = time.monotonic() + STOPPING_S
    while queue_internals.running_here(queue):
        if time.monotonic() >= until:
            return False
        time.sleep(IDLE_POLL_S)
    return True


def _delete_unnamed(objects: ObjectStore, job_id: str, named: frozenset[str]) -> None:
    objects.delete(tuple(key for key in objects.list(job_prefix(job_id)) if key not in named))
