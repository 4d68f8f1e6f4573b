"""Runs a program that ends when the process that asked for it ends, however that happens.

`python die_with_parent.py PARENT_PID PROGRAM ARGUMENT…`; imports nothing of the engine, so that it starts at once.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); survives the execve below


def main() -> None:
    """Ask the kernel for SIGTERM on the parent's death, then become the program."""
    parent, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != int(parent):  # it died before the kernel was asked
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 (no shell is wanted; the caller chose the program)


if __name__ == "__main__":
    main()
