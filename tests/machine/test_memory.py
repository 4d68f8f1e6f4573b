"""How much memory is left, by each of those who limit it."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from clipzy.machine import cgroups, memory
from clipzy.machine.memory import check_memory, is_want_of_memory, memory_left, memory_limit

GIB = 1 << 30


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """With 64 GiB available of 96, and no container."""
    (tmp_path / "meminfo").write_text(f"MemTotal: {96 * GIB >> 10} kB\nMemAvailable:   {64 * GIB >> 10} kB\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text(f"Name:\tx\nVmData:\t  {3 * GIB >> 10} kB\n")
    monkeypatch.setattr(memory, "PROC", tmp_path)
    monkeypatch.setattr(cgroups, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(cgroups, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return tmp_path


def contain(folder, limit, taken, stat, names=("memory.max", "memory.current")):
    """A container's limit, what is taken of it, and what of that are files."""
    folder.mkdir(parents=True)
    for name, text in zip((*names, "memory.stat"), (limit, taken, stat), strict=True):
        (folder / name).write_text(f"{text}\n")


@pytest.mark.usefixtures("machine")
def test_without_limits_it_is_what_the_machine_has():
    """As the kernel reckons it, with what files give back."""
    assert memory_left() == 64 * GIB


def test_a_containers_limit_counts_and_cached_files_give_way(machine):
    """Version 2 of cgroups: 4 GiB, of which 3 are taken, 2 of these by files."""
    contain(machine / "cgroup", 4 * GIB, 3 * GIB, f"anon {GIB}\nfile {2 * GIB}\ninactive_file {GIB}\nactive_file {GIB}")
    assert memory_left() == 3 * GIB


def test_a_container_without_a_limit_has_the_machine(machine):
    """`max` in version 2."""
    contain(machine / "cgroup", "max", 3 * GIB, "inactive_file 0")
    assert memory_left() == 64 * GIB


def test_a_limit_of_version_1_counts_as_well(machine):
    """Nodes of older systems have it; it tells of files with all below it."""
    names = "memory.limit_in_bytes", "memory.usage_in_bytes"
    stat = f"inactive_file 7\ntotal_inactive_file {GIB}\ntotal_active_file 0"
    contain(machine / "cgroup" / "memory", 4 * GIB, 2 * GIB, stat, names)
    assert memory_left() == 3 * GIB


def test_of_nested_limits_the_least_room_counts(machine):
    """A slice of systemd may leave less than the service in it is allowed."""
    (machine / "own").write_text("0::/small.slice/clipzy.service\n")
    contain(machine / "cgroup" / "small.slice" / "clipzy.service", 8 * GIB, GIB, "inactive_file 0")
    contain_more = machine / "cgroup" / "small.slice"
    for name, text in (("memory.max", 3 * GIB), ("memory.current", GIB), ("memory.stat", "active_file 0")):
        (contain_more / name).write_text(f"{text}\n")
    assert memory_left() == 2 * GIB


def test_what_there_is_in_all_is_the_least_limit(machine):
    """However much of it is taken; without any it is the machine's memory."""
    assert memory_limit() == 96 * GIB
    contain(machine / "cgroup", "max", 3 * GIB, "inactive_file 0")
    assert memory_limit() == 96 * GIB
    (machine / "own").write_text("0::/small.slice/clipzy.service\n")
    contain(machine / "cgroup" / "small.slice", 3 * GIB, GIB, "inactive_file 0")
    contain(machine / "cgroup" / "small.slice" / "clipzy.service", 8 * GIB, GIB, "inactive_file 0")
    assert memory_limit() == 3 * GIB


@pytest.mark.parametrize(("limit", "left"), [(5 * GIB, 2 * GIB), (2 * GIB, 0)], ids=["some", "none"])
def test_a_stages_own_limit_counts(limit, left, machine, monkeypatch):
    """Which is on its private memory; 3 GiB of that are taken, and there is never less than nothing."""
    assert machine
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    assert memory_left() == left


LIMITED = """
import resource
from pathlib import Path
from clipzy.machine.memory import memory_left
resource.setrlimit(resource.RLIMIT_DATA, (1 << 28, 1 << 28))
before = memory_left()
held = bytearray(1 << 26)
assert 0 < before < 1 << 28
assert (1 << 26) <= before - memory_left() < (1 << 26) + (1 << 22)
"""


def test_what_a_process_takes_is_gone():
    """By this machine's own kernel."""
    subprocess.run([sys.executable, "-c", LIMITED], check=True)


REFUSED = """
import resource
import cv2
import numpy as np
from clipzy.machine.memory import LITTLE, check_memory, is_want_of_memory
small = np.zeros((2, 2, 3), np.uint8)
resource.setrlimit(resource.RLIMIT_DATA, (1 << 28, 1 << 28))
for ask in (lambda: np.ones(1 << 29), lambda: cv2.resize(small, (20000, 20000))):
    try:
        ask()
    except Exception as error:
        assert is_want_of_memory(error), error
    else:
        raise AssertionError("there was room")
check_memory(ValueError("no"))
try:
    check_memory(MemoryError("refused"))
except MemoryError:
    pass
else:
    raise AssertionError("little is left, and nobody was told")
"""


def test_want_of_memory_is_known_whoever_tells_of_it():
    """NumPy, and OpenCV, which has a number for it."""
    subprocess.run([sys.executable, "-c", REFUSED], check=True)
    assert not is_want_of_memory(ValueError("no room for that name"))
    assert is_want_of_memory(RuntimeError("can't start new thread"))


def test_damage_that_asks_for_much_is_no_want_of_memory(monkeypatch):
    """FFmpeg refuses both with the same number; where much is left it is the file."""
    monkeypatch.setattr("clipzy.machine.memory.memory_left", lambda: 1 << 34)
    check_memory(MemoryError("refused"))
