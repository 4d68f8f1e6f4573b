"""Keeps what a process knows from other processes of its user."""

import ctypes
import sys

PR_SET_DUMPABLE = 4  # prctl(2); a fork inherits it, what is executed does not


def hide_from_others() -> None:
    """Keep other processes of this user from reading this one's environment and memory through /proc; on Linux.

    The files below /proc/self then belong to root. This process can still read those that anybody may read (status, cgroup, mountinfo,
    fd), but not its environ. It writes no core dumps, and debuggers need root.
    """
    if sys.platform == "linux":
        # a sandbox may refuse it, which changes nothing
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
