"""Decides whether a request may pass, by its token and by how many came before, before anything of its body is read.

Without API_TOKENS everybody may do everything, and nothing has an owner. With them every path needs a token except those in
`OPEN` and the console's. Prometheus' `/metrics` needs a scope of its own, since it tells of all owners.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clipzy import tokens
from clipzy.api.console import serving as console
from clipzy.api.failures import refusal
from clipzy.api.rate_limit import Allowance, RateLimit
from clipzy.api.reference import serving as reference
from clipzy.errors import Forbidden, RateLimited, RequestError, Unauthorized
from clipzy.tokens import Token, find_token

OPEN = frozenset({reference.PATH, reference.DOCUMENT_PATH, "/api/v1/health", "/livez", "/readyz"})
LIMITED = "/api/v1/"
METRICS_PATH = "/metrics"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# RFC 6750, section 3
CHALLENGE = 'Bearer realm="clipzy"'


class Access:
    """ASGI middleware; leaves the caller's owner in the request's state, None where no tokens are configured."""

    def __init__(self, app: ASGIApp, accepted: Sequence[Token], limit: RateLimit | None) -> None:
        self.app = app
        self._accepted = accepted
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http" or scope["path"] in OPEN or console.is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        presented = _bearer(Headers(scope=scope))
        token = None if presented is None else find_token(self._accepted, presented)
        scope.setdefault("state", {})["owner"] = None if token is None else token.owner
        allowance = self._count(scope, token)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and allowance is not None:
                MutableHeaders(scope=message).update(allowance.headers())
            await send(message)

        answer = self._objection(scope, presented, token, allowance)
        await (self.app if answer is None else refusal(*answer))(scope, receive, told)

    def _count(self, scope: Scope, token: Token | None) -> Allowance | None:
        if self._limit is None or not scope["path"].startswith(LIMITED):
            return None
        caller = f"address {_network(scope)}" if token is None else f"token {token.digest}"
        return self._limit.take(caller, time.monotonic())

    def _objection(
        self, scope: Scope, presented: str | None, token: Token | None, allowance: Allowance | None
    ) -> tuple[RequestError, Mapping[str, str]] | None:
        if allowance is not None and allowance.retry_after_s:
            wait = f"more than {allowance.limit} requests a minute; try again in {allowance.retry_after_s} s"
            return RateLimited(wait), {}
        if not self._accepted:
            return None
        if token is None:
            why = "send a token: Authorization: Bearer …" if presented is None else "the token is not valid here"
            fault = "" if presented is None else ', error="invalid_token"'
            return Unauthorized(why), {"WWW-Authenticate": CHALLENGE + fault}
        wanted, why = _wanted(scope["path"], scope["method"], token.scope)
        if token.scope is wanted:
            return None
        fault = f', error="insufficient_scope", scope="{wanted.value}"'
        return Forbidden(f"{why}; use one of scope {wanted.value}"), {"WWW-Authenticate": CHALLENGE + fault}


def _wanted(path: str, method: str, held: tokens.Scope) -> tuple[tokens.Scope, str]:
    """The scope that is needed, or the one that is held where that suffices; and why others do not."""
    if path == METRICS_PATH:
        return tokens.Scope.METRICS, "metrics cover all owners, and this token is for one"
    needed = tokens.Scope.READ if method in READING else tokens.Scope.WRITE
    if held is tokens.Scope.METRICS:
        return needed, "this token may only read /metrics"
    return held if needed is tokens.Scope.READ else needed, "this token may only read"


def _bearer(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _network(scope: Scope) -> str:
    """The client's address; of IPv6 the /64, within which one host may use any address."""
    client = scope.get("client")
    try:
        address = ipaddress.ip_address(client[0] if client else "")
    except ValueError:  # a socket file, or a test without a network
        return "unknown"
    return str(address if address.version == 4 else ipaddress.ip_network((int(address), 64), strict=False))
