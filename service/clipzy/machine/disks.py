"""Disks: which one a folder is on, and the errors of a full one."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # no room, the quota's end, the largest file there may be


def is_full(error: BaseException | None) -> bool:
    """Whether an error, of the system or of FFmpeg, means that a disk is full."""
    return getattr(error, "errno", None) in FULL


def nearest_folder(path: Path) -> Path:
    """The path, or its nearest existing parent, which is on the same disk."""
    path = path.resolve()
    return next(each for each in (path, *path.parents) if each.exists())
