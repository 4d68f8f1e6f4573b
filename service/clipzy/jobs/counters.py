"""Lets a worker export its counters as zeros from the start: what first appears as 1 is no increase to Prometheus.

Their labels are known beforehand; what is not foreseen is counted all the same, but for the first of its kind.
"""

from __future__ import annotations

from clipzy.errors import (
    ClipzyError,
    ConfigurationError,
    InferenceError,
    InferenceUnavailable,
    InvalidVideo,
    JobTimeout,
    JobUnreadable,
    StageCrashed,
    StageError,
    StorageUnavailable,
)
from clipzy.jobs.lifecycle import TERMINAL, Stage
from clipzy.jobs.webhooks import OUTCOMES
from clipzy.telemetry.metrics import (
    FALLBACKS,
    JOB_FAILURES,
    JOB_WARNINGS,
    JOBS_FINISHED,
    KNOWN_FALLBACKS,
    LOST_ATTEMPTS,
    NO_STAGE,
    WEBHOOK_ATTEMPTS,
)

# what may end a stage, and with it its job
FAILURES: tuple[type[ClipzyError], ...] = (
    *(StageError, InferenceError, InferenceUnavailable, JobTimeout, JobUnreadable, StageCrashed),
    *(InvalidVideo, StorageUnavailable, ConfigurationError),
    ClipzyError,  # what nobody foresaw
)


def begin_counters() -> None:
    """Export a zero for everything that may come to be counted."""
    for status in TERMINAL:
        JOBS_FINISHED.labels(status.value)
    for before_any_stage in (ClipzyError, JobUnreadable):
        JOB_FAILURES.labels(NO_STAGE, before_any_stage.code)
    for stage in Stage:
        LOST_ATTEMPTS.labels(stage.value)
        JOB_WARNINGS.labels(stage.value)
        for failure in FAILURES:
            JOB_FAILURES.labels(stage.value, failure.code)
    for of, to in KNOWN_FALLBACKS:
        FALLBACKS.labels(of, to)
    for outcome in OUTCOMES:
        WEBHOOK_ATTEMPTS.labels(outcome)
