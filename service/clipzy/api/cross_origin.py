"""Lets pages of other origins call the API from a browser, where the operator names them."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp

from clipzy.api.failures import failure
from clipzy.api.request_log import REQUEST_ID

ANY = "*"
METHODS = ("GET", "HEAD", "POST", "DELETE")
# Of requests and of answers, beyond those that browsers let through anyway
ASKED = (
    *("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "If-Range", "Last-Event-ID", "Range"),
    *(REQUEST_ID, "traceparent", "tracestate"),
)
ANSWERED = (
    *("Accept-Ranges", "Content-Disposition", "Content-Length", "Content-Range", "ETag"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", REQUEST_ID),
)


def named_origins(setting: str) -> tuple[str, ...]:
    """The origins in CORS_ORIGINS."""
    return tuple(origin.strip() for origin in setting.split(",") if origin.strip())


class CrossOrigin(CORSMiddleware):
    """ASGI middleware: answers browsers' preflight requests (Fetch Standard, CORS), and says in answers which pages may read them."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        super().__init__(
            app, allow_origins=origins, allow_methods=METHODS, allow_headers=ASKED, expose_headers=ANSWERED
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """200 where the request may come; else 403 in the envelope, with the reason."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        refused = bytes(answer.body).decode().removeprefix("Disallowed CORS ")
        told = {name: value for name, value in answer.headers.items() if name not in {"content-type", "content-length"}}
        why = f"a page may not ask for this from a browser: its {refused} is not allowed; the operator can add origins to CORS_ORIGINS"
        return failure(403, "FORBIDDEN", why, headers=told)
