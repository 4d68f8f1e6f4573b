"""Says in plain words what this machine lacks, before anything is installed. Runs on any Python 3."""

import ctypes.util
import os
import platform
import sys
import sysconfig


def shared_libpython():
    """Path of the shared libpython, None where there is none: Triton's Python backend links against it."""
    name = "libpython%d.%d.so.1.0" % sys.version_info[:2]
    for folder in (sysconfig.get_config_var("LIBDIR"), "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64"):
        if folder and os.path.exists(os.path.join(folder, name)):  # noqa: PTH110, PTH118 (must run where pathlib may be old)
            return os.path.join(folder, name)  # noqa: PTH118 (as above)
    return ctypes.util.find_library("python%d.%d" % sys.version_info[:2])


def missing():
    """Sentences, one for each thing that is missing."""
    version = "%d.%d" % sys.version_info[:2]
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        yield "Python 3.11 or 3.12 is needed, this is %s: call make with PYTHON=python3.11" % version
        return
    if sys.platform != "linux" or platform.machine() != "x86_64":
        yield "Linux on x86-64 is needed (Triton's server is built for it), this is %s on %s" % (
            sys.platform,
            platform.machine(),
        )
    libc, libc_version = platform.libc_ver()
    if libc != "glibc" or tuple(int(part) for part in libc_version.split(".")[:2]) < (2, 35):
        yield "glibc 2.35 or later is needed (Debian 12, Ubuntu 22.04), this is %s %s" % (
            libc or "another libc",
            libc_version,
        )
    try:
        import ensurepip  # noqa: F401 (present or not is the question)
        import venv  # noqa: F401 (as above)
    except ImportError:
        yield "the venv module is missing: apt-get install python3-venv"
    if shared_libpython() is None:
        yield (
            "the shared libpython is missing (Triton's Python backend loads it): apt-get install libpython%s" % version
        )


if __name__ == "__main__":
    problems = list(missing())
    for problem in problems:
        print("clipzy: " + problem, file=sys.stderr)  # noqa: T201 (a command-line tool talks)
    sys.exit(1 if problems else 0)
