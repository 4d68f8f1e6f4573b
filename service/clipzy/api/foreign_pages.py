"""Keeps pages of other sites from changing anything where no token is needed (cross-site request forgery).

A browser sends forms and simple requests of any page to any address, also to the visitor's own engine. The page may not read the
answer, but by then the request has been obeyed. With tokens this is not needed: no browser adds them by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from clipzy.api.access import READING
from clipzy.api.cross_origin import ANY
from clipzy.api.failures import refusal
from clipzy.errors import Forbidden

LONGEST_SHOWN = 100  # characters of an origin that is refused
# What a browser says of a request that its own page, or the person at it, has made (Fetch Metadata); no page can say it.
_OWN = frozenset({"same-origin", "none"})
_PORTS = {"http": 80, "https": 443}


class ForeignPages:
    """ASGI middleware; requests that only read pass, and so do clients that are no browsers."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        """`origins`: whose pages may call, as in CORS_ORIGINS."""
        self.app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        reads = scope["type"] != "http" or scope["method"] in READING
        stranger = None if reads else self._stranger(Headers(scope=scope))
        answer = None if stranger is None else refusal(_objection(stranger))
        await (answer or self.app)(scope, receive, send)

    def _stranger(self, headers: Headers) -> str | None:
        """Who has made the request, where that is a page of another site."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site in _OWN or ANY in self._origins or origin in self._origins:
            return None
        if origin is None:
            return "another site" if site == "cross-site" else None
        # a proxy before us may have a name of its own; no page can set this header without asking first (CORS)
        forwarded = headers.get("x-forwarded-host", "").partition(",")[0].strip()
        is_own = any(_is_of(origin, host) for host in (headers.get("host"), forwarded) if host)
        return None if is_own else origin[:LONGEST_SHOWN]


def _is_of(origin: str, host: str) -> bool:
    """Whether that origin is that host's. A proxy may have left out the port, and whether it speaks TLS is not known here."""
    try:
        page, server = urlsplit(origin), urlsplit(f"//{host}")
        page_port = page.port or _PORTS.get(page.scheme)
        return page.hostname is not None and page.hostname == server.hostname and server.port in {None, page_port}
    except ValueError:  # none of the two is what it should be
        return False


def _objection(stranger: str) -> Forbidden:
    return Forbidden(
        f"pages of {stranger} may not do this from a browser; the operator can add that origin to CORS_ORIGINS, or issue tokens (API_TOKENS)"
    )
