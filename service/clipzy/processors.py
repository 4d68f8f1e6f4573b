"""How many processors this process may use, in a container too."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # version 2
OLD_CGROUP = Path("/sys/fs/cgroup/cpu")  # version 1, as on nodes of RHEL 8


def available_processors() -> int:
    """Processors this process may use: its affinity mask, or its cgroup's CPU quota where that is less; at least 1.

    A container with a limit of 4 on a node of 64 sees all 64. Threads for each of them would hold memory for nothing (a decoder's and an
    encoder's hold pictures each), and be stopped together for most of every tenth of a second.
    """
    processors = len(os.sched_getaffinity(0))
    quota, period = _quota()
    return processors if quota in {"max", "-1"} else max(1, min(processors, round(int(quota) / int(period))))


def _quota() -> tuple[str, str]:
    """Microseconds of processor time in each period of so many; `max`, or -1 in version 1, where there is no limit."""
    try:
        quota, period = CGROUP_QUOTA.read_text(encoding="ascii").split()
    except FileNotFoundError:
        pass
    else:
        return quota, period
    try:
        quota, period = (
            (OLD_CGROUP / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period")
        )
    except FileNotFoundError:
        return "max", "1"
    return quota.strip(), period.strip()
