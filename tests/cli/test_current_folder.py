"""Commands that are given in a folder of somebody else's files: none of them is run as a module of Python's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipzy.cli.up import _Running

CLIPZY = Path(sys.executable).parent / "clipzy"
# with the processes of the stages, as a worker makes them
AND_A_STAGE = """
import os, sys
from clipzy.__main__ import main
from clipzy.jobs import fork_server
if __name__ == "__main__":
    try:
        main()
    except SystemExit:
        fork_server.preload(())
        process = fork_server.CONTEXT.Process(target=os.getpid)
        process.start()
        process.join()
        sys.exit(process.exitcode)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current one, with a file by the name of a module that every process imports; `run` is there where it was run."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "selectors.py").write_text("from pathlib import Path\nPath('run').touch()\nraise SystemExit(9)")
    monkeypatch.chdir(here)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    return here


@pytest.fixture
def clipzy(folder):
    """Runs a command there."""

    def run(*command):
        environment = {**os.environ, "DATA_PATH": str(folder / "data"), "LOCAL_STORAGE_PATH": str(folder / "storage")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_a_file_is_looked_at_by_modules_of_ours_alone(clipzy, folder):
    """The guarded process that reads a video."""
    (folder / "notes.mp4").write_text("notes")
    done = clipzy(CLIPZY, "run", "notes.mp4", "notes.mp4", "-o", "out.mp4")
    assert "not an accepted video container" in done.stderr
    assert not (folder / "run").exists()


def test_stages_are_made_of_modules_of_ours_alone(clipzy, folder, tmp_path):
    """The process that those of the stages are forked from."""
    program = tmp_path / "program.py"
    program.write_text(AND_A_STAGE)
    done = clipzy(sys.executable, program, "--version")
    assert (done.returncode, (folder / "run").exists()) == (0, False)


def test_programs_of_the_whole_engine_are_made_of_modules_of_ours_alone(folder):
    """Those that `clipzy up` starts."""
    running = _Running("token", "console")
    running.process.wait(60)
    assert not (folder / "run").exists()
