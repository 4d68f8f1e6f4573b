"""One real job through API, queue, worker, Triton and webhook: its trace is one tree, its log lines and metrics tell of it.

The API runs in this process, the worker and Triton in theirs; the stages are small ones that do as they are told.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from api.receiver import receiving
from api.rest import data, serving
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.lifecycle import Stage
from clipzy.settings import Settings
from clipzy.telemetry.tracing import exporting
from ports import free_port
from probe import probe_server, running
from telemetry.otlp import receiving_traces

TESTS = Path(__file__).parents[1]
TRACE, CALLERS_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLERS_SPAN}-01", "tracestate": "caller=7", "X-Request-ID": "order-4711"}
SCRIPT = {
    "video_analysis": [["see_frames", 48], ["infer", 2], ["warn", "dark"], ["log", "looking at the pictures"]],
    "motion_analysis": [["infer", 1]],
}
FAILING = {"video_analysis": [["infer", 1]], "audio_analysis": [["infer_in_vain", None]]}
FAILED_TRACE, UNSAMPLED_TRACE = "5c11e5a7d8104c1f8b1ef2f6a5f2b0d1", "6d22f6b8e9215d209c2f0307b603c1e2"
STAGES = [stage.value for stage in Stage]
SPANS = 1 + 1 + 1 + len(STAGES) + 3 + 1  # request, job, queue, stages, calls of networks, webhook
FAILED_SPANS = 1 + 1 + 1 + 2 + 2  # without a webhook, of two stages


@contextmanager
def working(folder: Path, **settings: object) -> Iterator[None]:
    """A worker process on that folder, stopped in good order."""
    told = json.dumps({name: str(value) for name, value in settings.items()})
    with (folder / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, TESTS / "tiny_worker.py", told], stderr=log, env=os.environ)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """What is left of the job when it has ended and everything was stopped: traces, webhook, log, metrics."""
    folder = tmp_path_factory.mktemp("traced")
    prepare_database(f"sqlite:///{folder}/fresh.db")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        traces, webhook = stack.enter_context(receiving_traces()), stack.enter_context(receiving())
        common = {"otel_exporter_otlp_endpoint": traces.url, "webhook_allowed_networks": "127.0.0.0/8"}
        stack.enter_context(exporting(Settings(_env_file=None, **common), "clipzy-api"))
        service = stack.enter_context(serving(folder, folder / "fresh.db", **common))
        paths = {name: getattr(service.services.settings, name) for name in ("data_path", "local_storage_path")}
        port = free_port()
        triton = probe_server()
        stack.enter_context(working(folder, metrics_port=port, triton_url=triton.url, **paths, **common))
        stack.enter_context(running(triton))
        job_id = submit(service, SCRIPT, HEADERS, webhook_url=webhook.url)
        traces.wait(SPANS)
        unsampled = submit(service, {}, {"traceparent": f"00-{UNSAMPLED_TRACE}-{CALLERS_SPAN}-00"})
        submit(service, FAILING, {"traceparent": f"00-{FAILED_TRACE}-{CALLERS_SPAN}-01"})
        traces.wait(SPANS + FAILED_SPANS)
        time.sleep(0.3)  # for what should not come
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code
    lines = [json.loads(line) for line in (folder / "worker.log").read_text().splitlines()]
    # of this job alone: the API's other requests, none of which was traced by its caller, are traces of their own
    by_trace = {trace: [s for s in traces.spans if s.trace_id == trace] for trace in {s.trace_id for s in traces.spans}}
    return _Left(job_id, by_trace, unsampled, webhook.got, lines, metrics, ready)


def submit(service, script, headers, **more) -> str:
    """Queue a job whose stages do as the script says; its id."""
    body = {"video_id": service.add_video(json.dumps(script).encode()), **more}
    return data(service.client.post("/api/v1/jobs", json=body, headers=headers))["job_id"]


class _Left:
    def __init__(self, job_id, by_trace, unsampled, webhook, log, metrics, ready):
        self.job_id, self.by_trace, self.spans = job_id, by_trace, by_trace[TRACE]
        self.unsampled, self.webhook = unsampled, webhook
        self.log, self.metrics, self.ready = log, metrics, ready

    def children(self, span_id):
        """The names below a span, in order of their beginning."""
        below = sorted((s for s in self.spans if s.parent_id == span_id), key=lambda s: s.start_ns)
        return [s.name for s in below]

    def one(self, name):
        """The span of that name."""
        [found] = [s for s in self.spans if s.name == name]
        return found


def test_the_spans_of_a_job_are_one_tree(job):
    """From the caller's span over the request to the job, and below it queue, stages with their calls, and webhook."""
    assert len(job.spans) == SPANS
    assert job.children(CALLERS_SPAN) == ["POST /api/v1/jobs"]
    assert job.children(job.one("POST /api/v1/jobs").span_id) == ["job"]
    below = job.children(job.one("job").span_id)
    assert below == ["queue", *(f"stage {stage}" for stage in STAGES), "webhook"]
    assert job.children(job.one("stage video_analysis").span_id) == ["infer probe"] * 2
    assert job.children(job.one("stage motion_analysis").span_id) == ["infer probe"]
    assert not any(span.failed for span in job.spans)


def test_the_spans_say_what_they_are_of(job):
    """Job, stage and attempts that workers did not survive; the process that did it; the kinds that a service map is drawn from."""
    stage = job.one("stage motion_analysis")
    about = {"clipzy.job.id": job.job_id, "clipzy.stage": "motion_analysis", "clipzy.stage.lost_attempts": 0}
    assert stage.attributes == {**about, "clipzy.outcome": "completed"}
    whole = job.one("job").attributes
    assert (whole["clipzy.job.status"], whole["clipzy.job.stage_attempts"]) == ("completed", len(STAGES))
    request = job.one("POST /api/v1/jobs")
    assert (request.service, request.kind) == ("clipzy-api", "server")
    assert (request.attributes["http.response.status_code"], request.attributes["clipzy.request.id"]) == (
        200,
        "order-4711",
    )
    assert {span.service for span in job.spans if span is not request} == {"clipzy-worker"}
    infer = [span for span in job.spans if span.name == "infer probe"]
    assert {(span.kind, span.attributes["clipzy.network"]) for span in infer} == {("client", "probe")}


def test_what_failed_is_marked_and_says_why(job):
    """The call, its stage by the code that the job's owner is told, and the job; what went well before is not."""
    spans = job.by_trace[FAILED_TRACE]
    assert len(spans) == FAILED_SPANS
    failed = {span.name: span for span in spans if span.failed}
    assert {name: span.why for name, span in failed.items()} == {
        "infer probe": "InferenceServerException",
        "stage audio_analysis": "INFERENCE_FAILED",
        "job": "INFERENCE_FAILED",
    }
    assert failed["infer probe"].parent_id == failed["stage audio_analysis"].span_id
    assert failed["infer probe"].attributes["clipzy.outcome"] == "error"
    assert failed["stage audio_analysis"].parent_id == failed["job"].span_id
    assert failed["job"].attributes["clipzy.job.status"] == "failed"


def test_a_job_whose_caller_does_not_sample_leaves_no_span(job):
    """Its log lines carry the caller's trace all the same, so that both can be brought together."""
    assert UNSAMPLED_TRACE not in job.by_trace
    [line] = [line for line in job.log if line["event"] == "job ended" and line["job_id"] == job.unsampled]
    assert line["trace_id"] == UNSAMPLED_TRACE


def test_a_span_lies_within_the_one_above(job):
    """But for the job, which outlives its request, and its webhook, which follows it."""
    known = {span.span_id: span for span in job.spans}
    for span in job.spans:
        above = known.get(span.parent_id)
        if above is None or span.name in {"job", "webhook"}:
            continue
        assert above.start_ns - 1_000_000 <= span.start_ns, span.name  # of created_at, which has microseconds
        assert span.end_ns <= above.end_ns + 1_000_000, span.name


def test_the_receiver_of_the_webhook_can_go_on_with_the_trace(job):
    """It is told the webhook's span, and the caller's state."""
    [(headers, _)] = job.webhook
    assert headers["traceparent"] == f"00-{TRACE}-{job.one('webhook').span_id}-01"
    assert headers["tracestate"] == "caller=7"


def test_log_lines_carry_the_ids_of_request_job_and_trace(job):
    """Those of the worker, of the stages' processes and of the webhook."""
    for event in ("stage ended", "looking at the pictures", "job ended", "webhook sent"):
        lines = [line for line in job.log if line["event"] == event]
        ids = {(line["request_id"], line["job_id"], line["trace_id"]) for line in lines}
        assert ("order-4711", job.job_id, TRACE) in ids, event
        assert len(ids) == len({job_id for _, job_id, _ in ids}), event  # of the other jobs too each has its own
    [line] = [line for line in job.log if line["event"] == "looking at the pictures"]
    assert line["stage"] == "video_analysis"


@pytest.mark.parametrize(
    "sample",
    [
        'clipzy_jobs_finished_total{status="completed"} 2.0',
        'clipzy_jobs_finished_total{status="failed"} 1.0',
        'clipzy_job_failures_total{code="INFERENCE_FAILED",stage="audio_analysis"} 1.0',
        'clipzy_job_duration_seconds_count{status="completed"} 2.0',
        'clipzy_job_duration_seconds_count{status="failed"} 1.0',
        "clipzy_job_queue_wait_seconds_count 3.0",
        'clipzy_stage_duration_seconds_count{outcome="completed",stage="rendering"} 2.0',
        'clipzy_stage_duration_seconds_count{outcome="failed",stage="audio_analysis"} 1.0',
        'clipzy_stage_frames_total{stage="video_analysis"} 48.0',
        'clipzy_job_warnings_total{stage="video_analysis"} 1.0',
        'clipzy_inference_request_duration_seconds_count{network="probe",outcome="ok"} 4.0',
        'clipzy_inference_request_duration_seconds_count{network="probe",outcome="error"} 1.0',
        'clipzy_webhook_attempts_total{outcome="delivered"} 1.0',
        "clipzy_jobs_running 0.0",
    ],
)
def test_the_worker_exports_what_its_stages_measured(job, sample):
    """Though each of them ran in a process of its own."""
    assert sample in job.metrics.splitlines()


def test_a_worker_that_works_is_ready(job):
    """As its probe says."""
    assert job.ready == 200
