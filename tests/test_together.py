import os
import subprocess
import sys
from pathlib import Path

import pytest

from together import group_of, rank

# each test says which process ran it
TESTS = """
import os
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", range(4))
def test_it(number):
    with Path(__file__).with_suffix(".by").open("a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_the_tests_of_a_group_run_on_one_of_two_processes(tmp_path):
    """Neither is a file of it torn apart, nor a folder that shares a service; another file goes to the other process."""
    files = [tmp_path / "tests" / "api" / name for name in ("test_a.py", "test_b.py")]
    files.append(tmp_path / "tests" / "style" / "test_c.py")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    (tmp_path / "tests" / "conftest.py").write_text("from conftest_of_all import pytest_xdist_make_scheduler\n")
    here = Path(__file__).parent
    (tmp_path / "conftest_of_all.py").symlink_to(here / "conftest.py")

    quick = [f"-pno:{plugin}" for plugin in ("hypothesispytest", "schemathesis", "cacheprovider")]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", *quick, "tests"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(here), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "12 passed" in ran.stdout, ran.stdout
    by_a, by_b, by_c = (set(file.with_suffix(".by").read_text().split()) for file in files)
    assert by_a == by_b
    assert len(by_a) == len(by_c) == 1
    assert by_a != by_c


@pytest.mark.parametrize(
    ("node_id", "group"),
    [
        ("tests/api/test_jobs.py::test_it[a::b@c]", "api"),
        ("tests/clients/python/test_jobs.py::test_it", "clients"),
        ("tests/docs/test_blocks.py::test_it", "clients"),
        ("tests/style/test_dna.py::test_it", "tests/style/test_dna.py"),
        ("tests/test_errors.py::test_it", "tests/test_errors.py"),
        ("tests/contract/test_inference.py::test_it", "triton"),
    ],
)
def test_a_test_stays_with_those_that_share_its_service_or_its_file(node_id, group):
    """The path alone says it, for a process that hands tests out knows no more of them."""
    assert group_of(node_id) == group


def test_those_that_ask_triton_begin():
    """They take longest, and nothing waits for them in the end."""
    assert rank("tests/e2e/test_main_job.py::test_it") == 0 < rank("tests/api/test_jobs.py::test_it")
