"""How many connections to PostgreSQL each program has, by its engines and by what operators read."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from clipzy.jobs import engine, worker
from clipzy.jobs.store import Store
from clipzy.storage.database import OWN_POOL, Pool, open_database
from shaped import shape
from workshop import settings_in

ROOT = Path(__file__).parents[2]
API = (OWN_POOL, engine.CLIENT_POOL)
WORKER = (OWN_POOL, worker.QUEUE_POOL, worker.STEPS_POOL, Pool(worker.LISTENING, 0))


def pool_of(opened):
    """What the pool of an engine keeps and takes for a moment."""
    return Pool(opened.pool.size(), opened.pool._max_overflow)


def threshold_of(opened):
    """After how many times a new connection of an engine prepares a statement; None: never."""
    with opened.connect() as connection:
        return connection.connection.driver_connection.prepare_threshold


def test_each_engine_has_the_connections_that_are_meant_for_it(postgres_database, tmp_path):
    """Whatever the defaults of the libraries that open them are."""
    settings = settings_in(tmp_path, database_url=postgres_database)
    shape(postgres_database, engine.prepare_database)
    own = open_database(postgres_database)
    assert pool_of(own) == OWN_POOL
    with closing(engine.Engine(settings, Store(own))) as opened:
        assert pool_of(opened._client()._sys_db.engine) == engine.CLIENT_POOL
    own.dispose()
    dbos = engine.load_dbos()
    serializer = dbos.DBOSPortableJSONSerializer()
    try:
        queue = dbos.DBOS(config=worker._library_settings(settings, "a-worker", serializer))
        told = queue._config["database"]["sys_db_engine_kwargs"]
        assert Pool(told["pool_size"], told["max_overflow"]) == worker.QUEUE_POOL
    finally:
        dbos.DBOS.destroy(destroy_registry=True)
    steps = worker._open_steps(settings, serializer)
    assert pool_of(steps.engine) == worker.STEPS_POOL
    steps.engine.dispose()


def test_no_engine_prepares_statements(postgres_database, tmp_path):
    """Ours and the library's: a pooler gives the server's connection to another process with the next transaction, which prepares by the same names."""
    settings = settings_in(tmp_path, database_url=postgres_database)
    shape(postgres_database, engine.prepare_database)
    own = open_database(postgres_database)
    dbos = engine.load_dbos()
    serializer = dbos.DBOSPortableJSONSerializer()
    steps = worker._open_steps(settings, serializer)
    with closing(engine.Engine(settings, Store(own))) as opened:
        engines = {"own": own, "client's": opened._client()._sys_db.engine, "steps'": steps.engine}
        try:
            queue = dbos.DBOS(config=worker._library_settings(settings, "a-worker", serializer))
            dbos.DBOS.launch()
            engines["queue's"] = queue._sys_db.engine
            kept = {name: threshold_of(each) for name, each in engines.items()}
        finally:
            dbos.DBOS.destroy(destroy_registry=True)
    assert kept == dict.fromkeys(engines)
    own.dispose()
    steps.engine.dispose()


@pytest.mark.parametrize("page", ["helm/clipzy/README.md", "docs/runbooks/ClipzyDatabaseAway.md"])
def test_operators_are_told_what_each_program_takes(page):
    """As the sums of its engines, by which `max_connections` is set."""
    said = " ".join((ROOT / page).read_text().split())
    numbers = re.search(
        r"each API keeps up to (\d+), and takes (\d+) more for a moment; each worker keeps up to (\d+), and takes (\d+) more",
        said,
        re.IGNORECASE,
    )
    sums = [(sum(each.kept for each in pools), sum(each.more for each in pools)) for pools in (API, WORKER)]
    assert tuple(int(each) for each in numbers.groups()) == (*sums[0], *sums[1])
