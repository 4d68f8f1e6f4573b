"""Executes one stage of one job: counts the attempt, runs the process, publishes its files, logs and measures its end.

What `StageExecutor.run` answers is the stage's durable checkpoint, so it is small and plain JSON.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from clipzy.errors import ClipzyError, StageCrashed, StageError
from clipzy.inference.client import InferenceFactory
from clipzy.jobs import moves
from clipzy.jobs.folders import Folders
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.parts import ahead_of
from clipzy.jobs.patience import patiently
from clipzy.jobs.publishing import StoredFile, publish
from clipzy.jobs.records import Job, JobError
from clipzy.jobs.runner import Listener
from clipzy.jobs.source_names import source_names
from clipzy.jobs.stage_checkpoint import Checkpoint, run_by
from clipzy.jobs.stage_fallback import run_with_or_without_gpu
from clipzy.jobs.stage_process import StageTask
from clipzy.jobs.store import Store
from clipzy.jobs.watch import Attempt, Gone, Watch, WorkerStopping
from clipzy.machine.disks import is_full
from clipzy.settings import Settings
from clipzy.stages.analysis_version import ANALYSIS_VERSION
from clipzy.stages.context import PUBLISH, Role, Source
from clipzy.storage.database import AWAY
from clipzy.storage.objects import ObjectStore
from clipzy.telemetry import log, trace_context, tracing
from clipzy.telemetry.metrics import JOB_WARNINGS, LOST_ATTEMPTS, STAGE_SECONDS
from clipzy.telemetry.tracing import Span

MOST_LOST_ATTEMPTS = 3  # a stage under which the worker died this often is not tried again
DISK_FULL = "a disk of the engine is full; the operator has to free space"


@dataclass(frozen=True, slots=True)
class StageExecutor:
    """Runs stages on this worker.

    `functions`: `module:name` of each stage; `stopping`: set when the worker shall stop. `version`: of the stages' code, which does not go on from
    another's files. `many_processors`: enough to work on a stage's sources side by side, in processes of their own, and to hear the sound ahead of its
    stage's turn.
    """

    settings: Settings
    store: Store
    objects: ObjectStore
    folders: Folders
    functions: Mapping[Stage, str]
    inference: InferenceFactory
    stopping: threading.Event
    version: str = ANALYSIS_VERSION
    many_processors: bool = False

    def run_plain(self, job: Job, stage: Stage, done: Mapping[Stage, Checkpoint]) -> dict[str, Any]:
        """As `run`, answering what the durable queue can keep."""
        return self.run(job, stage, done).dump()

    def run(self, job: Job, stage: Stage, done: Mapping[Stage, Checkpoint]) -> Checkpoint:
        """Run a stage of a job whose earlier stages are `done`.

        Raises:
            WorkerStopping: the worker is to stop; the stage was ended and will be tried again.
        """
        self.check_stopping()
        with tracing.span(f"stage {stage.value}", clipzy__job__id=job.job_id, clipzy__stage=stage.value) as span:
            try:
                return self._run_told(job, stage, done, span)
            except WorkerStopping as asked:
                span.event("worker stopping")
                stopping = asked
        raise stopping  # here, for a stage that is put off has not failed

    def _run_told(self, job: Job, stage: Stage, done: Mapping[Stage, Checkpoint], span: Span) -> Checkpoint:
        started = time.monotonic()
        try:
            checkpoint = self._attempt(job, stage, done, span)
            outcome = "completed"
        except Gone:
            checkpoint, outcome = Checkpoint(gone=True), "gone"
        except ClipzyError as error:
            checkpoint, outcome = Checkpoint(error=JobError(stage, str(error), error.code)), "failed"
        except Exception as error:  # noqa: BLE001 (the owner gets a sentence, the log the trace; a worker must outlive any job)
            if is_full(error):
                failure = JobError(stage, DISK_FULL, StageError.code)
            else:
                log.exception("stage could not be run")
                failure = internal_error(stage)
            checkpoint, outcome = Checkpoint(error=failure), "failed"
        STAGE_SECONDS.labels(stage.value, outcome).observe(time.monotonic() - started)
        JOB_WARNINGS.labels(stage.value).inc(len(checkpoint.warnings))
        span.set(clipzy__outcome=outcome)
        ended = {"outcome": outcome, "seconds": round(time.monotonic() - started, 2)}
        if checkpoint.error is None:
            log.info("stage ended", **ended)
        else:
            span.fail(checkpoint.error.code)
            log.warning("stage ended", **ended, code=checkpoint.error.code, error=checkpoint.error.message)
        return checkpoint

    def check_stopping(self) -> None:
        """Raise where the worker is to stop.

        Raises:
            WorkerStopping.
        """
        if self.stopping.is_set():
            raise WorkerStopping

    def _attempt(self, job: Job, stage: Stage, done: Mapping[Stage, Checkpoint], span: Span) -> Checkpoint:
        claimed = patiently(lambda: self._claim(job.job_id), self.check_stopping)
        if claimed is None:
            raise Gone
        attempt, lost = claimed
        span.set(clipzy__stage__lost_attempts=lost)
        if lost:
            LOST_ATTEMPTS.labels(stage.value).inc()
        if lost >= MOST_LOST_ATTEMPTS:
            raise StageCrashed(
                f"the worker died {lost} times in {stage.value.replace('_', ' ')}; "
                "the video may be damaged or need more memory than there is"
            )
        left_s = self.settings.processing_timeout_seconds - self._spent_s(job, done)
        watch = Watch(self.store, Attempt(job.job_id, stage, attempt), self.stopping, left_s)
        try:
            return self._run(job, stage, attempt, done, watch)
        except WorkerStopping:
            try:
                with self.store.database.begin() as connection:
                    moves.give_back_attempt(connection, job.job_id, attempt)
            except AWAY as error:
                # the attempt then counts as lost, and a job may have some; the stop must not turn into a failure
                log.warning("the attempt could not be given back", error=str(error))
            raise

    def _spent_s(self, job: Job, done: Mapping[Stage, Checkpoint]) -> float:
        """Seconds of the stages before; what another version or another machine did is run again here, and counts only then."""
        return sum(
            checkpoint.seconds
            for checkpoint in run_by(self.version, done).values()
            if self.folders.stage(job.job_id, checkpoint.folder).exists()
        )

    def _claim(self, job_id: str) -> tuple[int, int] | None:
        with self.store.database.begin() as connection:
            return moves.claim_attempt(connection, job_id)

    def _run(self, job: Job, stage: Stage, attempt: int, done: Mapping[Stage, Checkpoint], watch: Watch) -> Checkpoint:
        sources = self._sources(job, watch)
        earlier: dict[str, Path] = {}
        usable = run_by(self.version, done)
        for past, checkpoint in usable.items():
            folder = self.folders.stage(job.job_id, checkpoint.folder)
            if not folder.exists():
                # Another machine ran it. Most of the work is in the cache where DATA_PATH is shared, else done anew.
                log.warning("an earlier stage's files are not on this machine; running it again", earlier=past.value)
                with self.folders.restoring(folder) as part:
                    self._run_task(self._task(job, past, part, sources, earlier), watch, watch.silent())
            earlier[past.value] = folder
        again: dict[Stage, Checkpoint] = {}
        for past in [past for past in done if past not in usable]:
            # Its files may have another form or meaning, and what it published has to fit what the other stages make.
            log.warning(
                "an earlier stage was run by another version of the engine; running it again", earlier=past.value
            )
            folder = self.folders.fresh_stage(job.job_id, past, attempt)
            task = self._task(job, past, folder, sources, earlier)
            again[past] = self._finished(job, task, (), watch, watch.heard_in_place())
            earlier[past.value] = folder
        before = tuple(file for checkpoint in {**done, **again}.values() for file in checkpoint.files)
        task = self._task(job, stage, self.folders.fresh_stage(job.job_id, stage, attempt), sources, earlier)
        return replace(self._finished(job, task, before, watch, watch.listener()), again=again)

    def _finished(
        self, job: Job, task: StageTask, before: Sequence[StoredFile], watch: Watch, listener: Listener
    ) -> Checkpoint:
        """Run a stage in its empty folder and publish what it leaves; `before`: what the stages before it have published."""
        started = time.monotonic()
        try:
            self._run_task(task, watch, listener, self._ahead_of(task))
            watch.check()
            left = task.folder / PUBLISH
            published = publish(
                self.objects, job, task.stage, left, sources=task.sources, earlier=before, check=watch.check
            )
        except BaseException:  # whatever it was goes on
            # at once: a disk that the stage filled may be the one on which the database has to write down its end
            shutil.rmtree(task.folder, ignore_errors=True)
            raise
        return Checkpoint(
            folder=task.folder.name,
            seconds=time.monotonic() - started,
            warnings=watch.taken_warnings(),
            artifacts=published.artifacts,
            files=published.files,
            style_json=published.style_json,
            version=self.version,
        )

    def _run_task(self, task: StageTask, watch: Watch, listener: Listener, ahead: StageTask | None = None) -> None:
        run_with_or_without_gpu(task, watch, listener, apart=self.many_processors, ahead=ahead)

    def _ahead_of(self, task: StageTask) -> StageTask | None:
        """The sound is heard while the pictures are looked at, which leave processors idle; its stage finds it in the cache."""
        if not self.many_processors or task.stage is not Stage.VIDEO_ANALYSIS:
            return None
        return ahead_of(task, Stage.AUDIO_ANALYSIS, self.functions[Stage.AUDIO_ANALYSIS])

    def _task(
        self, job: Job, stage: Stage, folder: Path, sources: tuple[Source, ...], earlier: Mapping[str, Path]
    ) -> StageTask:
        return StageTask(
            stage=stage,
            function=self.functions[stage],
            job_id=job.job_id,
            sources=sources,
            config=job.config,
            folder=folder,
            earlier=dict(earlier),
            cache=self.folders.cache,
            inference=self.inference,
            settings=self.settings,
            request_id=None if job.origin is None else job.origin.request_id,
            trace=trace_context.current(),
            records_spans=tracing.is_on(),
        )

    def _sources(self, job: Job, watch: Watch) -> tuple[Source, ...]:
        ids = {Role.TEMPLATE: job.template_video_id, Role.FOOTAGE: job.video_id}
        videos = {
            role: patiently(partial(self.store.video_file, video_id), watch.check)
            for role, video_id in ids.items()
            if video_id is not None
        }
        names = source_names(videos)
        found = []
        for role, video in videos.items():
            path = self.objects.local_path(video.storage_key)
            if path is None:
                path = self.folders.source(job.job_id, f"{role.value}{Path(video.storage_key).suffix}")
                if not path.exists():
                    patiently(partial(self.objects.fetch, video.storage_key, path, between=watch.check), watch.check)
            found.append(Source(role, path, video.content_hash, names[role]))
        return tuple(found)


def internal_error(stage: Stage | None) -> JobError:
    """The error of a job whose owner is not to blame: the engine itself failed."""
    return JobError(stage, "the engine failed; the log has the cause under the job's id", "INTERNAL_ERROR")
