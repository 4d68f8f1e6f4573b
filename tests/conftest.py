"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clipzy.settings import Settings
from servers import S3, Postgres


@pytest.fixture(scope="session")
def weights_path() -> Path:
    """The folder of the networks' weights, prepared when it is not yet."""
    # imported here: tests without a network need no torch
    from clipzy.networks.weights import prepare  # noqa: PLC0415

    path = Settings().weights_path
    prepare(path, report=print)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, started once for the whole session; to be left running."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database on PostgreSQL, dropped in the end."""
    url = postgres.new_database()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A real S3 server, started once for the whole session; to be left running."""
    server = S3()
    try:
        server.start()
        yield server
    finally:
        server.remove()


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
