"""Whether a job was given its style, which lists tell without its config; one that an older version writes says no."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and look at the configs of the jobs that there are."""
    op.add_column("jobs", sa.Column("style_given", sa.Boolean(), nullable=False, server_default=sa.false()))
    jobs = sa.table("jobs", sa.column("config", sa.JSON()), sa.column("style_given", sa.Boolean()))
    given = _looked_into(jobs.c.config)["style"].as_string().is_not(None)
    op.execute(sa.update(jobs).where(given).values(style_given=True))


def _looked_into(config: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The document without what PostgreSQL keeps in one and does not look past, zero characters; whether a field is there stays as it is."""
    if op.get_bind().dialect.name == "sqlite":
        return config
    # first the backslashes of texts, each written as two: what is left of a zero is then never a half of those
    plain = sa.func.replace(sa.func.replace(sa.cast(config, sa.Text()), r"\\", ""), r"\u0000", "")
    return sa.cast(plain, sa.JSON())
