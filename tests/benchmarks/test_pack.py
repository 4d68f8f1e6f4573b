"""What an offline machine lacks, shared out into parts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "offline"))
from pack import lacking, parts, pins

REQUIREMENTS = """av==18.1.0 \\
    --hash=sha256:aa
numpy==1.26.4 \\
    --hash=sha256:bb
pydantic-core==2.50.4 ; python_version >= "3.8" \\
    --hash=sha256:cc
uvicorn[standard]==0.54.0 \\
    --hash=sha256:dd
networkx==3.6.1 ; python_full_version < '3.12' \\
    --hash=sha256:ee
networkx==3.7 ; python_full_version >= '3.12' \\
    --hash=sha256:ff
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:99
"""


def test_every_pin_is_found_with_its_hashes():
    """By normalised name, whatever follows it."""
    found = pins(REQUIREMENTS, "3.12")
    assert list(found) == ["av", "numpy", "pydantic-core", "uvicorn", "networkx"]
    assert all("--hash=sha256:" in block for block in found.values())


@pytest.mark.parametrize(("python", "pin"), [("3.11", "networkx==3.6.1"), ("3.12", "networkx==3.7")])
def test_pins_are_those_of_the_machines_python(python, pin):
    """Not of the one that packs; so that pip need not judge, the condition is gone."""
    assert pins(REQUIREMENTS, python)["networkx"].startswith(f"{pin} \\\n")


def test_what_the_machine_has_is_left_out_but_for_numpy():
    """Names are compared as the index does; a newer numpy would not do."""
    wanted = lacking(REQUIREMENTS, "Pydantic_Core==2.50.4\nnumpy==2.5.2\nuvicorn\nnetworkx", set(), "3.12")
    assert [block.split("==")[0] for block in wanted] == ["av", "numpy"]
    assert lacking(REQUIREMENTS, "pydantic_core uvicorn numpy networkx", {"av", "numpy"}, "3.12") == []


@pytest.mark.parametrize("most", [10, 7])
def test_parts_hold_every_wheel_once_and_no_more_than_allowed(most):
    """A wheel that is too large alone has a part alone."""
    sizes = {"a": 6, "b": 4, "c": 3, "d": 12, "e": 1}
    filled = parts(sizes, most)
    assert sorted(name for part in filled for name in part) == sorted(sizes)
    assert all(sum(sizes[name] for name in part) <= most or len(part) == 1 for part in filled)
