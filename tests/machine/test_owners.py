"""Whose shared things are, and what is swept up of the dead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipzy.inference.environments import sweep_environments
from clipzy.inference.model_processes import children
from clipzy.machine.owners import owner_is_gone, owner_tag, start_time, sweep_orphans
from processes import named_within_a_letter

NOBODY = 65534


@pytest.fixture(scope="module")
def dead():
    """The tag of a process that has ended."""
    program = "from clipzy.machine.owners import owner_tag; print(owner_tag('some'))"
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def test_what_the_dead_left_is_swept_and_nothing_else(dead, tmp_path):
    """Files and folders; not those of this process, nor those whose names tell of nobody."""
    for name in (f"{dead}-file", f"{owner_tag('some')}-file", "some-file", f"{dead.replace('some', 'other')}-file"):
        (tmp_path / name).touch()
    (tmp_path / f"{dead}-folder" / "within").mkdir(parents=True)
    sweep_orphans(tmp_path, "some")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"{owner_tag('some')}-file", "some-file", f"{dead.replace('some', 'other')}-file"}


@pytest.mark.skipif(os.getuid() != 0, reason="has to become another user")
def test_what_the_dead_of_another_user_left_is_no_obstacle(dead, tmp_path):
    """Nobody but he may remove it from a folder for all, as /dev/shm is; what is one's own is swept all the same."""
    tmp_path.chmod(0o1777)
    for name, owner in (("1", 0), ("2", NOBODY), ("3", 0)):
        (tmp_path / f"{dead}-{name}").touch()
        os.chown(tmp_path / f"{dead}-{name}", owner, owner)
    program = "import os, sys; os.chdir(sys.argv[1]); from clipzy.machine.owners import *; os.setuid(65534); sweep_orphans(Path('.'), 'some')"
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True)
    assert {path.name[-1] for path in tmp_path.iterdir()} == {"1", "3"}


def test_processes_may_have_any_name(tmp_path):
    """One whose name is no text is as good as any other, and keeps nobody from looking at all that run."""
    with named_within_a_letter(tmp_path) as process:
        begun = start_time(process.pid)
        assert begun is not None
        namespace = Path("/proc/self/ns/pid").stat().st_ino
        assert not owner_is_gone(f"some-{namespace}.{process.pid}.{begun}", "some")
        assert children(os.getpid()) == {}
        sweep_environments(tmp_path)
