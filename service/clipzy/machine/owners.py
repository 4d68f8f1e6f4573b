"""Names of shared resources that contain their owner's process, so that those of dead processes can be removed."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

OWNER = re.compile(r"(?P<namespace>\d+)\.(?P<pid>\d+)\.(?P<start>\d+)")


def owner_tag(prefix: str) -> str:
    """`<prefix>-<pid namespace>.<pid>.<start time>` of this process; unique on a machine while it is up."""
    return f"{prefix}-{_namespace()}.{os.getpid()}.{start_time(os.getpid())}"


def owner_is_gone(name: str, prefix: str) -> bool:
    """Whether a name made with `owner_tag` belongs to a process that has ended.

    False for other names, and for processes that are not visible from this container.
    """
    owner = OWNER.match(name.removeprefix(f"{prefix}-")) if name.startswith(f"{prefix}-") else None
    if owner is None or int(owner["namespace"]) != _namespace():
        return False
    try:
        return start_time(int(owner["pid"])) != int(owner["start"])
    except PermissionError:  # another user's process, with /proc mounted with hidepid
        return False


def sweep_orphans(folder: Path, prefix: str) -> None:
    """Remove the files and folders whose owners are gone, except those of other users."""
    for path in folder.glob(f"{prefix}-*"):
        if owner_is_gone(path.name, prefix):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)  # another process may be sweeping too
            else:
                with suppress(FileNotFoundError, PermissionError):
                    path.unlink()


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None if there is no such process."""
    try:
        # the fields after the command's closing bracket; the 22nd of all is the start time (proc(5)). The command may contain any bytes
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino
