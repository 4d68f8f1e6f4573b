"""What the engine keeps: its database and its storage."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from clipzy.cli.doctor.findings import Finding, fail, ok, warn
from clipzy.settings import Settings
from clipzy.storage.database import open_database, sqlalchemy_url
from clipzy.storage.objects import open_objects
from clipzy.storage.revisions import is_known, is_later, newest_known, present

MIGRATE = "`clipzy migrate` brings it there, as every start of `clipzy up`, `api` and `worker` does"
CONTENT = b"written by clipzy doctor"


def check_database(settings: Settings) -> Sequence[Finding]:
    """It answers, and has the newest shape; none is made where there is none yet."""
    url = sqlalchemy_url(settings.resolved_database_url)
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        assert url.database is not None  # sqlalchemy_url refuses databases in memory
        file = Path(url.database)
        if not file.exists():
            return [warn("database", f"{file} is not there yet", MIGRATE)]
        if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
            return [fail("database", f"{file} cannot be written to", "give this user the file and its folder")]
    database = open_database(settings.resolved_database_url)
    try:
        with database.connect() as connection:
            there = present(connection)
    except sa.exc.OperationalError as exc:
        why = str(exc.orig).strip().splitlines()[0]
        return [fail("database", f"{shown} does not answer: {why}", "start it, or check DATABASE_URL")]
    except sa.exc.DatabaseError as exc:
        return [fail("database", f"{shown}: {exc.orig}", "DATABASE_URL must name a database of Clipzy's own")]
    finally:
        database.dispose()
    return [_shape(shown, there)]


def check_storage(settings: Settings) -> Sequence[Finding]:
    """A small object is written, read and deleted."""
    objects = open_objects(settings)
    where = f"s3://{settings.s3_bucket_name}" if settings.storage_type == "s3" else str(settings.local_storage_path)
    key = f"doctor/{secrets.token_urlsafe(16)}"
    try:
        objects.put_stream(key, iter([CONTENT]))
        read = b"".join(objects.stream(key))
    finally:
        objects.delete((key,))
    if read != CONTENT:
        return [fail("storage", f"{where} returns other bytes than were written", "check the storage server")]
    return [ok("storage", f"{where}: written, read and deleted")]


def _shape(shown: str, there: str | None) -> Finding:
    newest = newest_known()
    if there == newest:
        return ok("database", f"{shown}, at the newest migration ({newest})")
    if there is None:
        return warn("database", f"{shown} is empty", MIGRATE)
    if is_later(there):
        fact = f"{shown} is at {there}, made by a later version; this one knows {newest} and works with it"
        return warn("database", fact, "use the later version again once you can")
    if not is_known(there):
        return fail("database", f"{shown} has migration {there} of another program", "use another database")
    return warn("database", f"{shown} is at {there}, the newest is {newest}", MIGRATE)
