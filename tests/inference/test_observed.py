"""What is told of calls to networks: how each ended, how long it took, and to the server where it stands in a trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from prometheus_client import REGISTRY

from clipzy.errors import InferenceError
from clipzy.inference.triton import MODEL_IS_DEAD, MOST_MISSES, TritonInference
from clipzy.telemetry import tracing
from clipzy.telemetry.trace_context import TraceContext, within
from ports import free_port
from probe import PROBE, numbers

CALLER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)


@contextmanager
def refusing(code, words):
    """A server that hears each call's metadata and refuses it with that status; its address, and what it heard."""
    heard = []

    def refuse(_request, context):
        heard.append(dict(context.invocation_metadata()))
        context.abort(code, words)

    class Handlers(grpc.GenericRpcHandler):
        def service(self, _details):
            """The same for every method."""
            return grpc.unary_unary_rpc_method_handler(refuse)

    server = grpc.server(ThreadPoolExecutor(2), handlers=[Handlers()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}", heard
    finally:
        server.stop(0).wait()


def asked(url, timeout_s=5.0):
    """One call, which fails."""
    connection = TritonInference(url, timeout_s=timeout_s, patience_s=0)
    try:
        with pytest.raises(InferenceError):
            connection.infer(PROBE, numbers([1]))
    finally:
        connection.close()


def count(outcome):
    """Calls that ended so."""
    labels = {"network": "probe", "outcome": outcome}
    return REGISTRY.get_sample_value("clipzy_inference_request_duration_seconds_count", labels) or 0


@pytest.mark.parametrize(
    ("code", "words", "outcome", "calls"),
    [
        (grpc.StatusCode.INTERNAL, "no such thing", "error", 1),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "too late", "deadline", MOST_MISSES),
        (grpc.StatusCode.UNAVAILABLE, "not ready", "server_away", 1),
        (grpc.StatusCode.INTERNAL, f"model {MODEL_IS_DEAD}", "model_dead", 1),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_a_call_is_counted_by_how_it_ended(code, words, outcome, calls):
    """In a word that alerts are written against, each time that it is made."""
    before = count(outcome)
    with refusing(code, words) as (url, _):
        asked(url, timeout_s=1.0)
    assert count(outcome) == before + calls


def test_a_server_that_is_not_there_is_away():
    """No answer at all counts as one that says that it is not ready."""
    before = count("server_away")
    asked(f"127.0.0.1:{free_port()}")
    assert count("server_away") == before + 1


def test_the_server_is_told_the_span_of_the_call(monkeypatch):
    """As metadata; the span says how the call ended."""
    handed = []
    monkeypatch.setattr(tracing, "_hand", handed.append)
    with refusing(grpc.StatusCode.INTERNAL, "no") as (url, heard), within(CALLER):
        asked(url)
    [span] = handed
    assert heard[0]["traceparent"] == f"00-{CALLER.trace_id}-{span.span_id}-01"
    assert (span.name, span.parent_id, span.kind) == ("infer probe", CALLER.span_id, "client")
    assert span.attributes == {"clipzy.network": "probe", "clipzy.outcome": "error"}
    assert span.error is not None


def test_where_nobody_traces_the_server_is_told_nothing():
    """No header, and no span."""
    with refusing(grpc.StatusCode.INTERNAL, "no") as (url, heard):
        asked(url)
    assert "traceparent" not in heard[0]
