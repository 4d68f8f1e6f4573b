"""Where a job came from: the request that created it, and its place in a trace.

It is kept in the job's row, so that every worker of the job, on another machine or days later, writes the same ids into its log and
continues the same trace. The job itself is a span whose id is chosen at its creation: its stages and its webhook hang below it
whichever workers ran them, and whoever ends the job records that span as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from clipzy.telemetry import trace_context, tracing
from clipzy.telemetry.trace_context import TraceContext
from clipzy.telemetry.tracing import FinishedSpan, Value

if TYPE_CHECKING:
    from clipzy.jobs.records import Ending, Job


@dataclass(frozen=True, slots=True)
class Origin:
    """`traceparent`: of the job's own span, or of its caller's where only that one is traced; `parent_id`: the span above the job's."""

    request_id: str | None = None
    traceparent: str | None = None
    tracestate: str = ""
    parent_id: str | None = None

    @property
    def context(self) -> TraceContext | None:
        """The parent of spans of work on the job; None where nobody traces it."""
        return trace_context.parse(self.traceparent, self.tracestate)


def here() -> Origin | None:
    """The origin of a job that is created now; None where nothing is known of its request."""
    above = trace_context.current()
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if above is None:
        return None if request_id is None else Origin(request_id)
    if not tracing.is_on():  # there will be no span of the job
        return Origin(request_id, above.traceparent, above.state)
    return Origin(request_id, above.child().traceparent, above.state, above.span_id)


@contextmanager
def working_on(job: Job | Ending) -> Iterator[None]:
    """Log lines and spans inside belong to the job."""
    origin = job.origin or Origin()
    ids = {"job_id": job.job_id}
    if origin.request_id is not None:
        ids["request_id"] = origin.request_id
    with structlog.contextvars.bound_contextvars(**ids), trace_context.within(origin.context):
        yield


def record_waiting(job: Job) -> None:
    """Record the time that a job has waited on the queue, which ends now."""
    tracing.record_child((job.origin or Origin()).context, "queue", _ns(job.created_at), clipzy__job__id=job.job_id)


def record_job(job: Ending) -> None:
    """Record a job that has ended as one span, from its creation to its end."""
    origin = job.origin or Origin()
    context = origin.context
    if context is None or not context.sampled or origin.parent_id is None:
        return
    end = job.completed_at or job.updated_at
    about: dict[str, Value] = {"clipzy.job.id": job.job_id, "clipzy.job.status": job.status.value}
    about["clipzy.job.stage_attempts"] = job.attempt  # one each of its stages where nothing had to be repeated
    tracing.record(
        FinishedSpan(
            "job",
            context.trace_id,
            context.span_id,
            origin.parent_id,
            _ns(job.created_at),
            max(_ns(end), _ns(job.created_at)),  # two machines' clocks
            attributes=about,
            error=None if job.error is None else job.error.code,
        )
    )


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
