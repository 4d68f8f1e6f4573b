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
        CommandFailed: the URL is none.
    """
    try:
        client = Client(url, token=token)
    except ValueError as exc:
        raise CommandFailed(
            f"--url {url!r} is no http or https URL", MISUSED, "give one such as http://localhost:8000", "INVALID_URL"
        ) from exc
    with unwinding(), client:  # a part of a file that is fetched is removed
        yield client
