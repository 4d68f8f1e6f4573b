"""What the client is made of."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

import clipzy_client
from clipzy_client.client import Client, Jobs, Videos

CLIENT = Path(clipzy_client.__file__).parent
CLIENTS = CLIENT.parents[1]


def imported(path):
    """The top packages that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_it_needs_what_it_says_and_nothing_of_the_engine():
    """The standard library and its two dependencies, in the package and in its examples."""
    project = tomllib.loads((CLIENT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {name.partition(">")[0] for name in project["dependencies"]}
    files = [*CLIENT.rglob("*.py"), *(CLIENT.parent / "examples").glob("*.py")]
    found = {name for path in files for name in imported(path)} - set(sys.stdlib_module_names)
    assert needed == {"httpx", "pydantic"}
    assert found == needed | {"clipzy_client"}


@pytest.mark.parametrize("client", ["python", "typescript"])
def test_the_licence_goes_with_each_client(client):
    """Its whole text, as who passes it on must: both are given away without the rest."""
    folder = CLIENTS / client
    assert (folder / "LICENSE").read_bytes() == (CLIENTS.parent / "LICENSE").read_bytes()
    if client == "python":
        about = tomllib.loads((folder / "pyproject.toml").read_text())
        assert about["project"]["license-files"] == ["LICENSE"]
        assert "LICENSE" in about["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    else:
        assert "LICENSE" in json.loads((folder / "package.json").read_text())["files"]


def test_the_readme_names_every_method():
    """Of the client and of its two parts."""
    readme = (CLIENT.parent / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", readme))
    for kind in (Client, Jobs, Videos):
        methods = {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
        assert methods
        assert methods <= named, kind


def test_its_types_are_for_others_too():
    """Type checkers look for this file."""
    assert (CLIENT / "py.typed").exists()
