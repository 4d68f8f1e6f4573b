"""Databases in the engine's shape: made by its migrations once in this process, and copied from then on, which takes a tenth of the time."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

import psycopg
import sqlalchemy as sa

Prepare = Callable[[str], None]


def shape(url: str, prepare: Prepare) -> None:
    """Make of an empty database what `prepare(url)` would make of it: `upgrade`, or `prepare_database`."""
    parsed = sa.make_url(url)
    assert parsed.database
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database)
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_sqlite(prepare), path)
        return
    server, name = parsed.set(database="postgres"), parsed.database
    _sql(server, f'DROP DATABASE "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{_postgres(server, prepare)}"')


@cache
def _sqlite(prepare: Prepare) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="clipzy-shaped-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepare(f"sqlite:///{folder}/shaped.db")
    return folder / "shaped.db"


@cache
def _postgres(server: sa.URL, prepare: Prepare) -> str:
    name = f"shaped_{prepare.__name__}"
    _sql(server, f'CREATE DATABASE "{name}"')
    prepare(server.set(database=name).render_as_string(hide_password=False))
    return name


def _sql(server: sa.URL, *statements: str) -> None:
    with closing(psycopg.connect(server.render_as_string(hide_password=False), autocommit=True)) as connection:
        for statement in statements:
            connection.execute(statement)
