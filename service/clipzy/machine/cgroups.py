"""The cgroups that limit this process, in a container too (man 7 cgroups)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

OWN_CGROUPS = Path("/proc/self/cgroup")
CGROUPS = Path("/sys/fs/cgroup")


def own_cgroups(controller: str) -> Iterator[Path]:
    """The folders of this process's cgroup and all above it, for `cpu` or `memory`: a systemd slice may have the limit.

    In a container its own cgroup is the root, whatever its path on the host: folders that do not exist have no limit.
    """
    found: dict[Path, None] = {}  # each once, in order
    for tree, path in _places(controller):
        parts = [part for part in PurePosixPath(path).parts if part not in {"/", ".."}]
        for depth in range(len(parts) + 1):
            found[CGROUPS.joinpath(tree, *parts[:depth])] = None
    yield from found


def _places(controller: str) -> Iterator[tuple[str, str]]:
    """Each hierarchy that may hold the controller, as a folder below /sys/fs/cgroup, and this process's path in it."""
    # version 2 has a single hierarchy; version 1, as on RHEL 8, has one for each set of controllers
    yield from (("", "/"), (controller, "/"))  # if /proc says nothing
    with suppress(OSError):  # no /proc
        for line in OWN_CGROUPS.read_text(encoding="utf-8").splitlines():
            _number, controllers, path = line.split(":", 2)
            if not controllers or controller in controllers.split(","):
                yield controllers, path
