"""Records the end of a job, whoever ended it: in metrics, and as a span of its trace."""

from __future__ import annotations

from clipzy.jobs import origin
from clipzy.jobs.records import Ending
from clipzy.telemetry.metrics import JOB_FAILURES, JOB_SECONDS, JOB_WAIT_SECONDS, JOBS_FINISHED, NO_STAGE


def tell_ended(job: Ending) -> None:
    """Count and time a job and record its span: once, by the worker that saw it end."""
    JOBS_FINISHED.labels(job.status.value).inc()
    if job.started_at is not None:
        JOB_WAIT_SECONDS.observe(max((job.started_at - job.created_at).total_seconds(), 0.0))
    if job.processing_time_seconds is not None:
        JOB_SECONDS.labels(job.status.value).observe(job.processing_time_seconds)
    if job.error is not None:
        JOB_FAILURES.labels(NO_STAGE if job.error.stage is None else job.error.stage.value, job.error.code).inc()
    origin.record_job(job)
