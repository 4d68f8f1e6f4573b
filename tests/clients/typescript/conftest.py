"""The TypeScript client, its tests and its examples, compiled, beside a real API."""

from __future__ import annotations

from pathlib import Path

import pytest

from clients.typescript.bridge import bridging
from clients.typescript.building import CLIENT, build, need_node, run


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """The folder of the client with its tools."""
    need_node()
    return CLIENT


@pytest.fixture(scope="session")
def built() -> Path:
    """The client, its tests and its examples, compiled: which checks their types too."""
    folder = build()
    run("npx", "--no-install", "tsc", "--project", Path(__file__).parent / "tsconfig.json")
    return folder


@pytest.fixture
def bridge(service, own_service):
    """The URL at which Node's tests have the API's jobs moved on."""
    with bridging(service, own_service) as url:
        yield url
