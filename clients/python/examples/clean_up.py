"""Deletes what ended more than some days ago, with its files.

`python clean_up.py DAYS`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

from clipzy_client import Client


def main(days: str) -> None:
    """Find them first: what is deleted while a list is gone through moves the rest of it."""
    limit = datetime.now(UTC) - timedelta(days=float(days))
    with Client(os.environ.get("CLIPZY_URL", "http://localhost:8000"), token=os.environ.get("CLIPZY_TOKEN")) as client:
        old = [job.job_id for job in client.jobs.iterate() if job.completed_at is not None and job.completed_at < limit]
        for job_id in old:
            client.jobs.delete(job_id)
        print(f"deleted {len(old)} jobs")


if __name__ == "__main__":
    main(*sys.argv[1:])
