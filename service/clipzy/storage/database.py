"""Opens the database, SQLite or PostgreSQL, and brings its tables to the newest shape."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from alembic import command

from clipzy.errors import ConfigurationError
from clipzy.storage.every_connection import READ_ONLY
from clipzy.storage.revisions import Upgrade, is_later, newest_known, present, steps
from clipzy.storage.volume import configured, private_folder
from clipzy.telemetry import log

BUSY_TIMEOUT_MS = 30_000
SQLITE_SETTINGS = "DATA_PATH or DATABASE_URL"  # which name its file
# A server whose machine is gone says no goodbye. Without these a question to it, and whoever asked, would wait for the
# system's own patience: a quarter of an hour for what was sent, two hours for an answer. libpq's names, in s and ms.
LIBPQ_TIMEOUTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
# What a database that is away or hangs makes of a question; whoever can wait asks again.
AWAY = (sa.exc.OperationalError, sa.exc.TimeoutError)
# fails as a write would, by which an engine also gives up its connections to that server
REFUSE_READ_ONLY = """DO $$ BEGIN
    IF current_setting('transaction_read_only')::bool THEN RAISE read_only_sql_transaction; END IF;
END $$"""
REFUSALS = ("authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied for database")
MIGRATION_LOCK = 0x636C69707A79  # "clipzy", the key of PostgreSQL's advisory lock
LOCK_POLL_S = 0.2
LOCK_PATIENCE_S = 900.0  # with another process that changes the tables; a large index takes minutes
LOCK_FIRST_WORD_S, LOCK_WORD_EVERY_S = 3.0, 30.0
# A change of a table waits for whoever reads it, as a backup does for hours, and all who come after wait for the change: so it gives up soon, and
# comes again after a pause
TABLE_PATIENCE_S, TABLE_PAUSE_S = 3.0, 10.0
NOT_AVAILABLE = "55P03"  # PostgreSQL's word for a lock that did not come in time
# Neither has a parameter: what came with one keeps its cursor open on the server, with a snapshot, until the next statement.
TAKE_LOCK = f"SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})"
# limits that would end the lock's holder, who says nothing for as long as the tables are changed; a server knows some of them
LIFT_LIMITS = """SELECT set_config(name, '0', true) FROM pg_settings
    WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"""


@dataclass(frozen=True, slots=True)
class Pool:
    """Connections that an engine has to PostgreSQL: so many are kept, and so many more are taken for a moment."""

    kept: int
    more: int

    @property
    def options(self) -> dict[str, int]:
        """By SQLAlchemy's names."""
        return {"pool_size": self.kept, "max_overflow": self.more}


# A process has others beside it, for the library of the queue; the chart's README and a runbook name their sums.
OWN_POOL = Pool(20, 10)


def sqlalchemy_url(url: str) -> sa.URL:
    """The database's URL with the driver we use named in it.

    Raises:
        ConfigurationError: neither `sqlite:///file` nor `postgresql://…`.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as exc:
        raise ConfigurationError("DATABASE_URL is no URL: give sqlite:///file or postgresql://…") from exc
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigurationError("DATABASE_URL must be sqlite:///file or postgresql://…")


def open_database(url: str) -> sa.Engine:
    """An engine on the database; its connections may be used from any thread.

    SQLite: a write-ahead log, so that readers never wait for a writer, synced so that what was committed survives a power cut; foreign keys; 30 s of
    patience with other writers, who take the lock with their first write (BEGIN IMMEDIATE) and so cannot deadlock. What a transaction reads before its
    first write may be old by then: it writes first, or repeats the condition in its UPDATE.

    Raises:
        ConfigurationError: the URL is none that can be used, or the folder of SQLite's file cannot be made.
    """
    parsed = sqlalchemy_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(_lively(parsed), pool_pre_ping=True, **OWN_POOL.options)
    folder = _sqlite_file(parsed).parent
    with configured(SQLITE_SETTINGS, folder):
        private_folder(folder)
    engine = sa.create_engine(parsed)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def lively_url(url: str) -> str:
    """The URL for a library that connects by itself: to PostgreSQL with the patience that our own connections have."""
    parsed = sa.make_url(url)
    return url if parsed.get_backend_name() == "sqlite" else _lively(parsed).render_as_string(hide_password=False)


def takes_writes(database: sa.Engine) -> bool:
    """Whether it takes writes now, as a standby, or a server that is set read-only, does not."""
    # A connection that has lain in the pool may still be as the server was when it was made. It is given up with the first
    # refusal, and all that are as old with it: the second question has a new one.
    return _takes_writes_by_one(database) or _takes_writes_by_one(database)


def _takes_writes_by_one(database: sa.Engine) -> bool:
    if database.dialect.name == "sqlite":
        return True
    try:
        with database.connect() as connection:
            connection.exec_driver_sql(REFUSE_READ_ONLY)
    except sa.exc.OperationalError as exc:
        if getattr(exc.orig, "sqlstate", None) == READ_ONLY:
            return False
        raise
    return True


def database_time(connection: sa.Connection) -> datetime:
    """This moment by the clock that all who use the database share: PostgreSQL's own; SQLite has this machine's."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def refusal_in(error: sa.exc.OperationalError) -> str | None:
    """Why a PostgreSQL server refuses the user, password or database; None for errors that may pass by themselves."""
    # libpq keeps no SQLSTATE of a connection that was refused; a server that speaks another language is waited for
    _, fatal, said = str(error.orig).rpartition("FATAL: ")
    return said.strip() if fatal and any(words in said for words in REFUSALS) else None


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
            command.upgrade(steps(connection), "head")
    except sa.exc.OperationalError as exc:
        if getattr(exc.orig, "sqlstate", None) != NOT_AVAILABLE:
            raise
        return None
    return Upgrade(before, newest)


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
            file = _sqlite_file(engine.url)
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
        connection.rollback()  # whoever waits has no snapshot, and keeps no connection of a pooler
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


def _lively(url: sa.URL) -> sa.URL:
    return url.update_query_dict({name: value for name, value in LIBPQ_TIMEOUTS.items() if name not in url.query})


def _sqlite_file(url: sa.URL) -> Path:
    assert url.database is not None  # sqlalchemy_url refuses databases in memory
    return Path(url.database)


def _prepare_sqlite(connection: object, record: object) -> None:
    del record  # SQLAlchemy's bookkeeping
    connection.isolation_level = "IMMEDIATE"  # type: ignore[attr-defined] # of sqlite3.Connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
