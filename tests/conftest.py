"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
from collections.abc import Generator, Iterator
from pathlib import Path

# Before NumPy and torch are imported, here and in every process that a test starts: where tests share the processors,
# threads that spin while they wait for each other cost many times the work itself.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

from clipzy.settings import Settings
from processes import ignore_alone
from servers import S3, Postgres
from together import Together, check_triton, rank
from whole_engine import SOON_MISSED, Engine
from wire import Wire


@pytest.hookimpl(optionalhook=True)  # test_together.py sees that it is asked
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Tests that share what is costly stay together on one of several processes."""
    config.option.loadscopereorder = False  # the order in which they were collected counts, not how many they are
    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What has been imported and collected stays to the end, and is no longer searched for garbage, which took half a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On one of several processes, the tests that last longest come first."""
    check_triton(items)
    if hasattr(config, "workerinput"):  # pytest-xdist's: this is one of its processes
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def signals() -> None:
    """Tests end processes by signals also where this one ignores them. In a process that only hands tests out, nothing changes."""
    ignore_alone()


@pytest.fixture(scope="session", autouse=True)
def fork_server() -> None:
    """Stages that a test runs from this process are forked from one that has imported what they need, as a worker's are."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(["clipzy.jobs.stage_process"])


@pytest.fixture(autouse=True)
def root_log() -> Iterator[None]:
    """What a command of `clipzy` has done to the log of this process ends with its test."""
    root = logging.getLogger()
    before = [*root.handlers], root.level
    yield
    root.handlers, root.level = before


@pytest.fixture(scope="session")
def weights_path() -> Path:
    """The folder of the networks' weights, prepared when it is not yet."""
    # imported here: tests without a network need no torch
    from clipzy.networks.weights import prepare  # noqa: PLC0415

    path = Settings().weights_path
    prepare(path, report=print)
    return path


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the engine's tables and no rows, to be copied."""
    # imported here: most tests have nothing to do with the queue
    from clipzy.jobs.engine import prepare_database  # noqa: PLC0415

    path = tmp_path_factory.mktemp("database") / "fresh.db"
    prepare_database(f"sqlite:///{path}")
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


@pytest.fixture
def wire(s3: S3) -> Iterator[Wire]:
    """The way to the S3 server, to be cut or held."""
    wire = Wire(s3.port)
    yield wire
    wire.cut()


@pytest.fixture(scope="session")
def engine(weights_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine as `clipzy up` runs it, started once for the whole session; to be left running."""
    assert weights_path.exists()
    # on a busy machine a server that was killed may take longer to load its networks than a job is patient by itself
    folder, patience = tmp_path_factory.mktemp("engine"), {"INFERENCE_PATIENCE_S": "280"}
    with Engine(folder, **patience, **SOON_MISSED).running() as engine:
        yield engine


@pytest.fixture(scope="session")
def triton(engine: Engine) -> str:
    """host:port of the engine's Triton, a real server with every network."""
    return engine.triton_url
