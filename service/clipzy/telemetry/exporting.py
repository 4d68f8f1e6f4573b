"""Makes and sends spans with OpenTelemetry's library; imported only where traces are exported, since that takes a while."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

from clipzy import __version__
from clipzy.build import build
from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry.trace_context import TraceContext
from clipzy.telemetry.tracing import FinishedSpan, Kind, Span, Value, dotted

PROTOCOL = "http/protobuf"
_KINDS = {kind.name.lower(): kind for kind in SpanKind}


class Exporting:
    """The spans of this process, on their way to the receiver."""

    def __init__(self, settings: Settings, service: str) -> None:
        """Send nothing yet.

        Raises:
            ConfigurationError: an OTEL_ variable cannot be worked with.
        """
        endpoint = settings.otel_exporter_otlp_endpoint
        _check(endpoint)
        named = {"service.name": os.environ.get("OTEL_SERVICE_NAME") or service}
        about = {"service.version": build(), "deployment.environment.name": settings.env}
        self._ids = _ChosenIds()
        try:
            # the sampler by OTEL_TRACES_SAMPLER, the batches by OTEL_BSP_…
            self._provider = TracerProvider(
                resource=Resource.create({**about, **named}), id_generator=self._ids, shutdown_on_exit=False
            )
            own = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")  # which names the whole path
            exporter = OTLPSpanExporter(own or f"{endpoint.rstrip('/')}/v1/traces")
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        except ValueError as exc:
            raise ConfigurationError(f"an OTEL_ variable cannot be used: {exc}") from exc
        self._tracer = self._provider.get_tracer("clipzy", __version__)

    def close(self) -> None:
        """Send what waits, and end the thread that sends."""
        self._provider.shutdown()

    @contextmanager
    def span(
        self, name: str, parent: TraceContext | None, kind: Kind, attributes: Mapping[str, Value]
    ) -> Iterator[_Live]:
        """Work inside is a span."""
        made = self._tracer.start_span(
            name, _above(parent), _KINDS[kind], {dotted(key): value for key, value in attributes.items()}
        )
        live = _Live(made)
        try:
            yield live
        except BaseException as exc:  # whatever it was goes on
            live.fail(type(exc).__name__)
            raise
        finally:
            made.end()

    def record(self, finished: FinishedSpan) -> None:
        """Keep a span that has ended, under the id that it came with."""
        parent = TraceContext(finished.trace_id, finished.parent_id, sampled=True)
        with self._ids.chosen(int(finished.span_id, 16)):
            made = self._tracer.start_span(
                finished.name, _above(parent), _KINDS[finished.kind], finished.attributes, start_time=finished.start_ns
            )
        if finished.error is not None:
            made.set_status(Status(StatusCode.ERROR, finished.error))
        made.end(finished.end_ns)


class _Live(Span):
    """A span that is recorded."""

    def __init__(self, made: trace.Span) -> None:
        self._made = made
        known = made.get_span_context()
        self.context = TraceContext(
            f"{known.trace_id:032x}",
            f"{known.span_id:016x}",
            known.trace_flags.sampled,
            known.trace_state.to_header(),
        )

    def name(self, name: str) -> None:
        self._made.update_name(name)

    def set(self, **attributes: Value) -> None:
        for key, value in attributes.items():
            self._made.set_attribute(dotted(key), value)

    def event(self, name: str) -> None:
        self._made.add_event(name)

    def fail(self, why: str) -> None:
        self._made.set_status(Status(StatusCode.ERROR, why))


class _ChosenIds(RandomIdGenerator):
    """Random ids, but for a span whose id was given out before it is made."""

    def __init__(self) -> None:
        self._mine = threading.local()

    @contextmanager
    def chosen(self, span_id: int) -> Iterator[None]:
        self._mine.span_id = span_id
        try:
            yield
        finally:
            del self._mine.span_id

    def generate_span_id(self) -> int:
        chosen: int | None = getattr(self._mine, "span_id", None)
        return super().generate_span_id() if chosen is None else chosen


def _above(parent: TraceContext | None) -> Context:
    if parent is None:
        return Context()  # the root of a new trace
    known = SpanContext(
        trace_id=int(parent.trace_id, 16),
        span_id=int(parent.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if parent.sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([parent.state] if parent.state else []),
    )
    return trace.set_span_in_context(NonRecordingSpan(known), Context())


def _check(endpoint: str) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigurationError("OTEL_EXPORTER_OTLP_ENDPOINT must be a URL, such as http://collector:4318")
    for name in ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        asked = os.environ.get(name) or PROTOCOL  # OpenTelemetry takes one that is empty for one that is not set
        if asked != PROTOCOL:
            raise ConfigurationError(f"{name} is {asked}; traces are sent as {PROTOCOL} alone, usually to port 4318")
