"""The folder of a local storage: whether its volume is there and takes writes; if not, StorageUnavailable says so."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clipzy.errors import ConfigurationError, StorageUnavailable
from clipzy.machine.disks import is_full

MOUNTS = Path("/proc/self/mountinfo")  # on Linux; see proc_pid_mountinfo(5)
ESCAPED = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Volume:
    """`root`: the storage's folder; `mount`: the mount point at or above it when it was opened."""

    root: Path
    mount: Path

    @classmethod
    def of(cls, root: Path) -> Volume:
        """The volume on which a resolved folder is at present."""
        return cls(root, _mount_of(root))

    def expect(self) -> None:
        """Make sure that the folder is there, on the volume that it was opened on.

        A volume that was unmounted leaves an empty folder on the disk below it: nothing may be read or written there.

        Raises:
            StorageUnavailable: it is not.
        """
        with answering():
            mount = _mount_of(self.root) if self.root.is_dir() else None
        if mount is not None and mount.is_relative_to(self.mount) and mount != self.mount:
            raise StorageUnavailable(
                f"a volume was mounted at {mount} after the engine had opened LOCAL_STORAGE_PATH below it; the operator should restart the engine"
            )
        if mount != self.mount:
            raise StorageUnavailable(
                "the storage's folder is not there, or its volume is not mounted; the operator should check LOCAL_STORAGE_PATH"
            )

    def try_writing(self) -> None:
        """Write a byte, which leaves nothing behind. A full disk answers: from it files can be read and deleted.

        Raises:
            StorageUnavailable: the folder is not there, or takes no writes.
        """
        self.expect()
        try:
            with answering(), tempfile.TemporaryFile(dir=self.root, buffering=0) as file:
                file.write(b"x")
        except OSError:
            return


@contextmanager
def answering(setting: str = "LOCAL_STORAGE_PATH") -> Iterator[None]:
    """Raise a disk's OSErrors as StorageUnavailable, except for that of a full disk. `setting`: that names the disk.

    Raises:
        StorageUnavailable: the disk is not there, takes no writes, or fails.
    """
    try:
        yield
    except OSError as exc:
        if is_full(exc):
            raise
        raise StorageUnavailable(
            f"the disk of {setting} cannot be used ({exc.strerror or exc}); the operator should check it"
        ) from exc


@contextmanager
def configured(setting: str, path: Path) -> Iterator[None]:
    """Raise OSErrors about a path that a setting names as ConfigurationError.

    Raises:
        ConfigurationError: it cannot be used.
    """
    try:
        yield
    except OSError as exc:
        raise ConfigurationError(f"{path} cannot be used ({exc.strerror or exc}); check {setting}") from exc


def private_folder(path: Path) -> None:
    """Make a folder that only its user may look into, and those above it; those that are there keep their rights, as volumes do.

    Raises:
        OSError: it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        if path.parent == path:
            raise
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def _mount_of(path: Path) -> Path:
    above = (path, *path.parents)
    try:
        points = _mount_points()
    except (FileNotFoundError, PermissionError):  # then mounts of other disks alone can be told
        return next(each for each in above if each.is_mount())
    return next((each for each in above if os.fsencode(each) in points), above[-1])


def _mount_points() -> frozenset[bytes]:
    """All that this process sees, also those of one disk, as the volumes of containers mostly are."""
    with MOUNTS.open("rb") as lines:
        points = [line.split(b" ", 5)[4] for line in lines]
    return frozenset(
        ESCAPED.sub(lambda octal: bytes((int(octal[1], 8),)), point) if b"\\" in point else point for point in points
    )
