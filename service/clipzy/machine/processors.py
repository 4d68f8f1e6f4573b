"""How many processors this process may use, in a container too."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from clipzy.machine.cgroups import own_cgroups

YIELDING = 5  # steps of niceness, of which each takes a fifth of a thread's share
NO_LIMIT = frozenset({"max", "-1"})  # in version 2, and in version 1


def available_processors() -> int:
    """Processors this process may use: its affinity mask, or the least CPU quota of its cgroup and those above where that is less; at least 1.

    A container with a limit of 4 on a node of 64 sees all 64. Threads for each of them would hold memory for nothing (a decoder's and an
    encoder's hold pictures each), and be stopped together for most of every tenth of a second.
    """
    quotas = [round(quota) for folder in own_cgroups("cpu") for quota in _quotas(folder)]
    return max(1, min([len(os.sched_getaffinity(0)), *quotas]))


def give_way() -> None:
    """Let this thread, and those that it starts from now on, have processors after the process's other threads: three of them count as one."""
    with suppress(OSError):  # nothing is lost where the system has no such thing for threads
        os.setpriority(
            os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, os.getpid()) + YIELDING
        )


def _quotas(folder: Path) -> Iterator[float]:
    """Processors that a cgroup may use, where it is limited: microseconds of processor time in each period, by those of a period."""
    with suppress(OSError):
        yield from _share(*(folder / "cpu.max").read_text(encoding="ascii").split())
    with suppress(OSError):
        names = "cpu.cfs_quota_us", "cpu.cfs_period_us"
        yield from _share(*((folder / name).read_text(encoding="ascii").strip() for name in names))


def _share(quota: str, period: str) -> Iterator[float]:
    if quota not in NO_LIMIT:
        yield int(quota) / int(period)
