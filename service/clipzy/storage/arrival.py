"""How a file comes into a folder that is a storage: whole or not at all, also after a power cut."""

from __future__ import annotations

import errno
import shutil
from contextlib import suppress
from pathlib import Path

from clipzy.storage.artifacts import replacing, sync


def moved(source: Path, target: Path) -> bool:
    """Move a file, unless they lie on two disks, or on two mounts of one, as volumes of containers on one machine do."""
    try:
        source.replace(target)
    except OSError as exc:
        if exc.errno != errno.EXDEV:
            raise
        return False
    try:
        sync(target)
        sync(target.parent)
    except OSError:
        with suppress(OSError):  # the next try looks for it where it was
            target.replace(source)
        raise
    return True


def copy(source: Path, target: Path) -> None:
    """Copy a file, under its name whole or not at all."""
    with replacing(target) as part:
        shutil.copyfile(source, part)
