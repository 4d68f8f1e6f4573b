"""What a disk says that is full."""

from __future__ import annotations

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # no room, the quota's end, the largest file there may be


def is_full(error: BaseException | None) -> bool:
    """Whether an error, the system's own or FFmpeg's, is that of a disk without room."""
    return getattr(error, "errno", None) in FULL
