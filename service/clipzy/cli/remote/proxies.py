"""Which proxy is between a command and a service, by the environment's variables."""

from __future__ import annotations

import os
from urllib.request import getproxies, proxy_bypass

import httpx

from clipzy.loopback import is_loopback

PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def open_http(url: str) -> httpx.Client:
    """HTTP by the environment's proxies and certificates; on this machine without proxies, which cannot reach it.

    Raises:
        httpx.InvalidURL, ValueError, ImportError: a proxy's variable cannot be used.
        OSError: certificates cannot be read.
    """
    certificates = httpx.create_ssl_context()
    return httpx.Client(verify=certificates, trust_env=not is_loopback(_host(url)))


def proxy_variable(url: httpx.URL) -> str | None:
    """The variable that names the proxy on the way to that URL; None without a proxy."""
    proxies = getproxies()
    name = next((each for each in (url.scheme, "all") if each in proxies), None)
    if name is None or is_loopback(url.host) or proxy_bypass(url.host):
        return None
    return f"{name.upper()}_PROXY"


def set_variables() -> str:
    """Which variables about proxies are set."""
    return ", ".join(name for name in PROXIES if os.environ.get(name) or os.environ.get(name.lower()))


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:  # told by the client
        return ""
