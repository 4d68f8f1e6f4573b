"""The cgroups that limit this process, in a container too (man 7 cgroups)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

OWN_CGROUPS = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")


def own_cgroups(controller: str) -> Iterator[Path]:
    """The folders of this process's cgroup and of all above it, for `cpu` or `memory`: a systemd slice may limit what its services may not.

    A container sees its own cgroup as the topmost, by whatever path its host knows it: what is not there has no limit.
    """
    found: dict[Path, None] = {}  # each once, in order
    for tree, path in _places(controller):
        parts = [part for part in PurePosixPath(path).parts if part not in {"/", ".."}]
        for depth in range(len(parts) + 1):
            found[CGROUPS.joinpath(tree, *parts[:depth])] = None
    yield from found


def _places(controller: str) -> Iterator[tuple[str, str]]:
    """Each tree that may hold the controller, by its folder below /sys/fs/cgroup, and this process's path in it."""
    # version 2 has one tree for all; version 1, as on nodes of RHEL 8, one by the names of its controllers
    yield from (("", "/"), (controller, "/"))  # where nothing more is told
    with suppress(OSError):  # no /proc
        for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
            _number, controllers, path = line.split(":", 2)
            if not controllers or controller in controllers.split(","):
                yield controllers, path
