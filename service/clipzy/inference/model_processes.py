"""The processes in which Triton's Python backend runs models, as /proc shows them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from clipzy.machine.owners import owner_is_gone

STUB = b"triton_python_backend_stub"


def children(server: int) -> dict[int, str]:
    """Living model processes of a server, by its process id: process id to model."""
    # …/<model>/<version>/model.py
    return {pid: Path(arguments[0]).parents[1].name for pid, parent, arguments in _stubs() if parent == server}


def end_orphans(prefix: str) -> None:
    """End the model processes whose server was started by a process that has ended.

    A stub looks now and then whether its server lives; one that was killed with it in the middle of a call may wait for an answer for ever.
    """
    for pid, _, arguments in _stubs():
        if any(owner_is_gone(argument, prefix) for argument in arguments):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def _stubs() -> Iterator[tuple[int, int, list[str]]]:
    """Process id, parent and arguments of each stub that lives."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:2]
            program, *arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while it was read, or is another user's, where /proc shows each his own alone (hidepid)
        if state != b"Z" and program.endswith(STUB):
            yield int(folder.name), int(parent), [os.fsdecode(argument) for argument in arguments]
