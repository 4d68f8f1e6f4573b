"""The folder of one `clipzy run` below DATA_PATH: its database, copies of the videos, scratch files. It goes with the run.

A run that was killed cannot remove its own; the next one does. A lock beside the folder, which the system releases when its process
dies, tells which runs are alive.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX, LOCK = "run-", ".lock"


@contextmanager
def run_folder(root: Path) -> Iterator[Path]:
    """A new folder below `root`, without the folders that dead runs left there.

    Raises:
        OSError: nothing can be written there.
    """
    _remove_leftovers(root)
    descriptor, name = tempfile.mkstemp(prefix=PREFIX, suffix=".part", dir=root)
    with os.fdopen(descriptor, "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        lock = Path(name).with_suffix(LOCK)
        Path(name).rename(lock)  # by this name it was never free
        folder = _folder_of(lock)
        try:
            folder.mkdir(mode=0o700)
            yield folder
        finally:
            _remove(lock)


def _remove_leftovers(root: Path) -> None:
    """Remove the folders whose run is dead; what has no lock is somebody else's."""
    for lock in root.glob(f"{PREFIX}*{LOCK}"):
        with suppress(OSError), lock.open("r+b") as held:  # its run is alive, has just ended, or is another user's
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(lock)


def _remove(lock: Path) -> None:
    """Remove a folder, and the lock only when nothing is left of it: else the next run tries again."""
    folder = _folder_of(lock)
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        lock.unlink(missing_ok=True)


def _folder_of(lock: Path) -> Path:
    return lock.with_suffix("")
