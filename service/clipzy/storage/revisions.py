"""The steps of the database's shape, numbered from 0001 on, and how far a database has come in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).with_name("migrations")


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
