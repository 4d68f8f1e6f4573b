"""How many processors this process may use, in a container too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

OWN_CGROUPS = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")
NO_LIMIT = frozenset({"max", "-1"})  # in version 2, and in version 1


def available_processors() -> int:
    """Processors this process may use: its affinity mask, or the least CPU quota of its cgroup and those above where that is less; at least 1.

    A container with a limit of 4 on a node of 64 sees all 64. Threads for each of them would hold memory for nothing (a decoder's and an
    encoder's hold pictures each), and be stopped together for most of every tenth of a second.
    """
    quotas = [round(quota) for folder in _cgroups() for quota in _quotas(folder)]
    return max(1, min([len(os.sched_getaffinity(0)), *quotas]))


def _cgroups() -> Iterator[Path]:
    """The folders of this process's cgroup and of all above it: a systemd slice may limit what its services may not.

    A container sees its own cgroup as the topmost, by whatever path its host knows it: what is not there has no quota.
    """
    for tree, path in _places():
        parts = [part for part in PurePosixPath(path).parts if part not in {"/", ".."}]
        for depth in range(len(parts) + 1):
            yield CGROUPS.joinpath(tree, *parts[:depth])


def _places() -> Iterator[tuple[str, str]]:
    """Each tree that may limit processors, by its folder below /sys/fs/cgroup, and this process's path in it (man 7 cgroups)."""
    # version 2 has one tree for all; version 1, as on nodes of RHEL 8, one by the names of its controllers
    yield from (("", "/"), ("cpu", "/"))  # where nothing more is told
    with suppress(OSError):  # no /proc
        for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
            _number, controllers, path = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                yield controllers, path


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
