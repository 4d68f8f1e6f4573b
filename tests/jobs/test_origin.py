"""Where a job came from stays known: whoever goes on with it goes on with its trace."""

from __future__ import annotations

import pytest
import structlog

from clipzy.jobs import origin
from clipzy.jobs.lifecycle import Status
from clipzy.settings import Settings
from clipzy.telemetry import trace_context
from clipzy.telemetry.trace_context import TraceContext, within
from clipzy.telemetry.tracing import exporting, span
from telemetry.otlp import receiving_traces
from workshop import Workshop

CALLER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True, state="caller=7")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """An engine without a worker."""
    with Workshop(tmp_path_factory.mktemp("origin")) as workshop:
        yield workshop


@pytest.fixture
def recording():
    """Records spans as an API does; gives what arrived once it is left."""
    with receiving_traces() as traces:
        traces.recording = exporting(Settings(_env_file=None, otel_exporter_otlp_endpoint=traces.url), "clipzy-api")
        yield traces


def test_a_job_keeps_its_request_and_its_place_in_the_trace(workshop, recording):
    """In its row: any process that reads it works below the job's own span, in logs and in the trace."""
    with (
        recording.recording,
        structlog.contextvars.bound_contextvars(request_id="req_a"),
        span("request", CALLER) as request,
    ):
        job_id = workshop.submit().job_id
    job = workshop.store.get_job(job_id)
    assert (job.origin.request_id, job.origin.parent_id) == ("req_a", request.context.span_id)
    structlog.contextvars.clear_contextvars()
    for _attempt in range(2):
        with origin.working_on(job):
            here = trace_context.current()
            assert structlog.contextvars.get_contextvars() == {"job_id": job_id, "request_id": "req_a"}
        assert (here.trace_id, here.state, here.sampled) == (CALLER.trace_id, "caller=7", True)
        assert here.span_id not in {CALLER.span_id, request.context.span_id}
    assert trace_context.current() is None


def test_a_job_that_is_cancelled_on_the_queue_is_told_by_the_api(workshop, recording):
    """No worker ever sees it: its span is sent all the same, below the request that created it."""
    with recording.recording:
        with span("request", CALLER) as request:
            job_id = workshop.submit().job_id
        assert workshop.engine.cancel(job_id).status is Status.CANCELLED
    job = recording.named("job")
    assert (job.parent_id, job.trace_id) == (request.context.span_id, CALLER.trace_id)
    assert job.attributes["clipzy.job.status"] == "cancelled"


def test_where_nobody_records_the_callers_own_span_is_kept(workshop):
    """So that the networks and the webhook are told it, and no span of the job is promised that is never sent."""
    with within(CALLER):
        job = workshop.submit()
    assert workshop.store.get_job(job.job_id).origin == origin.Origin(None, CALLER.traceparent, CALLER.state)


def test_a_job_of_unknown_origin_has_none(workshop):
    """As one that `clipzy run` does."""
    job = workshop.store.get_job(workshop.submit().job_id)
    assert job.origin is None
    with origin.working_on(job):
        assert trace_context.current() is None
