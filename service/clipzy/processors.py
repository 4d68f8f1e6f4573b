"""How many processors this process may use, in a container too."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def available_processors() -> int:
    """Processors this process may use: its affinity mask, or its cgroup's CPU quota (cgroup v2) where that is less; at least 1.

    A container with a limit of 4 on a node of 64 sees all 64. Threads for each of them would hold memory for nothing (a decoder's and an
    encoder's hold pictures each), and be stopped together for most of every tenth of a second.
    """
    processors = len(os.sched_getaffinity(0))
    try:
        quota, period = CGROUP_QUOTA.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return processors
    return processors if quota == "max" else max(1, min(processors, round(int(quota) / int(period))))
