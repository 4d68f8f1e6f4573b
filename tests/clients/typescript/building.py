"""Compiles the TypeScript client, once however many tests need it, and runs programs of Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "clients" / "typescript"
BUILD = CLIENT / "build"
OLDEST_NODE = (20, 3)  # as package.json has it
FROM = "install Node 20.3 or later with npm, from NodeSource or by nvm (Debian 12 has only 18)"
# as strict as a reader's own project may be
STRICT = {
    "extends": "../tsconfig.json",
    "compilerOptions": {
        "rootDir": ".",
        "noPropertyAccessFromIndexSignature": False,  # not part of `strict`, and process.env.NAME is how people write it
        "paths": {"clipzy-client": ["../dist/node.d.ts"]},
    },
}


def run(*command: str | Path, cwd: Path = CLIENT, env: dict[str, str] | None = None) -> str:
    """Run a program to its end; what it says. A failure shows all of that."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}", pytrace=False)
    return done.stdout


def need_node() -> None:
    """Install the packages of the lock file; skip the test where there is no Node, or an old one, but never in CI."""
    if why := _hindrance():
        if os.environ.get("CI") == "true":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    installed, locked = CLIENT / "node_modules" / ".package-lock.json", CLIENT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        run("npm", "ci", "--silent")


def _hindrance() -> str | None:
    """Why the client cannot be built here."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        return f"no {' and no '.join(missing)} on this machine: {FROM}"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    found = tuple(int(part) for part in version.removeprefix("v").split(".")[:2])
    return None if found >= OLDEST_NODE else f"Node {version} on this machine is too old: {FROM}"


@cache
def build() -> Path:
    """Compile the client into `dist`; its folder."""
    need_node()
    shutil.rmtree(BUILD, ignore_errors=True)
    run("npm", "run", "--silent", "build")
    BUILD.mkdir(exist_ok=True)
    return CLIENT


def compile_strictly(script: Path) -> Path:
    """Check the types of a program of TypeScript in BUILD (`.mts`), and translate it; the program for Node beside it (`.mjs`)."""
    project = script.with_suffix(".json")
    project.write_text(json.dumps({**STRICT, "include": [], "files": [script.name]}), encoding="utf-8")
    run("npx", "--no-install", "tsc", "--project", project)
    return script.with_suffix(".mjs")
