"""What the engine says that it is: its version, and the id that git gives to its code."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clipzy
from clipzy import build as built
from clipzy.build import build, code_id

PACKAGE = Path(clipzy.__file__).parent
ROOT = PACKAGE.parents[1]
# of the folder below, by `git write-tree`
KNOWN = "7db409fc4881561ce2deb78d857024ea2322273f"


@pytest.fixture
def package(tmp_path):
    """A small one: names that sort otherwise with the slash that git sees behind a folder's."""
    package = tmp_path / "package"
    (package / "part").mkdir(parents=True)
    for name in ("__init__.py", "part/__init__.py", "part.py", "part-of.css", "part0.js"):
        (package / name).write_text(f"# {name}\n")
    return package


def test_the_id_is_the_one_that_git_gives(package):
    """By which whoever has a clone finds the commit."""
    assert code_id(package) == KNOWN


def test_what_git_is_told_not_to_keep_does_not_count(package):
    """Bytecode, what numba compiles, an editor's own files, folders without any."""
    for name in ("__pycache__/a.pyc", "part/__pycache__/b.nbi", ".part.py.swp", ".idea/a.xml"):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_bytes(b"\0")
    (package / "empty").mkdir()
    assert code_id(package) == KNOWN


@pytest.mark.parametrize("name", ["part/__init__.py", "part0.js", "new.py"])
def test_every_file_counts(package, name):
    """Whatever it is, and wherever it lies."""
    with (package / name).open("a") as file:
        file.write("\n")
    assert code_id(package) != KNOWN


def test_the_engines_files_are_those_that_git_keeps():
    """Those of this checkout, changed or not: the folder's id after all of them were added is the engine's."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no checkout with git")
    git = ("git", "-C", str(ROOT))
    asked = (*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "service/clipzy")
    listed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split("\0")
    kept = {path for each in listed if each and (path := ROOT / each).is_file()}
    counted = {
        path
        for path in PACKAGE.rglob("*")
        if path.is_file()
        and not any(part == "__pycache__" or part.startswith(".") for part in path.relative_to(PACKAGE).parts)
    }
    assert counted == kept


def test_the_version_is_one_that_packaging_understands():
    """PEP 440's local version: the release, a plus, the id; of one process always the same."""
    assert re.fullmatch(rf"{re.escape(clipzy.__version__)}\+[0-9a-f]{{12}}", build())
    assert build() is build()


def test_the_version_alone_is_said_where_the_code_cannot_be_read(monkeypatch):
    """No program fails of that."""
    monkeypatch.setattr(built, "code_id", lambda _: Path("/nowhere/at all").read_bytes())
    assert build.__wrapped__() == clipzy.__version__


@pytest.mark.parametrize("module", ["clipzy.telemetry.metrics", "clipzy.jobs.worker", "clipzy.stages.rendering"])
def test_nothing_looks_at_the_code_when_it_is_imported(module):
    """The processes of stages and commands start at once."""
    code = f"import {module}; from clipzy.build import build; print(build.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
