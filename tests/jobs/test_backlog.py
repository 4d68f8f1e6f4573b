"""How much waits and who is there, asked of SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from clipzy.jobs.backlog import Backlog, read_backlog
from clipzy.jobs.deliveries import new_delivery
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import new_job, now
from clipzy.jobs.store import Store
from clipzy.storage.database import open_database
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import jobs, tombstones, webhook_deliveries, workers
from shaped import shape
from workshop import begin, remember


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """With all tables."""
    postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_database") if postgres else f"sqlite:///{tmp_path}/clipzy.db"
    shape(url, upgrade)
    database = open_database(url)
    yield database
    database.dispose()


def test_an_engine_without_work_has_no_backlog(database):
    """Nor without workers."""
    assert read_backlog(database, 30.0) == Backlog(0.0, 0, 0, 0)


def test_what_waits_and_who_is_there_is_counted(database):
    """The oldest of the queued jobs by its age; workers that were heard of lately; deliveries that are pending."""
    store, moment = Store(database), now()
    for minutes in (5, 3, 50):
        job = new_job(video_id=f"vid_{minutes}")
        remember(store, job)
        with database.begin() as connection:
            created = moment - timedelta(minutes=minutes)
            connection.execute(sa.update(jobs).where(jobs.c.job_id == job.job_id).values(created_at=created))
    begin(store, job.job_id, Stage.VIDEO_ANALYSIS)  # the oldest waits no more
    with database.begin() as connection:
        for name, silence_s in (("a", 1), ("b", 31)):
            seen = now() - timedelta(seconds=silence_s)
            row = {"worker_id": name, "hostname": "h", "started_at": seen, "last_seen_at": seen}
            connection.execute(sa.insert(workers).values(**row))
        for job_id, status in (("job_a", "pending"), ("job_b", "delivered")):
            row = new_delivery(job_id, "https://example.com", moment, None) | {"status": status}
            connection.execute(sa.insert(webhook_deliveries).values(**row))
        for name, tries in (("a", 0), ("b", 1), ("c", 2)):  # deleted just now; looked at just now; one that stays
            row = {"prefix": f"jobs/job_{name}/", "tries": tries, "raised_at": moment, "due_at": moment}
            connection.execute(sa.insert(tombstones).values(**row))
    found = read_backlog(database, 30.0)
    assert found.oldest_s == pytest.approx(300, abs=30)
    assert (found.workers_alive, found.webhooks, found.undeleted) == (1, 1, 1)
