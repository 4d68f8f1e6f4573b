"""Spans of this process, sent by OTLP over HTTP where OTEL_EXPORTER_OTLP_ENDPOINT names a receiver; else nothing.

The tracing library is imported only then, and only by API and workers: a stage's process hands its spans to its worker
(`observations`). Sampler, headers, timeout and batches follow the standard OTEL_ variables. Spans wait in memory for a
thread that sends them; those that cannot be sent are dropped, and nothing waits for it.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from clipzy.settings import Settings
from clipzy.telemetry import trace_context
from clipzy.telemetry.trace_context import TraceContext

if TYPE_CHECKING:
    from clipzy.telemetry.exporting import Exporting

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | int | float | bool

CLOSING_S = 3.0  # for the last spans to be sent; a receiver that is away holds nobody up for longer
LONGEST_TEXT = 300  # characters of a name or a value that a stage's process tells
MOST_ATTRIBUTES = 16
LONGEST_INTEGER = 1 << 63  # exclusive, as in a span on the wire: a larger one would lose the whole batch
_SPAN_ID = re.compile(r"[0-9a-f]{16}")
_TRACE_ID = re.compile(r"[0-9a-f]{32}")

_active: Exporting | None = None
_hand: Callable[[FinishedSpan], None] | None = None


@dataclass(frozen=True, slots=True)
class FinishedSpan:
    """A piece of work that has ended, under an id that was chosen before. Times in ns since 1970; `error`: why it failed."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    kind: Kind = "internal"
    attributes: Mapping[str, Value] = field(default_factory=dict)
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> FinishedSpan:
        """From what `to_json` gave, by a process that is not to be trusted.

        Raises:
            TypeError, ValueError, KeyError, OverflowError: it is nothing of the kind.
        """
        ids = tree["trace_id"], tree["span_id"], tree["parent_id"]
        for value, form in zip(ids, (_TRACE_ID, _SPAN_ID, _SPAN_ID), strict=True):
            if not form.fullmatch(value):
                raise ValueError(value)
        kind: Kind = "client" if tree["kind"] == "client" else "internal"
        attributes = list(dict(tree["attributes"]).items())[:MOST_ATTRIBUTES]
        times = int(tree["start_ns"]), int(tree["end_ns"])
        if not 0 < times[0] <= times[1] < LONGEST_INTEGER:
            raise ValueError(times)
        error = tree["error"]
        return FinishedSpan(
            _text(tree["name"]),
            *ids,
            *times,
            kind,
            {_text(key): _plain(value) for key, value in attributes},
            None if error is None else _text(error),
        )


class Span:
    """A piece of work under way. Nothing of it is kept where nobody records."""

    context: TraceContext | None = None

    def name(self, name: str) -> None:
        """Call it otherwise, now that more is known."""

    def set(self, **attributes: Value) -> None:
        """Add attributes; `__` in a name stands for the dot."""

    def event(self, name: str) -> None:
        """Note that something happened just now; only spans of API and worker keep it."""

    def fail(self, why: str) -> None:
        """Say that it went wrong."""


class _Handed(Span):
    """A span that is handed on when it has ended."""

    def __init__(self, name: str, above: TraceContext, kind: Kind) -> None:
        self.context: TraceContext = above.child()
        self._name, self._parent_id, self._kind = name, above.span_id, kind
        self._start_ns = time.time_ns()
        self._attributes: dict[str, Value] = {}
        self._error: str | None = None

    def name(self, name: str) -> None:
        self._name = name

    def set(self, **attributes: Value) -> None:
        self._attributes |= {dotted(key): value for key, value in attributes.items()}

    def fail(self, why: str) -> None:
        self._error = why

    def end(self) -> FinishedSpan:
        """As it was."""
        return FinishedSpan(
            self._name,
            self.context.trace_id,
            self.context.span_id,
            self._parent_id,
            self._start_ns,
            max(time.time_ns(), self._start_ns),
            self._kind,
            self._attributes,
            self._error,
        )


@contextmanager
def _ending(span: _Handed | None) -> Iterator[None]:
    if span is None or _hand is None:
        yield
        return
    try:
        yield
    except BaseException as exc:  # whatever it was goes on
        span.fail(type(exc).__name__)
        raise
    finally:
        _hand(span.end())


@contextmanager
def exporting(settings: Settings, service: str) -> Iterator[None]:
    """Record this process's spans while inside; `service`: what is shown as its name unless OTEL_SERVICE_NAME is set.

    Raises:
        ConfigurationError: the OTEL_ variables cannot be worked with.
    """
    global _active  # noqa: PLW0603 (a process has one such place)
    if not settings.otel_exporter_otlp_endpoint:
        yield
        return
    from clipzy.telemetry.exporting import Exporting  # noqa: PLC0415 (takes time that only those who trace shall pay)

    _active = Exporting(settings, service)
    try:
        yield
    finally:
        active, _active = _active, None
        closing = threading.Thread(target=active.close, name="traces-close", daemon=True)
        closing.start()
        closing.join(CLOSING_S)


def hand_to(take: Callable[[FinishedSpan], None]) -> None:
    """Record this process's spans by giving each that has ended to somebody who sends it: in a stage's process."""
    global _hand  # noqa: PLW0603
    _hand = take


def is_on() -> bool:
    """Whether this process records spans."""
    return _active is not None or _hand is not None


@contextmanager
def span(name: str, parent: TraceContext | None = None, kind: Kind = "internal", **attributes: Value) -> Iterator[Span]:
    """Work inside is a span below `parent` (below what goes on here, where none is given); an exception marks it as failed.

    `__` in the name of an attribute stands for the dot. Where nobody records, the work belongs to the parent itself.
    """
    above = parent or trace_context.current()
    if _active is None:
        handed = None if _hand is None or above is None or not above.sampled else _Handed(name, above, kind)
        with trace_context.within(above if handed is None else handed.context), _ending(handed):
            made = handed or Span()
            made.set(**attributes)
            yield made
        return
    with _active.span(name, above, kind, attributes) as made, trace_context.within(made.context):
        yield made


def record(finished: FinishedSpan) -> None:
    """Keep a span that has ended already, under its own id; only sampled ones are to be given."""
    if _active is not None:
        _active.record(finished)


def record_child(parent: TraceContext | None, name: str, start_ns: int, **attributes: Value) -> None:
    """Keep a span below `parent` that ends now."""
    if _active is None or parent is None or not parent.sampled:
        return
    record(
        FinishedSpan(
            name,
            parent.trace_id,
            secrets.token_hex(8),
            parent.span_id,
            start_ns,
            max(start_ns, time.time_ns()),
            attributes={dotted(key): value for key, value in attributes.items()},
        )
    )


def dotted(name: str) -> str:
    """An attribute's name as OpenTelemetry writes it."""
    return name.replace("__", ".")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return whole(value[:LONGEST_TEXT])


def _plain(value: object) -> Value:
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if not -LONGEST_INTEGER <= value < LONGEST_INTEGER:
            raise ValueError(value)
        return value
    return _text(value)


def whole(text: str) -> str:
    """A text from JSON without lone surrogates, which UTF-8 cannot encode."""
    return text.encode(errors="replace").decode()
