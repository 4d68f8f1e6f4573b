import os
import re
import threading
from pathlib import Path

import av
import pytest

from clipzy.machine import cgroups
from clipzy.machine.processors import YIELDING, available_processors, give_way
from clipzy.media.decoding.containers import prepare_decoder

HERE = len(os.sched_getaffinity(0))
SERVICE = Path(__file__).parents[2] / "service" / "clipzy"


@pytest.fixture
def quota(monkeypatch, tmp_path):
    """The file that tells of a container's quota; not there yet."""
    monkeypatch.setattr(cgroups, "CGROUPS", tmp_path)
    monkeypatch.setattr(cgroups, "OWN_CGROUPS", tmp_path / "own")
    return tmp_path / "cpu.max"


@pytest.mark.parametrize(
    ("told", "number"),
    [("max 100000", HERE), ("100000 100000", 1), ("50000 100000", 1), (f"{HERE * 200000} 100000", HERE)],
    ids=["unlimited", "one", "half of one", "more than there are"],
)
def test_a_containers_quota_limits_the_processors(quota, told, number):
    """As many as the container may use, at least one, never more than the machine has for us."""
    quota.write_text(told + "\n")
    assert available_processors() == number


@pytest.mark.parametrize(("told", "number"), [("-1", 64), ("400000", 4), ("150000", 2), ("20000", 1)])
def test_a_quota_of_version_1_counts_as_well(quota, monkeypatch, told, number):
    """Nodes of older systems have it; a part of a processor counts from a half on, and there is always one."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    limit_of_version_1(quota.parent / "cpu", told)
    assert available_processors() == number


def limit(folder, told):
    """A cgroup of version 2 with that quota."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(f"{told} 100000\n")


def limit_of_version_1(folder, told):
    """The same of version 1."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.cfs_quota_us").write_text(f"{told}\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")


NESTED = [
    ({"a.slice": "300000", "a.slice/b.slice": "800000", "a.slice/b.slice/c.service": "max"}, 3),
    ({"a.slice": "max", "a.slice/b.slice": "800000", "a.slice/b.slice/c.service": "200000"}, 2),
    ({"a.slice": "max", "a.slice/b.slice": "max", "a.slice/b.slice/c.service": "max"}, 64),
    ({"a.slice/b.slice": "500000", "other.slice": "100000", "a.slice/b.slice/d.service": "100000"}, 5),
]


@pytest.mark.parametrize(("limits", "number"), NESTED, ids=["grandparent", "own", "none", "parent, not others"])
@pytest.mark.parametrize("version", [1, 2])
def test_of_nested_cgroups_the_least_counts(quota, monkeypatch, limits, number, version):
    """A service without a limit has that of its slice; what lies beside its path is no business of its own."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    tree, controllers = (quota.parent / "cpu,cpuacct", "cpu,cpuacct") if version == 1 else (quota.parent, "")
    (quota.parent / "own").write_text(
        f"9:memory:/elsewhere\n4:cpuset:/other.slice\n3:{controllers}:/a.slice/b.slice/c.service\n"
    )
    for folder, told in limits.items():
        if version == 1:
            limit_of_version_1(tree / folder, "-1" if told == "max" else told)
        else:
            limit(tree / folder, told)
    assert available_processors() == number


@pytest.mark.parametrize(
    "path", ["/", "/docker/0123abcd", "/../../kubepods/pod1"], ids=["own", "its host's", "from outside"]
)
def test_a_container_sees_its_own_quota_at_the_top(quota, monkeypatch, path):
    """By whatever path it is told that it has."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    (quota.parent / "own").write_text(f"0::{path}\n")
    limit(quota.parent, "400000")
    assert available_processors() == 4


@pytest.mark.usefixtures("quota")
def test_without_a_quota_every_processor_is_used():
    """Where no cgroup tells of a quota, the affinity mask counts."""
    assert available_processors() == HERE


def test_a_decoder_in_a_container_has_no_threads_for_processors_it_may_not_use(quota, monkeypatch):
    """On a node of 64 with a limit of 4: each thread would hold pictures of its own."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(64)))
    quota.write_text("400000 100000\n")
    context = av.CodecContext.create("h264", "r")
    prepare_decoder(context)
    assert context.thread_count == 4


def test_nobody_counts_processors_but_this_module():
    """Another count would not know of the quota."""
    counted = re.compile(r"cpu_count\(|sched_getaffinity\(")
    found = {path.relative_to(SERVICE).as_posix() for path in SERVICE.rglob("*.py") if counted.search(path.read_text())}
    assert found == {"machine/processors.py"}


def test_a_thread_gives_way_with_those_that_it_starts():
    """However often it says so; the thread that began it all does not."""
    seen = []

    def note() -> None:
        seen.append(niceness())

    def work() -> None:
        give_way()
        give_way()
        note()
        begun = threading.Thread(target=note)
        begun.start()
        begun.join()

    before = niceness()
    working = threading.Thread(target=work)
    working.start()
    working.join()
    assert seen == [min(before + YIELDING, 19)] * 2
    assert niceness() == before


def niceness() -> int:
    """Of this thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
