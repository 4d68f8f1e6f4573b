"""The database, SQLite and PostgreSQL: opened with care, and brought to its shape by any number of processes at once."""

from __future__ import annotations

import logging
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from structlog.testing import capture_logs

from clipzy.errors import ConfigurationError
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.job_rows import job_values
from clipzy.jobs.records import new_job
from clipzy.settings import Settings
from clipzy.storage import revisions
from clipzy.storage.database import AWAY, database_time, lively_url, open_database, sqlalchemy_url
from clipzy.storage.revisions import Upgrade, _changing, migration_lock, newest_known, steps, upgrade
from clipzy.storage.tables import jobs, metadata, webhook_deliveries, workers


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Of an empty database."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    return f"sqlite:///{tmp_path}/deep/clipzy.db"


@pytest.fixture
def database(url):
    """With all tables."""
    upgrade(url)
    database = open_database(url)
    yield database
    database.dispose()


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///a.db", "sqlite"),
        ("postgresql://u:p@host/db", "postgresql+psycopg"),
        ("postgres://u:p@host/db", "postgresql+psycopg"),
        ("postgresql+asyncpg://u:p@host/db", "postgresql+psycopg"),
    ],
    ids=["sqlite", "postgresql", "postgres", "another driver"],
)
def test_a_url_gets_our_driver(url, driver):
    """Whatever driver it names or leaves out, the database is opened by the one that is installed."""
    assert sqlalchemy_url(url).drivername == driver


@pytest.mark.parametrize("name", ["data", "what?", "100%25", "a%20b", "ü #1"], ids=ascii)
def test_the_database_lies_in_the_data_folder_whatever_that_is_called(tmp_path, name):
    """Ours and the queue's tables, in one file: a path is none of a URL's codes."""
    folder = tmp_path / name
    url = Settings(_env_file=None, data_path=folder).resolved_database_url
    prepare_database(url)
    database = open_database(lively_url(url))
    with database.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(sa.text("workflow_status"))) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(jobs)) == 0
    database.dispose()
    assert (folder / "clipzy.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_be_worked_with_is_refused(url):
    """With the two forms that can, and without the URL itself, which may hold a password."""
    with pytest.raises(ConfigurationError, match="sqlite:///file or postgresql://"):
        sqlalchemy_url(url)


def test_the_migrations_build_the_tables_of_the_code(database):
    """Nothing that the code expects is missing, and nothing is left over."""
    ours = set(metadata.tables) | {f"ix_{name}" for name in metadata.tables}

    def include(_object, name, kind, _reflected, _compare_to):
        return kind != "table" or name in ours

    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": include, "compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("before", [None, "0004"], ids=["empty", "older"])
def test_an_upgrade_says_from_where_to_where_it_went(url, before):
    """To its caller, and in the log where it changed something."""
    upgrade_to(url, before or "base")
    with capture_logs() as lines:
        assert upgrade(url) == Upgrade(before, newest_known())
        assert upgrade(url) == Upgrade(newest_known(), newest_known())
    told = [(line["before"], line["after"]) for line in lines if line["event"] == "the database was migrated"]
    assert told == [(before, newest_known())]


def test_an_upgrade_of_the_newest_changes_nothing(url, database):
    """Every process does it at its start: what is in the tables stays."""
    with database.begin() as connection:
        connection.execute(sa.insert(workers).values(**worker("a")))
    upgrade(url)
    with database.connect() as connection:
        assert connection.scalar(sa.select(workers.c.worker_id)) == "a"


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from clipzy.storage import revisions

@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    left -= not statement.startswith(("PRAGMA", "SELECT", "BEGIN"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

url, *cuts = sys.argv[1:]
for left in map(int, cuts):
    if (child := os.fork()) == 0:
        revisions.upgrade(url)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
"""


@pytest.mark.parametrize("begun_at", ["base", "0005"])
def test_an_upgrade_that_is_killed_leaves_the_tables_as_they_were(tmp_path, begun_at):
    """On SQLite too, whatever the statement after which it dies, and the next one does the whole of it."""
    url, whole = f"sqlite:///{tmp_path}/clipzy.db", f"sqlite:///{tmp_path}/whole.db"
    for each in (url, whole):
        upgrade_to(each, begun_at)
    before = shape(url)
    statements = changes_of(whole)
    cuts = [str(count) for count in range(1, len(statements) + 1, len(statements) // 4)]
    subprocess.run([sys.executable, "-c", KILLED, url, *cuts], check=True)
    assert shape(url) == before
    upgrade(url)
    assert shape(url) == shape(whole)


def test_an_upgrade_that_fails_leaves_the_tables_as_they_were(url):
    """On both databases."""
    upgrade_to(url, "0002")
    before = shape(url)
    with failing_at("alembic_version"), pytest.raises(sa.exc.OperationalError, match="the disk is full"):
        upgrade(url)
    assert shape(url) == before


@pytest.mark.parametrize("begun_at", ["base", "0002", "0005", "0006", "0007", "0008"])
def test_an_upgrade_that_an_older_version_left_half_done_is_finished(tmp_path, begun_at):
    """It kept each table, column and index of the step at which it was cut off, and could not be started any more."""
    old, whole = tmp_path / "old.db", f"sqlite:///{tmp_path}/whole.db"
    for each in (f"sqlite:///{old}", whole):
        upgrade_to(each, begun_at)
    statements = changes_of(whole)
    step = next(n for n, statement in enumerate(statements) if statement.startswith(("INSERT", "UPDATE")))
    for count in range(1, step + 1):
        half = tmp_path / f"{count}.db"
        with sqlite3.connect(old) as source, sqlite3.connect(half, isolation_level=None) as connection:
            source.backup(connection)
            for statement in statements[:count]:
                connection.execute(statement)
        source.close()
        connection.close()
        upgrade(f"sqlite:///{half}")
        assert shape(f"sqlite:///{half}") == shape(whole)


def test_a_table_of_another_program_is_not_taken_for_one_of_ours(tmp_path):
    """Where it only has the name of ours, the upgrade says that it is there already."""
    with sqlite3.connect(tmp_path / "clipzy.db") as connection:
        connection.execute("CREATE TABLE jobs (name VARCHAR)")
    connection.close()
    with pytest.raises(sa.exc.OperationalError, match="table jobs already exists"):
        upgrade(f"sqlite:///{tmp_path}/clipzy.db")


def test_jobs_of_an_earlier_version_say_whether_their_style_was_given(url):
    """As their configs have it."""
    upgrade_to(url, "0007")
    row = {"work_hash": "", "status": "queued", "progress_percent": 0, "artifacts": {}, "warnings": []}
    row |= {"attempt": 0, "lost_attempts": 0, "created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
    configs = {"given": {"style": {"version": "1.0"}}, "own": {"style": None}, "older": {}}
    # PostgreSQL keeps no zero character as text, but does in JSON
    configs |= {"zeros": {"style": {"text": '\0 \\\0 \\u0000 \\"\0"'}}, "own zeros": {"style": None, "text": "\\\0"}}
    with disposing(open_database(url)) as database:
        with database.begin() as connection:
            for job_id, config in configs.items():
                values = row | {"job_id": job_id, "work_hash": job_id, "config": config}
                connection.execute(sa.insert(jobs).values(**values))
        upgrade(url)
        with database.connect() as connection:
            found = connection.execute(sa.select(jobs.c.job_id, jobs.c.style_given)).all()
    expected = {"given": True, "own": False, "older": False, "zeros": True, "own zeros": False}
    assert dict(map(tuple, found)) == expected


def test_what_an_earlier_version_has_still_to_send_is_known_by_its_host(url):
    """Host and port of the URL, in small letters; what was sent, and what is no URL, has none."""
    upgrade_to(url, "0008")
    moment = datetime.now(UTC)
    row = {"status": "pending", "attempts": 0, "due_at": moment, "log": [], "created_at": moment}
    urls = {"a": "https://Hooks.Example:8443/x?y", "b": "http://[::1", "c": "https://sent.example/"}
    with disposing(open_database(url)) as database:
        with database.begin() as connection:
            for name, address in urls.items():
                values = row | {"delivery_id": name, "job_id": name, "url": address}
                values |= {"status": "delivered"} if name == "c" else {}
                connection.execute(sa.insert(webhook_deliveries).values(**values))
        upgrade(url)
        with database.connect() as connection:
            found = connection.execute(sa.select(webhook_deliveries.c.delivery_id, webhook_deliveries.c.host)).all()
    assert dict(map(tuple, found)) == {"a": "hooks.example:8443", "b": None, "c": None}


def test_tables_of_a_later_version_are_worked_with(url, database):
    """An older version that is gone back to, or started once more during an upgrade, leaves them as they are."""
    with database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE workers ADD COLUMN of_tomorrow VARCHAR"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert upgrade(url) == Upgrade("9999", "9999")
    with database.begin() as connection:
        connection.execute(sa.insert(workers).values(**worker("a")))
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"


def test_tables_of_another_program_are_refused(url, database):
    """A database that something else has numbered in its own way."""
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'ae1027a6acf'"))
    with pytest.raises(CommandError, match="ae1027a6acf"):
        upgrade(url)


def test_a_server_that_is_gone_without_a_word_is_noticed(postgres_database):
    """Within half a minute, by the sockets of our connections and of the queue's own; what a URL says itself goes before."""
    asked = f"{postgres_database}{'&' if '?' in postgres_database else '?'}keepalives_idle=7"
    for engine in (open_database(asked), sa.create_engine(sqlalchemy_url(lively_url(asked)))):
        with engine.connect() as connection:
            number = connection.connection.driver_connection.pgconn.socket
            with socket.socket(fileno=os.dup(number)) as line:
                assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
                assert [line.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [7, 5, 3, 25_000]
        engine.dispose()


@pytest.mark.parametrize("theirs", [False, True], ids=["ours", "of the queue's library"])
def test_a_server_that_takes_no_writes_is_away(postgres_database, theirs):
    """As a primary that was demoted: whoever can wait asks again, on a new connection, which may lead to the new primary."""
    upgrade(postgres_database)
    url = sqlalchemy_url(lively_url(postgres_database))
    engine = sa.create_engine(url) if theirs else open_database(postgres_database)
    with disposing(engine):
        with engine.connect() as connection:
            connection.execute(sa.text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
            connection.commit()
        with pytest.raises(AWAY, match="read-only") as refused, engine.begin() as connection:
            connection.execute(sa.insert(workers).values(**worker("a")))
        assert refused.value.connection_invalidated  # what the library goes by
        with engine.begin() as connection:
            connection.execute(sa.insert(workers).values(**worker("a")))


@pytest.mark.parametrize("theirs", [False, True], ids=["ours", "of the queue's library"])
@pytest.mark.parametrize(
    "change", [{}, {"progress_percent": 200}, {"warnings": None}], ids=["no writes", "a check", "a gap"]
)
def test_an_error_tells_no_value_of_a_row(url, database, caplog, theirs, change):
    """Webhooks' tokens and callers' own data stay out of the log, with its traces, whichever engine failed and however much its server would tell."""
    secret = f"s{1:09}"  # traces show lines of this file
    row = job_values(
        new_job(video_id=f"vid_{secret}", webhook_url=f"https://a/?token={secret}", metadata={"of": secret})
    )
    engine = sa.create_engine(sqlalchemy_url(lively_url(url))) if theirs else database
    with disposing(engine), engine.connect() as connection:
        if not change:
            sqlite = engine.dialect.name == "sqlite"
            connection.execute(sa.text("PRAGMA query_only=ON" if sqlite else "SET TRANSACTION READ ONLY"))
        with pytest.raises(sa.exc.DBAPIError) as failed:
            connection.execute(sa.insert(jobs).values(**(row | change)))
        connection.rollback()
    logging.getLogger("clipzy").error("it failed: %s", failed.value, exc_info=failed.value)
    assert "INSERT INTO jobs" in caplog.text
    assert any(word in caplog.text for word in ("constraint", "read-only", "readonly"))
    assert secret not in caplog.text


def test_processes_that_start_at_once_upgrade_one_after_the_other(url):
    """API and workers start together on an empty database, and none of them fails."""
    starting = multiprocessing.get_context("forkserver")
    processes = [starting.Process(target=upgrade, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_whoever_waits_to_change_the_tables_says_so_and_holds_up_no_index(postgres_database, monkeypatch):
    """The queue's library builds indexes beside the writers of its tables, and waits for every statement that has begun before."""
    monkeypatch.setattr(revisions, "LOCK_FIRST_WORD_S", 0.0)
    with capture_logs() as lines, migration_lock(postgres_database) as engine:
        waiting = threading.Thread(target=upgrade, args=(postgres_database,))
        waiting.start()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("CREATE TABLE many (one int)"))
            for _ in range(2000):
                if any("waiting for the migration" in line["event"] for line in lines):
                    break
                time.sleep(0.01)
            else:
                pytest.fail("nobody waits")
            connection.execute(sa.text("SET statement_timeout = '10s'"))
            connection.execute(sa.text("CREATE INDEX CONCURRENTLY at_once ON many (one)"))
    waiting.join(60)
    assert not waiting.is_alive()


def test_a_migration_that_waits_for_a_backup_holds_up_nobody(postgres_database, monkeypatch):
    """It asks for the tables, lets those pass who have come meanwhile, and asks again."""
    monkeypatch.setattr(revisions, "TABLE_PATIENCE_S", 0.3)
    monkeypatch.setattr(revisions, "TABLE_PAUSE_S", 0.3)
    upgrade_to(postgres_database, "0008")
    with disposing(open_database(postgres_database)) as engine, capture_logs() as lines:
        with engine.connect() as backup:
            backup.execute(sa.select(webhook_deliveries.c.url)).all()  # and goes on to other tables
            migrating = threading.Thread(target=upgrade, args=(postgres_database,))
            migrating.start()
            slowest_s = 0.0
            while sum("others read them" in line["event"] for line in lines) < 2:
                assert migrating.is_alive()
                begun = time.monotonic()
                with engine.connect() as reader:
                    reader.execute(sa.text("SET LOCAL statement_timeout = '5s'"))
                    reader.execute(sa.select(webhook_deliveries.c.url)).all()
                slowest_s = max(slowest_s, time.monotonic() - begun)
        migrating.join(60)
        assert not migrating.is_alive()
    assert slowest_s < 3
    assert upgrade(postgres_database).before == "0009"


def test_no_step_is_begun_before_all_tables_can_be_had(postgres_database, monkeypatch):
    """The first ones would build indexes each time, which hold up writers, and be undone at the one that cannot have its table."""
    monkeypatch.setattr(revisions, "TABLE_PATIENCE_S", 0.1)
    monkeypatch.setattr(revisions, "TABLE_PAUSE_S", 0.1)
    begun, begin = [], revisions.command.upgrade
    monkeypatch.setattr(revisions.command, "upgrade", lambda *how: begun.append(1) or begin(*how))
    upgrade_to(postgres_database, "0005")
    begun.clear()
    with disposing(open_database(postgres_database)) as engine, capture_logs() as lines:
        with engine.connect() as backup:
            backup.execute(sa.select(webhook_deliveries.c.url)).all()
            migrating = threading.Thread(target=upgrade, args=(postgres_database,))
            migrating.start()
            while sum("others read them" in line["event"] for line in lines) < 2:
                assert migrating.is_alive()
                time.sleep(0.01)
            assert not begun
        migrating.join(60)
    assert begun == [1]


def test_a_migration_that_waits_too_long_for_a_backup_says_so(postgres_database, monkeypatch):
    """And what to do."""
    for patience in ("TABLE_PATIENCE_S", "TABLE_PAUSE_S", "LOCK_PATIENCE_S"):
        monkeypatch.setattr(revisions, patience, 0.1)
    upgrade_to(postgres_database, "0008")
    with disposing(open_database(postgres_database)) as engine, engine.connect() as backup:
        backup.execute(sa.select(webhook_deliveries.c.url)).all()
        with pytest.raises(ConfigurationError, match="as a backup does: let them end"):
            upgrade(postgres_database)


def test_whoever_waits_too_long_to_change_the_tables_is_told(url, monkeypatch):
    """That another process has not come to its end, and what to do."""
    monkeypatch.setattr(revisions, "LOCK_PATIENCE_S", 0.0)
    with migration_lock(url), pytest.raises(ConfigurationError, match="end it"):
        upgrade(url)
    upgrade(url)


def test_a_pooler_that_keeps_a_session_keeps_no_lock(postgres_database, monkeypatch):
    """The server's connection outlives the process that had it, and serves others next."""
    pooled = open_database(postgres_database)
    with disposing(pooled):
        with monkeypatch.context() as kept:
            kept.setattr(revisions, "open_database", lambda _url: pooled)
            kept.setattr(pooled, "dispose", lambda: None)
            with migration_lock(postgres_database):
                pass
        assert pooled.pool.checkedin()
        monkeypatch.setattr(revisions, "LOCK_PATIENCE_S", 0.0)
        upgrade(postgres_database)


def test_a_server_that_ends_idle_transactions_leaves_the_lock_to_its_holder(postgres_database):
    """Who says nothing while another connection changes the tables."""
    name = sa.make_url(postgres_database).database
    with disposing(open_database(postgres_database)) as engine, engine.begin() as connection:
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET idle_in_transaction_session_timeout = 50'))
    with migration_lock(postgres_database) as engine, engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(0.3)"))
        held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
        assert connection.scalar(held) == 1


def test_writers_wait_for_each_other(database):
    """From its first write on a transaction is alone with the row: threads lose no update and meet no deadlock."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with database.begin() as connection:
        connection.execute(sa.insert(workers).values(**worker("a", moment)))

    def add() -> None:
        for _ in range(20):
            with database.begin() as connection:
                connection.execute(sa.update(workers).values(hostname="mine"))
                seen = connection.scalar(sa.select(workers.c.last_seen_at))
                connection.execute(sa.update(workers).values(last_seen_at=seen + timedelta(seconds=1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.connect() as connection:
        assert connection.scalar(sa.select(workers.c.last_seen_at)) == moment + timedelta(seconds=80)


def test_times_come_back_in_utc(database):
    """Given in any zone, they come back aware and as the same moment; one without a zone is refused."""
    moment = datetime(2026, 7, 1, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    with database.begin() as connection:
        connection.execute(sa.insert(workers).values(**worker("a", moment)))
        seen = connection.scalar(sa.select(workers.c.last_seen_at))
    assert seen == moment
    assert seen.utcoffset() == timedelta(0)
    naive = datetime(2026, 7, 1)  # noqa: DTZ001 (what is to be refused)
    with database.connect() as connection, pytest.raises(sa.exc.StatementError, match="without a zone"):
        connection.execute(sa.insert(workers).values(**worker("b", naive)))


def test_the_databases_clock_is_told_in_utc(database):
    """Within a minute of this machine's, on which the servers of these tests run."""
    with database.connect() as connection:
        moment = database_time(connection)
    assert moment.utcoffset() == timedelta(0)
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_reader_does_not_wait_for_a_writer(database):
    """A status can be asked for while a job's transaction is open; it sees what was there before."""
    with database.begin() as connection:
        connection.execute(sa.insert(workers).values(**worker("a")))
    with database.begin() as writing:
        writing.execute(sa.update(workers).values(hostname="other"))
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as reading:
            assert reading.scalar(sa.select(workers.c.hostname)) == "host"


@contextmanager
def disposing(engine):
    """Give its connections back in the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def worker(worker_id, moment=None):
    """A row of the smallest table there is."""
    moment = moment or datetime.now(UTC)
    return {"worker_id": worker_id, "hostname": "host", "started_at": moment, "last_seen_at": moment}


def shape(url):
    """Every table with its columns and indexes, and the version that the database says it has."""
    with disposing(open_database(url)) as database, database.connect() as connection:
        seen = sa.inspect(connection)
        tables = {
            name: (
                {column["name"] for column in seen.get_columns(name)},
                {index["name"] for index in seen.get_indexes(name)},
            )
            for name in seen.get_table_names()
        }
        return tables, MigrationContext.configure(connection).get_current_revision()


def upgrade_to(url, revision):
    """Bring an empty database to an older shape; that of `base` has no tables."""
    with _changing(url) as connection:
        if revision != "base":
            command.upgrade(steps(connection), revision)


def changes_of(url):
    """The statements by which an upgrade changes a database, in order."""
    seen = []

    def remember(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "SELECT", "BEGIN")):
            seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", remember)
    try:
        upgrade(url)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", remember)
    return seen


@contextmanager
def failing_at(table):
    """Writes to that table fail."""

    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) and table in statement:
            raise sa.exc.OperationalError(statement, {}, Exception("the disk is full"))

    sa.event.listen(sa.Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", fail)
