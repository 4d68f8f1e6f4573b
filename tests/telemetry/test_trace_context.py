"""A place in a trace, read from a caller's headers as W3C Trace Context says and told to the next."""

from __future__ import annotations

import threading

import pytest

from clipzy.telemetry import trace_context
from clipzy.telemetry.trace_context import TraceContext, adopt, current, parse, within

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLER = TraceContext(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    ("traceparent", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f" 00-{TRACE}-{SPAN}-01 ", True),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-adds", True),
    ],
    ids=["sampled", "not sampled", "further flags", "spaces around", "a later version"],
)
def test_a_callers_place_is_read(traceparent, sampled):
    """Ids and the flag; what later versions append is passed over."""
    assert parse(traceparent) == TraceContext(TRACE, SPAN, sampled)


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "nonsense",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\r\nX-Evil: 1",
    ],
)
def test_what_is_no_place_begins_a_new_trace(traceparent):
    """A header that is not as the standard says is as none."""
    assert parse(traceparent) is None


def test_it_is_told_as_it_was_read():
    """With the vendors' state, where there is one that may be passed on."""
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=a,other=b"}
    assert parse(headers["traceparent"], headers["tracestate"]).headers == headers
    for state in (None, "x" * 513, "line\nbreak=1", "größe=1"):
        assert parse(headers["traceparent"], state).headers == {"traceparent": headers["traceparent"]}


def test_a_child_is_a_new_span_of_the_same_trace():
    """Sampled as its parent is."""
    child = CALLER.child()
    assert (child.trace_id, child.sampled) == (TRACE, True)
    assert child.span_id != SPAN
    assert parse(child.traceparent) == child


def test_what_goes_on_inside_belongs_to_the_span():
    """And what goes on after it to the one before."""
    with within(CALLER):
        assert current() == CALLER
        with within(CALLER.child()) as _:
            assert current() != CALLER
        assert current() == CALLER
    assert current() is None


def test_a_process_that_is_adopted_belongs_to_the_span_in_all_its_threads():
    """As a stage's process, whose decoders and networks have threads of their own."""
    seen = []
    adopt(CALLER)
    try:
        thread = threading.Thread(target=lambda: seen.append(trace_context.current()))
        thread.start()
        thread.join()
    finally:
        adopt(None)
    assert seen == [CALLER]
