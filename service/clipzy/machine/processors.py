"""How many processors this process may use, in a container too."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from clipzy.machine.cgroups import own_cgroups

YIELDING = 5  # steps of niceness, each of which takes a fifth of a thread's share
NO_LIMIT = frozenset({"max", "-1"})  # in version 2, and in version 1


def available_processors() -> int:
    """Processors that this process may use: by its affinity mask, and the CPU quotas of its cgroup and those above; at least 1.

    A container with a limit of 4 on a node of 64 sees all 64. A thread for each would waste memory (those of decoders and encoders hold pictures), and all of
    them would be throttled for most of every 0.1 s.
    """
    quotas = [round(quota) for folder in own_cgroups("cpu") for quota in _quotas(folder)]
    return max(1, min([len(os.sched_getaffinity(0)), *quotas]))


def give_way() -> None:
    """Lower the priority of this thread and of those that it will start below the process's other threads: three of them count as one."""
    with suppress(OSError):  # not all systems have priorities of threads
        os.setpriority(
            os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, os.getpid()) + YIELDING
        )


def _quotas(folder: Path) -> Iterator[float]:
    """Processors that a cgroup may use, if limited: its quota over its period, both in microseconds."""
    with suppress(OSError):
        yield from _share(*(folder / "cpu.max").read_text(encoding="ascii").split())
    with suppress(OSError):
        names = "cpu.cfs_quota_us", "cpu.cfs_period_us"
        yield from _share(*((folder / name).read_text(encoding="ascii").strip() for name in names))


def _share(quota: str, period: str) -> Iterator[float]:
    if quota not in NO_LIMIT:
        yield int(quota) / int(period)
