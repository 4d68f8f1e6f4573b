import os

import pytest

from clipzy.inference import runner

HERE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("max 100000", HERE), ("100000 100000", 1), ("50000 100000", 1), (f"{HERE * 200000} 100000", HERE)],
    ids=["unlimited", "one core", "half a core", "more than there are"],
)
def test_a_containers_quota_limits_the_threads(monkeypatch, tmp_path, quota, cores):
    """Threads are as many as the container may use, at least one, never more than the machine has for us."""
    (tmp_path / "cpu.max").write_text(quota + "\n")
    monkeypatch.setattr(runner, "CGROUP_QUOTA", tmp_path / "cpu.max")
    assert runner.usable_cores() == cores


def test_without_a_quota_every_core_is_used(monkeypatch, tmp_path):
    """Where no cgroup v2 tells of a quota, the affinity mask counts."""
    monkeypatch.setattr(runner, "CGROUP_QUOTA", tmp_path / "cpu.max")
    assert runner.usable_cores() == HERE
