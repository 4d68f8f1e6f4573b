"""What the processes of the command line know is kept from others of the same user."""

import subprocess
import sys

import pytest

PEEKING = """
import ctypes, os, sys
from pathlib import Path
# before the user changes, who may not reach the interpreter's own files
import encodings.ascii
import clipzy.cli.app, clipzy.cli.environment, clipzy.cli.failures, clipzy.secrecy
from clipzy.__main__ import main
from clipzy.machine import owners
from clipzy.machine.memory import memory_left
from clipzy.machine.processors import available_processors
from clipzy.storage.volume import Volume

def as_executed():
    ctypes.CDLL(None).prctl(clipzy.secrecy.PR_SET_DUMPABLE, 1, 0, 0, 0)

def readable(path):
    try:
        open(path, "rb").close()
    except PermissionError:
        return False
    return True

if os.getuid() == 0:  # who may read everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
as_executed()
parent = os.getpid()
assert readable(f"/proc/{parent}/environ")
try:
    main()
except SystemExit:
    if os.fork() == 0:
        as_executed()
        os._exit(any(readable(f"/proc/{parent}/{name}") for name in ("environ", "mem", "maps")))
    assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
    # what the engine asks of itself is answered
    assert memory_left() > 0 and available_processors() > 0 and owners.owner_tag("a")
    assert Volume.of(Path("/")).mount and os.listdir("/proc/self/fd")
    print("kept")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_no_other_process_of_the_user_reads_the_environment_of_a_command():
    """Nor its memory; while the command still finds out about itself what it needs."""
    done = subprocess.run([sys.executable, "-c", PEEKING, "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("kept\n"), done.stderr
