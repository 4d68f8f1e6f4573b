"""Gives every request an id and a place in a trace, and writes one line and one measurement when it has been answered."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import AbstractContextManager, nullcontext

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clipzy.telemetry import log, trace_context, tracing
from clipzy.telemetry.trace_context import TraceContext
from clipzy.telemetry.tracing import Span

REQUEST_ID = "X-Request-ID"
SERVER_ERROR = 500
# A client's own id is echoed and logged, so it may not have line breaks or quotes in it, nor pages of text.
_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# Asked every few seconds by machines; a line for each would bury the others.
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})

REQUESTS = Counter(
    "clipzy_http_requests_total", "Requests, by method, route and status.", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "clipzy_http_request_duration_seconds",
    "Seconds from a request's first byte to its answer's last, by method and route; uploads and event streams take long.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
)


class RequestLog:
    """ASGI middleware, the outermost: it also sees what the others answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id, and write down how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        caller = trace_context.parse(headers.get("traceparent"), headers.get("tracestate"))
        started = time.monotonic()
        status = 500  # where the connection is dropped without an answer

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), _traced(scope, caller) as span:
            try:
                await self.app(scope, receive, named)
            finally:
                span.set(clipzy__request__id=request_id)
                _tell(scope, status, time.monotonic() - started, span)


def _traced(scope: Scope, caller: TraceContext | None) -> AbstractContextManager[Span]:
    if scope["path"] in _QUIET:
        return nullcontext(Span())
    method = _method(scope)
    # the route is known later, and the path's ids are without number: the name waits for the route
    return tracing.span(method, caller, "server", http__request__method=method, url__path=scope["path"])


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID, "")
    return given if _ACCEPTED_ID.fullmatch(given) else f"req_{secrets.token_urlsafe(12)}"


def _method(scope: Scope) -> str:
    """The request's method, or `other`: no label is made of a client's own words."""
    method: str = scope["method"]
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


def _tell(scope: Scope, status: int, seconds: float, span: Span) -> None:
    # the route's template, not the path, whose values are without number
    route = getattr(scope.get("route"), "path", "none")
    method = _method(scope)
    span.name(f"{method} {route}")
    span.set(http__route=route, http__response__status_code=status)
    if status >= SERVER_ERROR:
        span.fail(f"answered {status}")
    REQUESTS.labels(method, route, str(status)).inc()
    REQUEST_SECONDS.labels(method, route).observe(seconds)
    write = log.debug if scope["path"] in _QUIET else log.info
    client = scope.get("client")
    # the ids that the path names, so that one search finds all lines of a job
    ids = {name: value for name, value in scope.get("path_params", {}).items() if name.endswith("_id")}
    write(
        "request",
        **ids,
        method=scope["method"],
        path=scope["path"],
        status=status,
        ms=round(seconds * 1000, 1),
        client=client[0] if client else None,
    )
