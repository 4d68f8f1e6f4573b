"""Goes on where a step of SQLite's tables was cut off by an engine that changed them one by one, outside a transaction."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic.ddl.sqlite import SQLiteImpl


class MissingOnly(SQLiteImpl):
    """Makes the tables, columns and indexes that are not there yet; Alembic takes it for every SQLite once it is imported."""

    __dialect__ = "sqlite"

    def create_table(self, table: sa.Table, **options: Any) -> None:  # noqa: ANN401 (Alembic's own)
        """Make it, unless there is one of the same columns: another program's must not pass for ours."""
        if self._columns(table.name) != set(table.columns.keys()):
            super().create_table(table, **options)

    def add_column(self, table_name: str, column: sa.Column[Any], **options: Any) -> None:  # noqa: ANN401 (Alembic's own)
        """Add it, unless it is there."""
        if column.name not in self._columns(table_name):
            super().add_column(table_name, column, **options)

    def create_index(self, index: sa.Index, **options: Any) -> None:  # noqa: ANN401 (Alembic's own)
        """Build it, unless it is there."""
        assert index.table is not None  # Alembic names the table of each
        if index.name not in {each["name"] for each in self._seen().get_indexes(index.table.name)}:
            super().create_index(index, **options)

    def _columns(self, table: str) -> set[str]:
        seen = self._seen()
        return {each["name"] for each in seen.get_columns(table)} if seen.has_table(table) else set()

    def _seen(self) -> sa.Inspector:
        assert self.connection is not None  # it is None only where Alembic writes a script in place of working
        return sa.inspect(self.connection)
