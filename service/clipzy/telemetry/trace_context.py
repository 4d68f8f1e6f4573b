"""Where a piece of work stands in a trace, in the form of W3C Trace Context; no tracing library is needed for it.

A context is passed on whether or not this process records spans: from a request into its job's row, from there into
each stage's process, into the calls of networks and into webhooks. Log lines carry its trace id.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

# version 00 of https://www.w3.org/TR/trace-context/; later versions may append fields, which are passed over
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
LONGEST_STATE = 512  # characters that the standard asks to be passed on
SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A span by its ids, in hexadecimal. `state`: the vendors' `tracestate`, passed on as it came."""

    trace_id: str
    span_id: str
    sampled: bool
    state: str = ""

    @property
    def traceparent(self) -> str:
        """As the header of that name."""
        return f"00-{self.trace_id}-{self.span_id}-{SAMPLED if self.sampled else 0:02x}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that pass it on."""
        told = {"traceparent": self.traceparent}
        return told | {"tracestate": self.state} if self.state else told

    def child(self) -> TraceContext:
        """The context of a new span below this one."""
        return replace(self, span_id=secrets.token_hex(8))


def parse(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """The context in a caller's headers; None without one that fits the standard: then a new trace begins."""
    found = _TRACEPARENT.fullmatch((traceparent or "").strip())
    if found is None:
        return None
    trace_id, span_id, flags, more = found.groups()
    if set(trace_id) == {"0"} or set(span_id) == {"0"} or (more and found[0].startswith("00")):
        return None
    state = (tracestate or "").strip()
    # too long to be kept whole: better none than a broken one
    state = state if len(state) <= LONGEST_STATE and state.isascii() and state.isprintable() else ""
    return TraceContext(trace_id, span_id, bool(int(flags, 16) & SAMPLED), state)


_current: ContextVar[TraceContext | None] = ContextVar("clipzy_trace_context", default=None)
_of_process: TraceContext | None = None


def current() -> TraceContext | None:
    """The context of what goes on here; None where nobody traces it."""
    return _current.get() or _of_process


def adopt(context: TraceContext | None) -> None:
    """All that this process does, in whichever thread, belongs to that span: for a stage's process."""
    global _of_process  # noqa: PLW0603 (a process has one such place)
    _of_process = context


@contextmanager
def within(context: TraceContext | None) -> Iterator[None]:
    """What goes on inside belongs to that span."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)
