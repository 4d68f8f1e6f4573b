"""Sweeps the folders that killed Triton servers leave in /tmp: each makes one for the Python environments of its models; ours have none.

Triton's Python backend makes it when it is loaded, in /tmp whatever TMPDIR says, and removes it when the server ends in order
(pb_env.cc). Its name does not identify the server; only the times at which both began do.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from clipzy.machine.owners import start_time

MADE_IN = Path("/tmp")  # noqa: S108 (Triton's own choice)
NAME = "python_env_??????"
SERVER = "tritonserver"
MADE_WITHIN_S = 60.0  # after its server's start; half a second on an idle machine
CLOCK_S = 1.0  # most by which the clocks of a process's start and of a folder's may differ


def sweep_environments(folder: Path = MADE_IN) -> None:
    """Remove this user's empty folders that no running server can have made.

    A server in another container that shares /tmp is not seen. It loses nothing, unless its models bring an environment later on.
    """
    found = list(folder.glob(NAME))
    begun = _servers_begun()  # asked afterwards: whoever made one of the folders was running before
    for path in found:
        with suppress(OSError):  # it is not empty, or another process was faster
            facts = path.lstat()
            made = facts.st_mtime
            of_one_that_runs = any(start - CLOCK_S <= made <= start + MADE_WITHIN_S for start in begun)
            if stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not of_one_that_runs:
                path.rmdir()


def _servers_begun() -> list[float]:
    """When each Triton server that runs here was started, in seconds since the epoch."""
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    begun = []
    for process in Path("/proc").glob("[0-9]*"):
        # it ended meanwhile, or is another user's, where /proc shows each his own alone (hidepid)
        with suppress(OSError):
            if (process / "comm").read_bytes().strip() == SERVER.encode():
                ticks = start_time(int(process.name))
                if ticks is not None:
                    begun.append(booted + ticks / os.sysconf("SC_CLK_TCK"))
    return begun
