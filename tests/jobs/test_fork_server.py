"""The folder with the socket of the process that stages are forked from."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# as a worker does; says what lies in the temporary folder meanwhile
STARTS_A_STAGE = """
import os, signal, sys, tempfile
from clipzy.jobs import fork_server

if __name__ == "__main__":
    fork_server.preload(())
    process = fork_server.CONTEXT.Process(target=os.getpid)
    process.start()
    process.join()
    print(process.exitcode, *os.listdir(tempfile.gettempdir()), flush=True)
    os.kill(os.getpid(), int(sys.argv[1]))
"""


@pytest.fixture
def work(tmp_path):
    """Runs that program with a temporary folder of its own, to its end by a signal or, by 0, in order; what it said."""
    program = tmp_path / "program.py"
    program.write_text(STARTS_A_STAGE)

    def run(folder, number):
        environment = {**os.environ, "TMPDIR": str(folder)}
        asked = [sys.executable, program, str(number)]
        done = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == -number, done.stderr
        return done.stdout.split()

    return run


@pytest.fixture
def short():
    """A temporary folder with a short name: that of a test's own would be too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="forks-") as folder:
        yield Path(folder)


def test_a_worker_that_ends_leaves_no_folder(work, short):
    """It had one alone."""
    code, *folders = work(short, 0)
    assert (code, len(folders)) == ("0", 1)
    assert not list(short.iterdir())


def test_the_folder_of_a_worker_that_was_killed_goes_with_the_next_start(work, short):
    """And nothing of others: what multiprocessing has made of other programs stays."""
    (short / "pymp-12345678").mkdir()
    work(short, signal.SIGKILL)
    assert len(list(short.iterdir())) == 2
    _, *folders = work(short, 0)
    assert len(folders) == 2
    assert [path.name for path in short.iterdir()] == ["pymp-12345678"]


def test_where_its_name_would_be_too_long_for_a_socket_multiprocessing_makes_one(work, short):
    """Stages are forked all the same."""
    longer = short / ("n" * (60 - len(str(short))))
    longer.mkdir()
    code, folder = work(longer, 0)
    assert code == "0"
    assert folder.startswith("pymp-")
    assert not list(longer.iterdir())
