"""Builds the TypeScript client and its tests, and runs them in Node beside a real API."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clients.typescript.bridge import bridging

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / "clients" / "typescript"
HERE = Path(__file__).parent
BUILT = CLIENT / "build" / "tests" / "clients" / "typescript"
EXAMPLES = CLIENT / "build" / "clients" / "typescript" / "examples"


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


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """The folder of the client with the packages of its lock file; skips where there is no Node, but never in CI."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        why = f"no {' and no '.join(missing)} on this machine: apt-get install nodejs npm (Node 20.3 or later)"
        if os.environ.get("CI") == "true":
            pytest.fail(why, pytrace=False)
        pytest.skip(why)
    installed, locked = CLIENT / "node_modules" / ".package-lock.json", CLIENT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        run("npm", "ci", "--silent")
    return CLIENT


@pytest.fixture(scope="session")
def built(node_packages) -> Path:
    """The client, its tests and its examples, compiled: which checks their types too."""
    shutil.rmtree(node_packages / "build", ignore_errors=True)
    run("npm", "run", "--silent", "build")
    run("npx", "--no-install", "tsc", "--project", HERE / "tsconfig.json")
    return node_packages


@pytest.fixture
def bridge(service, own_service):
    """The URL at which Node's tests have the API's jobs moved on."""
    with bridging(service, own_service) as url:
        yield url
