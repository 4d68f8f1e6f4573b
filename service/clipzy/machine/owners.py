"""Names of shared things that tell who owns them, so that what the dead left behind can be swept up."""

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

    False for names of others, and for those of processes that cannot be seen from this container.
    """
    owner = OWNER.match(name.removeprefix(f"{prefix}-")) if name.startswith(f"{prefix}-") else None
    if owner is None or int(owner["namespace"]) != _namespace():
        return False
    try:
        return start_time(int(owner["pid"])) != int(owner["start"])
    except PermissionError:  # another user's, where /proc shows each his own alone (hidepid)
        return False


def sweep_orphans(folder: Path, prefix: str) -> None:
    """Remove the files and folders whose owners are gone, but for those of another user, who has to do it."""
    for path in folder.glob(f"{prefix}-*"):
        if owner_is_gone(path.name, prefix):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)  # another process may be sweeping too
            else:
                with suppress(FileNotFoundError, PermissionError):
                    path.unlink()


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None where there is no such process."""
    try:
        # the fields after the command's closing bracket; the 22nd of all is the start time (proc(5)). The command is any bytes: 15 of a program's name
        return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino
