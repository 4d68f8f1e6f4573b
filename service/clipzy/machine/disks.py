"""The disk of a folder: where it is asked for, and what it says when it is full."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # no room, the quota's end, the largest file there may be


def is_full(error: BaseException | None) -> bool:
    """Whether an error, the system's own or FFmpeg's, is that of a disk without room."""
    return getattr(error, "errno", None) in FULL


def nearest_folder(path: Path) -> Path:
    """The path, or the nearest above it while it is not made, whose disk it will be on."""
    path = path.resolve()
    return next(each for each in (path, *path.parents) if each.exists())
