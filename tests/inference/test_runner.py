import os
import subprocess
import sys

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


def test_threads_that_wait_give_their_processor_away():
    """OpenMP itself says, when torch loads it, that its threads do not spin; networks in one process with a decoder would starve it otherwise."""
    told = subprocess.run(
        [sys.executable, "-c", "import clipzy.inference.local"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("OMP_")}, "OMP_DISPLAY_ENV": "TRUE"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told.stderr
