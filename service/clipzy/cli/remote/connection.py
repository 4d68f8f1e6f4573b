"""Opens the client of the service that a command names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.remote.proxies import open_http, set_variables
from clipzy.cli.signals import unwinding
from clipzy_client import Client


@contextmanager
def connected(url: str, token: str | None) -> Iterator[Client]:
    """The client; closed in the end.

    Raises:
        CommandFailed: the URL is none of a service, the token none that can be sent, or a proxy or certificates cannot be used.
    """
    with unwinding(), _http(url) as http:  # a part of a file that is fetched is removed
        try:
            client = Client(url, token=token, http=http)
        except ValueError as exc:
            # the client's own words, which show neither
            advice = "check --url and --token, or CLIPZY_URL and CLIPZY_TOKEN"
            raise CommandFailed(str(exc), MISUSED, advice, "INVALID_URL") from exc
        yield client


def _http(url: str) -> httpx.Client:
    try:
        return open_http(url)
    except (httpx.InvalidURL, ValueError, ImportError) as exc:
        raise CommandFailed(f"the proxy of {set_variables()} cannot be used: {exc}", MISUSED, code="BAD_PROXY") from exc
    except OSError as exc:
        why = exc.strerror or exc
        raise CommandFailed(
            f"the file of SSL_CERT_FILE cannot be read: {why}", MISUSED, code="BAD_CERTIFICATES"
        ) from exc
