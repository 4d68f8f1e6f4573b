"""Spans of a process: a tree that a real receiver understands, nothing where nobody asked, and never in the work's way."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry import observations, trace_context, tracing
from clipzy.telemetry.trace_context import TraceContext
from clipzy.telemetry.tracing import FinishedSpan, span
from telemetry.otlp import receiving_traces

CALLER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


@pytest.fixture
def traces():
    """A receiver."""
    with receiving_traces() as traces:
        yield traces


def recording(url):
    """As an API does that was told of a receiver."""
    return tracing.exporting(Settings(_env_file=None, otel_exporter_otlp_endpoint=url, env="trial"), "clipzy-api")


def test_work_inside_work_is_a_tree(traces):
    """Below the caller's span, with kinds, attributes and times, all sent when the process ends."""
    with recording(traces.url), span("outer", CALLER, "server", http__route="/jobs") as outer:
        with span("inner") as inner:
            inner.set(clipzy__frames=3)
            assert trace_context.current() == inner.context
        outer.name("POST /jobs")
    first, second = traces.spans
    assert traces.paths == ["/v1/traces"]
    assert (first.name, first.kind, first.parent_id) == ("inner", "internal", second.span_id)
    assert (second.name, second.kind, second.parent_id) == ("POST /jobs", "server", CALLER.span_id)
    assert {first.trace_id, second.trace_id} == {CALLER.trace_id}
    assert (second.attributes, first.attributes) == ({"http.route": "/jobs"}, {"clipzy.frames": 3})
    assert second.start_ns <= first.start_ns <= first.end_ns <= second.end_ns
    assert second.service == "clipzy-api"


def test_work_that_fails_is_marked(traces):
    """By its exception, which goes on, or by a word."""
    with recording(traces.url):
        with pytest.raises(ZeroDivisionError), span("raises"):
            raise ZeroDivisionError
        with span("says so") as told:
            told.fail("refused")
        with span("goes well"):
            pass
    assert {each.name: each.failed for each in traces.spans} == {"raises": True, "says so": True, "goes well": False}


def test_what_the_caller_does_not_sample_is_not_sent(traces):
    """Its ids go on to the next all the same."""
    quiet = TraceContext(CALLER.trace_id, CALLER.span_id, sampled=False)
    with recording(traces.url), span("outer", quiet):
        assert trace_context.current().trace_id == CALLER.trace_id
        assert trace_context.current().sampled is False
    assert traces.spans == []


def test_the_standard_sampler_is_obeyed(traces, monkeypatch):
    """OTEL_TRACES_SAMPLER decides over traces that begin here."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with recording(traces.url), span("outer"):
        assert trace_context.current().sampled is False
    assert traces.spans == []


def test_standard_names_are_obeyed(traces, monkeypatch):
    """OTEL_SERVICE_NAME wins over ours; a path of its own for traces is taken as it stands, and what is empty as not set."""
    monkeypatch.setenv("OTEL_SERVICE_NAME", "video")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{traces.url}/own/path")
    with recording(traces.url), span("outer"):
        pass
    assert (traces.named("outer").service, traces.paths) == ("video", ["/own/path"])


def test_without_a_receiver_no_tracing_library_is_imported():
    """And work belongs to the caller's span, whose ids are passed on."""
    code = """
import sys
from clipzy.settings import Settings
from clipzy.telemetry import trace_context, tracing
caller = trace_context.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
with tracing.exporting(Settings(_env_file=None), "x"), tracing.span("a", caller) as span:
    span.set(a=1)
    assert trace_context.current() == caller
print(*[name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-host.invalid:4318"], ids=["refuses", "unknown"])
def test_a_receiver_that_is_away_holds_nobody_up(url, monkeypatch):
    """Neither the work nor, for long, the end of the process."""
    monkeypatch.setattr(tracing, "CLOSING_S", 0.3)
    began = time.monotonic()
    with recording(url):
        for _ in range(5000):  # more than wait in memory
            with span("work"):
                pass
        worked = time.monotonic() - began
    assert worked < 5.0
    assert time.monotonic() - began - worked < 2.0


def test_a_receiver_that_refuses_is_no_error():
    """What it does not take is dropped."""
    with receiving_traces(status=400) as traces, recording(traces.url), span("work"):
        pass


@pytest.mark.parametrize(
    ("endpoint", "variables", "advice"),
    [
        ("collector:4318", {}, "must be a URL"),
        ("http://c:4317", {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is grpc"),
    ],
    ids=["no URL", "another protocol"],
)
def test_what_cannot_be_worked_with_is_told_at_the_start(monkeypatch, endpoint, variables, advice):
    """With what to give instead."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=advice), recording(endpoint):
        pass


def test_a_stages_process_hands_its_spans_to_the_worker(traces, monkeypatch):
    """They come out below the stage's span, under the id that the server was told."""
    handed = []
    monkeypatch.setattr(tracing, "_hand", handed.append)
    with trace_context.within(CALLER), span("infer beats", kind="client", clipzy__network="beats"):
        told = trace_context.current()
    monkeypatch.setattr(tracing, "_hand", None)
    with recording(traces.url):
        observations.count([["span", each.to_json()] for each in handed])
    infer = traces.named("infer beats")
    assert (infer.span_id, infer.parent_id) == (told.span_id, CALLER.span_id)
    assert (infer.kind, infer.attributes) == ("client", {"clipzy.network": "beats"})


def test_halves_of_characters_in_a_span_cost_no_other(traces):
    """All that are sent together would be lost."""
    odd = FinishedSpan(json.loads(r'"x\ud800"'), CALLER.trace_id, CALLER.span_id, CALLER.span_id, 1, 2)
    with recording(traces.url):
        observations.count([["span", odd.to_json()]])
        with span("sound"):
            pass
    assert {each.name for each in traces.spans} == {"x?", "sound"}


@pytest.mark.parametrize(
    "change",
    [
        {"span_id": "short"},
        {"trace_id": 5},
        {"end_ns": 0},
        {"start_ns": "soon"},
        {"attributes": {"a": ["list"]}},
        {"attributes": {"a": 1 << 63}},
        {"name": None},
    ],
    ids=repr,
)
def test_a_span_that_makes_no_sense_is_refused(change):
    """Of a process that is not to be trusted."""
    sound = FinishedSpan("x", CALLER.trace_id, CALLER.span_id, CALLER.span_id, 1, 2).to_json()
    assert FinishedSpan.from_json(sound).name == "x"
    with pytest.raises((TypeError, ValueError)):
        FinishedSpan.from_json({**sound, **change})
