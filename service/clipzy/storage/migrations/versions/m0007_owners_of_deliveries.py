"""Owners of webhook deliveries, by which they are shared out; one that an older version writes has none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and an index that has it."""
    op.add_column("webhook_deliveries", sa.Column("owner", sa.String()))
    op.create_index("ix_webhook_deliveries_due_owner", "webhook_deliveries", ["status", "due_at", "owner"])
