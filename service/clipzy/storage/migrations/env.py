"""Runs Alembic's steps on the connection that clipzy.storage.revisions hands over."""

from __future__ import annotations

from alembic import context

import clipzy.storage.migrations.half_made  # noqa: F401 (makes itself known to Alembic)
from clipzy.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
