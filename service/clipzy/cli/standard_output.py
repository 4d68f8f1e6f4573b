"""Standard output as the file that a command writes, for the next one in a pipe: named `-`, or as the system names it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.terminal import writing

STDOUT = 1


def is_stdout(path: Path) -> bool:
    """Whether what is written to that path goes to standard output."""
    if str(path) == "-":
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(STDOUT))
    except OSError:  # one of them is not there
        return False


def check_alone(path: Path | None, *, as_json: bool) -> None:
    """Refuse to write two things to standard output.

    Raises:
        CommandFailed: the file would go there, and so would the JSON document.
    """
    if as_json and path is not None and is_stdout(path):
        raise CommandFailed(
            "--json writes its document to standard output, where the file would go too",
            MISUSED,
            "name a file, or leave out --json",
            "STDOUT_TAKEN",
        )


def write_stdout(pieces: Iterable[bytes]) -> None:
    """Write a file's bytes, and nothing beside them.

    Raises:
        CommandFailed: it leads to a disk that is full, or fails.
    """
    if sys.stdout is None:
        raise CommandFailed("standard output is closed", MISUSED, code="NOT_WRITABLE")
    with writing():
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
