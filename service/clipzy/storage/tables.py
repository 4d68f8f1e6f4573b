"""The engine's tables, as SQLAlchemy sees them: `migrations/` creates them; those of the queue are its library's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_label)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: refuses naive values, and gives aware ones back from SQLite too, which drops the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Into the database: UTC."""
        del dialect  # every database is given the same
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone was about to be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Out of the database: aware, in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True)


videos = sa.Table(
    "videos",
    metadata,
    sa.Column("video_id", sa.String, primary_key=True),
    sa.Column("filename", sa.String, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("storage_key", sa.String, nullable=False),
    sa.Column("metadata", _json(), nullable=False),
    sa.Column("uploaded_at", UtcDateTime, nullable=False),
    sa.Column("template_video_id", sa.String),
    sa.Column("webhook_url", sa.String),
    # Of the token that uploaded it; none where no tokens are configured.
    sa.Column("owner", sa.String),
    sa.Index("ix_videos_uploaded_at", "uploaded_at"),
    sa.Index("ix_videos_owner", "owner"),
    sa.Index("ix_videos_owner_uploaded_at", "owner", "uploaded_at", "video_id"),  # an owner's list, in its order
    sa.Index("ix_videos_template_video_id", "template_video_id"),
)

IS_ACTIVE: Any = sa.text("status IN ('queued', 'processing')")

# A job keeps the ids of its videos after they are deleted, so these are no foreign keys.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("video_id", sa.String),
    sa.Column("template_video_id", sa.String),
    sa.Column("config", _json(), nullable=False),
    sa.Column("work_hash", sa.String(64), nullable=False),
    sa.Column("webhook_url", sa.String),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("progress_percent", sa.Integer, nullable=False),
    sa.Column("current_stage", sa.String),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    sa.Column("error", _json()),
    sa.Column("style_json", _json()),
    sa.Column("output_key", sa.String),
    sa.Column("artifacts", _json(), nullable=False),
    sa.Column("warnings", _json(), nullable=False),
    sa.Column("processing_time_seconds", sa.Float),
    # Times any stage of the job was begun: names the attempt's folder, and lets only the newest report progress.
    sa.Column("attempt", sa.Integer, nullable=False),
    # Attempts at the present stage that began and never came to an end: the worker died under them.
    sa.Column("lost_attempts", sa.Integer, nullable=False),
    sa.Column("owner", sa.String),
    sa.Column("metadata", _json(), nullable=False, server_default="{}"),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    # Of the config, which may be large: whether there is a style in it.
    sa.Column("style_given", sa.Boolean, nullable=False, server_default=sa.false()),
    # The request that created it, and its place in a trace.
    sa.Column("origin", _json()),
    sa.CheckConstraint("status IN ('queued', 'processing', 'completed', 'failed', 'cancelled')", name="status"),
    sa.CheckConstraint("progress_percent BETWEEN 0 AND 100", name="progress"),
    sa.CheckConstraint("(progress_percent = 100) = (status = 'completed')", name="hundred_is_completed"),
    sa.CheckConstraint("(current_stage IS NULL) = (status <> 'processing')", name="stage_while_processing"),
    sa.Index("ix_jobs_created_at", "created_at"),
    sa.Index("ix_jobs_status", "status"),
    sa.Index("ix_jobs_video_id", "video_id"),
    sa.Index("ix_jobs_owner", "owner"),
    sa.Index("ix_jobs_template_video_id", "template_video_id"),
    # lists in their order, and their totals, are read from these alone
    sa.Index("ix_jobs_owner_created_at", "owner", "created_at", "job_id"),
    sa.Index("ix_jobs_status_created_at", "status", "created_at", "job_id"),
    sa.Index("ix_jobs_owner_status_created_at", "owner", "status", "created_at", "job_id"),
    sa.Index("ix_jobs_completed_at", "completed_at"),
    sa.Index("uq_jobs_active_work", "work_hash", unique=True, sqlite_where=IS_ACTIVE, postgresql_where=IS_ACTIVE),
)

# One row a job that was created with an Idempotency-Key: the same key with the same body leads to the same job.
idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("owner", sa.String, primary_key=True),  # "" where no tokens are configured
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("body_hash", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_idempotency_keys_created_at", "created_at"),
    sa.Index("ix_idempotency_keys_job_id", "job_id"),
)

# What has to be told to a job's owner: written in the transaction that ends the job, one row a job.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("delivery_id", sa.String, primary_key=True),
    sa.Column("job_id", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Not before this; a worker that takes it moves the moment on, so that it is tried again should the worker die.
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("log", _json(), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    # Of the job, and of the URL: by both deliveries are shared out. An older version writes no host.
    sa.Column("owner", sa.String),
    sa.Column("host", sa.String),
    sa.CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status"),
    sa.Index("uq_webhook_deliveries_job_id", "job_id", unique=True),
    sa.Index("ix_webhook_deliveries_due", "status", "due_at"),
    sa.Index("ix_webhook_deliveries_due_owner", "status", "due_at", "owner"),
    sa.Index("ix_webhook_deliveries_due_host", "status", "due_at", "owner", "host"),
)

# One row a deleted job or video whose files must still go: written in the transaction that deletes its row.
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("prefix", sa.String, primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Index("ix_tombstones_due_at", "due_at"),
)

workers = sa.Table(
    "workers",
    metadata,
    sa.Column("worker_id", sa.String, primary_key=True),
    sa.Column("hostname", sa.String, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_seen_at", UtcDateTime, nullable=False),
)
