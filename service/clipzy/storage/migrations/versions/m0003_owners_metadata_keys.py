"""Owners of videos and jobs, metadata and priority of jobs, idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    # not in batch mode, which would copy the table on SQLite and lose the WHERE of its unique index
    op.add_column("videos", sa.Column("owner", sa.String()))
    op.create_index("ix_videos_owner", "videos", ["owner"])
    op.add_column("jobs", sa.Column("owner", sa.String()))
    op.add_column("jobs", sa.Column("metadata", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("jobs", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_jobs_owner", "jobs", ["owner"])
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.String(64), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
