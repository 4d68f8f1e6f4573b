"""Indexes for lists, their totals and retention, which read whole tables.

For a million jobs they take some twenty seconds, in which whoever writes to these tables waits, an older version too; readers do not.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_jobs_owner_created_at", "jobs", ["owner", "created_at", "job_id"]),
    ("ix_jobs_status_created_at", "jobs", ["status", "created_at", "job_id"]),
    ("ix_jobs_owner_status_created_at", "jobs", ["owner", "status", "created_at", "job_id"]),
    ("ix_jobs_completed_at", "jobs", ["completed_at"]),
    ("ix_videos_owner_uploaded_at", "videos", ["owner", "uploaded_at", "video_id"]),
    ("ix_videos_template_video_id", "videos", ["template_video_id"]),
    ("ix_idempotency_keys_job_id", "idempotency_keys", ["job_id"]),
)


def upgrade() -> None:
    """Build them."""
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
