"""Opens the database, SQLite or PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from clipzy.errors import ConfigurationError
from clipzy.storage.every_connection import READ_ONLY
from clipzy.storage.volume import configured, private_folder

BUSY_TIMEOUT_MS = 30_000
SQLITE_SETTINGS = "DATA_PATH or DATABASE_URL"  # which name its file
# A server whose machine is gone does not close its connections. Without these a query would wait for the
# system's own timeouts: a quarter of an hour for what was sent, two hours for an answer. libpq's names, in s and ms.
LIBPQ_TIMEOUTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
# Raised where a database is away or hangs; callers that can wait ask again.
AWAY = (sa.exc.OperationalError, sa.exc.TimeoutError)
# fails as a write would, so that an engine also gives up its connections to that server
REFUSE_READ_ONLY = """DO $$ BEGIN
    IF current_setting('transaction_read_only')::bool THEN RAISE read_only_sql_transaction; END IF;
END $$"""
REFUSALS = ("authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied for database")


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections to PostgreSQL an engine keeps, and how many more it takes for a moment."""

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
        raise ConfigurationError("DATABASE_URL is not a URL: give sqlite:///file or postgresql://…") from exc
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
    folder = sqlite_file(parsed).parent
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


def _lively(url: sa.URL) -> sa.URL:
    return url.update_query_dict({name: value for name, value in LIBPQ_TIMEOUTS.items() if name not in url.query})


def sqlite_file(url: sa.URL) -> Path:
    """The file of a database whose URL `sqlalchemy_url` has taken."""
    assert url.database is not None  # sqlalchemy_url refuses databases in memory
    return Path(url.database)


def _prepare_sqlite(connection: object, record: object) -> None:
    del record  # SQLAlchemy's bookkeeping
    connection.isolation_level = "IMMEDIATE"  # type: ignore[attr-defined] # of sqlite3.Connection
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
