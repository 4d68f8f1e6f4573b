"""Hosts of webhook deliveries, by which they are shared out as by owners; one that an older version writes has none."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# That are named here, in a second or two in which nobody reads the table; the rest is shared out as before
MOST = 10_000


def upgrade() -> None:
    """Add the column, and an index that has it; of what is still to be sent the hosts are named."""
    op.add_column("webhook_deliveries", sa.Column("host", sa.String()))
    columns = ["status", "due_at", "owner", "host"]
    op.create_index("ix_webhook_deliveries_due_host", "webhook_deliveries", columns)
    table = sa.table("webhook_deliveries", *map(sa.column, ("delivery_id", "url", "status", "due_at", "host")))
    pending = sa.select(table.c.delivery_id, table.c.url).where(table.c.status == "pending")
    found = op.get_bind().execute(pending.order_by(table.c.due_at).limit(MOST)).all()
    named = [{"this": delivery_id, "its_host": host} for delivery_id, url in found if (host := _host(url)) is not None]
    if named:
        this = table.c.delivery_id == sa.bindparam("this")
        op.get_bind().execute(sa.update(table).where(this).values(host=sa.bindparam("its_host")), named)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:  # it fails by itself
        return None
