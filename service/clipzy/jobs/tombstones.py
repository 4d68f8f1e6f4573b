"""Files that must still go: their row was deleted, and a storage that was away or a process that died may have kept them.

A tombstone is written in the transaction that deletes a row, and names the prefix below which its files lie. An hour later
it is looked at: what is stored there then is deleted, so that what a late writer left goes as well, and the tombstone with it.

One is also written before the files of a row that is still to come, and goes with the transaction that adds the row: where
that never happens, the files go a day later.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from clipzy.errors import StorageUnavailable
from clipzy.storage.database import database_time
from clipzy.storage.objects import ObjectStore
from clipzy.storage.tables import tombstones as table
from clipzy.telemetry import log

FIRST_LOOK = timedelta(hours=1)  # the process that deleted the row deletes the files itself, if it can
UNEXPECTED = timedelta(days=1)  # far longer than it takes to store a file and add its row
LONGEST_PAUSE = timedelta(days=1)  # between two tries; they begin with an hour and double
STUCK_TRIES = 2  # whose first look has failed
MOST_FAILURES = 3  # in a row: then the storage is away, and the rest waits for the next sweep


def bury(connection: sa.Connection, prefix: str) -> None:
    """Note, in the transaction that deletes a row, that all files below a prefix have to go."""
    _raise(connection, prefix, FIRST_LOOK)


def expect(connection: sa.Connection, prefix: str) -> None:
    """Note, before files are stored below a prefix, that they have to go unless their row is added within a day."""
    _raise(connection, prefix, UNEXPECTED)


def fulfil(connection: sa.Connection, prefix: str) -> bool:
    """End an expectation in the transaction that adds the row; False where the files were or are just being deleted."""
    untouched = sa.and_(table.c.prefix == prefix, table.c.tries == 0)
    return connection.execute(sa.delete(table).where(untouched)).rowcount == 1


def work_off(database: sa.Engine, objects: ObjectStore, stop: threading.Event) -> int:
    """Delete the files below tombstones that are due, until `stop` is set or the storage fails three times in a row.

    Answers of how many tombstones nothing is left. One whose files cannot be deleted is tried again, ever more rarely, and
    holds up no other. Any number of workers may do this at once.
    """
    done = failures = 0
    while failures < MOST_FAILURES and not stop.is_set():
        taken = _take_due(database)
        if taken is None:
            break
        try:
            objects.delete_prefix(taken.prefix)
        except (StorageUnavailable, OSError) as error:
            failures += 1
            since = taken.raised_at.isoformat()
            log.warning("files of what was deleted are still there", prefix=taken.prefix, since=since, error=str(error))
            continue
        failures = 0
        done += 1
        with database.begin() as connection:
            connection.execute(sa.delete(table).where(table.c.prefix == taken.prefix))
    return done


def count_stuck(connection: sa.Connection) -> int:
    """How many deleted jobs and videos have files that could not be deleted."""
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.tries >= STUCK_TRIES)) or 0


def _raise(connection: sa.Connection, prefix: str, pause: timedelta) -> None:
    moment = database_time(connection)
    row = {"prefix": prefix, "tries": 0, "raised_at": moment, "due_at": moment + pause}
    connection.execute(sa.insert(table).values(**row))


def _take_due(database: sa.Engine) -> sa.Row[Any] | None:
    """The row that has been due for longest, moved on to its next try whatever becomes of this one; None where none is due."""
    with database.begin() as connection:
        moment = database_time(connection)
        oldest = sa.select(table).where(table.c.due_at <= moment).order_by(table.c.due_at).limit(1)
        while (row := connection.execute(oldest).one_or_none()) is not None:
            pause = min(FIRST_LOOK * 2 ** min(row.tries, 10), LONGEST_PAUSE)
            mine = sa.and_(table.c.prefix == row.prefix, table.c.tries == row.tries)
            values = {"tries": row.tries + 1, "due_at": moment + pause}
            if connection.execute(sa.update(table).where(mine).values(**values)).rowcount == 1:
                return row
            # else another worker was faster
    return None
