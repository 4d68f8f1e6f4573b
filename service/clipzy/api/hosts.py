"""Answers only requests whose Host is one of the engine's own names.

A page that is open can make its own name lead to the engine's address (DNS rebinding). The browser then takes the engine for the
page's server, and lets the page read everything. Only the name in Host tells the two apart.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from clipzy.api.cross_origin import ANY
from clipzy.api.failures import refusal
from clipzy.errors import ConfigurationError, HostNotAllowed
from clipzy.loopback import is_loopback
from clipzy.settings import Settings

# Probes use any name; their answers hold nothing that a page could use.
OPEN = frozenset({"/livez", "/readyz"})
LONGEST_SHOWN = 100  # characters of a name that is refused
_NAME = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(:[0-9]*)?")


def own_names(settings: Settings, *, has_tokens: bool) -> frozenset[str] | None:
    """The names to answer to beside localhost and addresses, with `*.` at the start for all below one; None: any.

    Raises:
        ConfigurationError: ALLOWED_HOSTS cannot be read.
    """
    names = frozenset(part.strip().lower() for part in settings.allowed_hosts.split(",") if part.strip())
    for name in names - {ANY}:
        if not _NAME.fullmatch(name) and not _is_address(name):
            raise ConfigurationError(
                f"ALLOWED_HOSTS must be names such as clipzy.example.com or *.example.com, without http:// and without a port, not {name!r}"
            )
    if not names:
        return frozenset() if not has_tokens and is_loopback(settings.api_host) else None
    return None if ANY in names else names


class HostCheck:
    """ASGI middleware. Addresses and localhost always pass: no page can have one of them as its name."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self.app = app
        self._exact = frozenset(name for name in names if not name.startswith("*."))
        self._endings = (".localhost", *(name[1:] for name in names if name.startswith("*.")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        # a request without it is from no browser
        strange = next((host for host in Headers(scope=scope).getlist("host") if not self._is_own(host)), None)
        answer = None if strange is None else refusal(_objection(strange))
        await (answer or self.app)(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        parts = _HOST.fullmatch(host.strip().lower())
        if parts is None:
            return False
        name = parts[1].removesuffix(".")
        return name == "localhost" or name in self._exact or name.endswith(self._endings) or _is_address(name)


def _objection(host: str) -> HostNotAllowed:
    return HostNotAllowed(
        f"this engine does not answer to the name {host[:LONGEST_SHOWN]!r}: use localhost or its IP address, or ask the operator to add the name to ALLOWED_HOSTS"
    )


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
