"""Both clients to ask the real API with: every test that takes `connect` runs on the blocking one and the asynchronous one."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack

import httpx
import pytest

from clients.python.driven import Driven
from clipzy_client import AsyncClient, Client, Polling, Retries

QUICK = {"retries": Retries(most=3, first_s=0.01), "polling": Polling(first_s=0.01, longest_s=0.02)}


@pytest.fixture(scope="session")
def certificates() -> ssl.SSLContext:
    """Those that httpx would read anew for every client, which takes longer than most tests."""
    return httpx.create_ssl_context()


@pytest.fixture(params=[(Client, httpx.Client), (AsyncClient, httpx.AsyncClient)], ids=["blocking", "async"])
def connect(request, certificates):
    """Makes a client of either kind for a URL, driven by plain calls; `own`: what the `httpx` client below it has of its own."""
    kind, http_kind = request.param
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        def make(url, *, own=None, **options):
            http = Driven(http_kind(verify=certificates, **(own or {})), runner)
            stack.callback(http.close if kind is Client else http.aclose)
            return Driven(kind(url, http=http.target, **{**QUICK, **options}), runner)

        yield make


@pytest.fixture
def client(connect, service):
    """A client of the shared API."""
    return connect(service.url)
