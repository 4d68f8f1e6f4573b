"""Keeps what a process knows from other processes of its user."""

import ctypes
import sys

PR_SET_DUMPABLE = 4  # prctl(2); a fork inherits it, what is executed does not


def hide_from_others() -> None:
    """Let no other process of this user read this one's environment and memory, as any may through /proc; on Linux.

    Files of its own below /proc/self belong to root then: those that anybody may read it still can (status, cgroup, mountinfo, its fd), its
    environ it cannot. It leaves no core dumps, and debuggers need root.
    """
    if sys.platform == "linux":
        # where the kernel refuses, as sandboxes may, the process is as it would have been
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
