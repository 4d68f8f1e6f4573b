"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clipzy.settings import Settings


@pytest.fixture(scope="session")
def weights_path() -> Path:
    """The folder of the networks' weights, prepared when it is not yet."""
    # imported here: tests without a network need no torch
    from clipzy.networks.weights import prepare  # noqa: PLC0415

    path = Settings().weights_path
    prepare(path, report=print)
    return path


@pytest.fixture(scope="session")
def triton(weights_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a real Triton server with every network, started once for the whole session."""
    # imported here: most tests ask no server
    from clipzy.inference.server import TritonServer  # noqa: PLC0415
    from probe import free_port, running  # noqa: PLC0415

    log_path = tmp_path_factory.mktemp("triton") / "log"
    repository = Settings().model_repository_path
    with running(TritonServer(repository, weights_path, grpc_port=free_port(), log_path=log_path)) as server:
        yield server.url
