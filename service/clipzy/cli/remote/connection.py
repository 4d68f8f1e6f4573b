"""Opens the client of the service that a command names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.signals import unwinding
from clipzy_client import Client


@contextmanager
def connected(url: str, token: str | None) -> Iterator[Client]:
    """The client; closed in the end.

    Raises:
        CommandFailed: the URL is none of a service, or the token none that can be sent.
    """
    try:
        client = Client(url, token=token)
    except ValueError as exc:
        # the client's own words, which show neither
        advice = "check --url and --token, or CLIPZY_URL and CLIPZY_TOKEN"
        raise CommandFailed(str(exc), MISUSED, advice, "INVALID_URL") from exc
    with unwinding(), client:  # a part of a file that is fetched is removed
        yield client
