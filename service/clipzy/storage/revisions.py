"""The steps of the database's shape, numbered from 0001 on: how far a database has come in them, and how it is brought to the newest."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from clipzy.errors import ConfigurationError
from clipzy.storage.database import SQLITE_SETTINGS, open_database, sqlite_file
from clipzy.storage.tables import metadata
from clipzy.storage.volume import configured
from clipzy.telemetry import log

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 0x636C69707A79  # "clipzy", the key of PostgreSQL's advisory lock
LOCK_POLL_S = 0.2
LOCK_PATIENCE_S = 900.0  # with another process that changes the tables; a large index takes minutes
LOCK_FIRST_WORD_S, LOCK_WORD_EVERY_S = 3.0, 30.0
# A change of a table waits for all readers, such as a backup of hours, and everybody who comes later waits for the change. So it gives up soon, and
# tries again after a pause
TABLE_PATIENCE_S, TABLE_PAUSE_S = 3.0, 10.0
NOT_AVAILABLE = "55P03"  # PostgreSQL's word for a lock that did not come in time
# Neither has a parameter: what came with one keeps its cursor open on the server, with a snapshot, until the next statement.
TAKE_LOCK = f"SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})"
# limits that would end the lock's holder, who says nothing for as long as the tables are changed; a server knows some of them
LIFT_LIMITS = """SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The step at which a database was, None where it was empty, and the one at which it is."""

    before: str | None
    after: str


def steps(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration of our steps, which it takes on that connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest_known() -> str:
    """The last step that this version has."""
    head = ScriptDirectory.from_config(steps()).get_current_head()
    assert head is not None
    return head


def present(connection: sa.Connection) -> str | None:
    """The step at which the database is; None where it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_later(revision: str) -> bool:
    """Whether it is a step of a later version: numbered as ours are, any other being another program's."""
    newest = newest_known()
    return len(revision) == len(newest) and revision > newest


def is_known(revision: str) -> bool:
    """Whether it is a step that this version has."""
    return revision in {each.revision for each in ScriptDirectory.from_config(steps()).walk_revisions()}


def upgrade(url: str) -> Upgrade:
    """Bring the tables to the newest shape, and answer from which step to which; any number of processes may call this at once.

    It waits for others that read a table which is to be changed, without holding up anybody meanwhile.

    Tables of a later version are left as they are: a step only adds, so that this version, gone back to or started once
    more during an upgrade, works on them. An upgrade that is cut off or fails leaves the tables as they were.
    """
    begun = time.monotonic()
    while (done := _upgraded(url)) is None:
        waited_s = time.monotonic() - begun
        if waited_s > LOCK_PATIENCE_S:
            raise ConfigurationError(
                f"others have held the tables that are to be migrated for {waited_s / 60:.0f} minutes, as a backup does: let them end, and start again"
            )
        log.info(
            "waiting until the tables can be migrated: others read them, as a backup does", seconds=round(waited_s)
        )
        time.sleep(TABLE_PAUSE_S)
    if done.before != done.after:
        log.info("the database was migrated", before=done.before, after=done.after)
    return done


def _upgraded(url: str) -> Upgrade | None:
    """As `upgrade`; None where others hold a table that is to be changed."""
    newest = newest_known()
    try:
        with _changing(url) as connection:
            before = present(connection)
            if before is not None and is_later(before):
                log.warning("the database is of a later version of the engine", revision=before, newest_known=newest)
                return Upgrade(before, before)
            if connection.dialect.name != "sqlite":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{TABLE_PATIENCE_S * 1000:.0f}ms'")
                if before not in {None, newest}:
                    _ask_for_tables(connection)
            command.upgrade(steps(connection), "head")
    except sa.exc.OperationalError as exc:
        if getattr(exc.orig, "sqlstate", None) != NOT_AVAILABLE:
            raise
        return None
    return Upgrade(before, newest)


def _ask_for_tables(connection: sa.Connection) -> None:
    """Fail at once where others hold a table, and not after steps that built indexes, which hold up writers; gives the tables back."""
    names = sorted(set(sa.inspect(connection).get_table_names()) & set(metadata.tables))
    savepoint = connection.begin_nested()
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
    savepoint.rollback()


@contextmanager
def migration_lock(url: str) -> Iterator[sa.Engine]:
    """Let one process at a time change the tables; the others wait. Yields an engine to change them with.

    SQLite: a lock on a file beside the database; PostgreSQL: an advisory lock of a transaction that stays open, for a session may belong to a
    pooler, which keeps it. Both are given back by the system whatever happens to their holder.

    Raises:
        ConfigurationError: nothing can be written or locked beside SQLite's file, or another process has the lock for `LOCK_PATIENCE_S` seconds.
    """
    engine = open_database(url)
    try:
        if engine.dialect.name == "sqlite":
            file = sqlite_file(engine.url)
            with configured(SQLITE_SETTINGS, file.parent):
                if not file.exists():  # its user's alone, as are the logs that SQLite makes beside it
                    file.touch(mode=0o600)
                lock = file.with_name(f"{file.name}.migrating").open("w")
            with lock:
                with configured(SQLITE_SETTINGS, file.parent):
                    _wait_for_lock(partial(_take_file, lock))
                yield engine
        else:
            # between two statements such a transaction has no snapshot, for whose end an index that is built concurrently would wait
            with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
                _wait_for_lock(partial(_take_advisory, connection))
                yield engine
    finally:
        engine.dispose()


def _wait_for_lock(take: Callable[[], bool]) -> None:
    """Ask for the lock until `take` has got it.

    Not in one question: on PostgreSQL a statement that waits has a snapshot, for whose end an index waits that the lock's
    holder builds concurrently, for ever and where PostgreSQL sees no deadlock.
    """
    begun = time.monotonic()
    next_word_s = LOCK_FIRST_WORD_S
    while not take():
        waited_s = time.monotonic() - begun
        if waited_s > LOCK_PATIENCE_S:
            raise ConfigurationError(
                f"another process has kept the tables to itself for {waited_s / 60:.0f} minutes, to migrate them; where it hangs, end it "
                "(on PostgreSQL its connection: pg_locks shows who has the advisory lock), and start again"
            )
        if waited_s > next_word_s:
            log.info("waiting for the migration of another process", seconds=round(waited_s))
            next_word_s = waited_s + LOCK_WORD_EVERY_S
        time.sleep(LOCK_POLL_S)


def _take_file(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_advisory(connection: sa.Connection) -> bool:
    """Begin a transaction that has PostgreSQL's lock, and that no time limit of the server ends while it is idle."""
    if not connection.exec_driver_sql(TAKE_LOCK).scalar_one():
        connection.rollback()  # so that it waits without a snapshot, and without a connection of a pooler
        return False
    connection.exec_driver_sql(LIFT_LIMITS)
    return True


@contextmanager
def _changing(url: str) -> Iterator[sa.Connection]:
    """A connection whose changes of the tables are all made at its end, or none of them."""
    with migration_lock(url) as engine:
        if engine.dialect.name == "sqlite":
            # Python's sqlite3 begins a transaction before rows are written, but not before a table is changed
            sa.event.listen(engine, "connect", _begin_nothing)
            sa.event.listen(engine, "begin", _begin_at_once)
        with engine.begin() as connection:
            yield connection


def _begin_nothing(connection: object, record: object) -> None:
    del record  # SQLAlchemy's bookkeeping
    connection.isolation_level = None  # type: ignore[attr-defined] # of sqlite3.Connection


def _begin_at_once(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
