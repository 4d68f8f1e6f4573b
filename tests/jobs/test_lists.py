"""Lists, counts and what retention looks for are read from indexes, on both databases: none of them grows with the table."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from clipzy.jobs import video_store
from clipzy.jobs.backlog import read_backlog
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.records import new_job, now
from clipzy.jobs.store import Store
from clipzy.storage.database import open_database
from clipzy.storage.revisions import upgrade
from workshop import remember


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty one."""
    postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_database") if postgres else f"sqlite:///{tmp_path}/clipzy.db"
    upgrade(url)
    store = Store(open_database(url))
    yield store
    store.database.dispose()


def plans(database, question):
    """How the database goes about each statement of a question."""
    sent = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.startswith("SELECT") and "FROM" in statement:
            sent.append((statement, parameters))

    sa.event.listen(database, "before_cursor_execute", note)
    try:
        question()
    finally:
        sa.event.remove(database, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.dialect.name == "sqlite" else "EXPLAIN "
    found = []
    with database.connect() as connection:
        if database.dialect.name != "sqlite":
            # of an empty table the whole is soonest read and sorted
            for way in ("seqscan", "bitmapscan", "sort"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        for statement, parameters in sent:
            rows = connection.exec_driver_sql(explain + statement, parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    assert found
    return found


QUESTIONS = {
    "all jobs": lambda store: store.list_jobs(),
    "an owner's jobs": lambda store: store.list_jobs(owner="alice"),
    "jobs in a status": lambda store: store.list_jobs(status=Status.COMPLETED),
    "an owner's jobs in a status": lambda store: store.list_jobs(status=Status.FAILED, owner="alice"),
    "all videos": lambda store: store.list_videos(),
    "an owner's videos": lambda store: store.list_videos(owner="alice"),
    "jobs that have not ended": lambda store: store.count_active(),
    "the backlog": lambda store: read_backlog(store.database, 30.0),
    "old jobs": lambda store: store.jobs_ended_before(now() - timedelta(days=1), 50),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_reads_a_whole_table_or_sorts_it(store, name):
    """In the order of an index, whose last term alone may be sorted. Of workers, and of the last hour's deletions, there are never many."""
    for plan in plans(store.database, lambda: QUESTIONS[name](store)):
        about = re.sub(r".*\b(workers|tombstones)\b.*", "", plan)
        assert not re.search(r"SCAN (jobs|videos|webhook_deliveries)(?! USING)", about), plan
        assert "TEMP B-TREE FOR ORDER BY" not in about, plan
        assert "Seq Scan" not in about, plan
        assert not re.search(r"(?<!Incremental )Sort  \(", about), plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # PostgreSQL knows how many jobs an owner has
@pytest.mark.parametrize("status", [None, Status.COMPLETED], ids=["any", "completed"])
@pytest.mark.parametrize("owner", [None, "alice"], ids=["all", "an owner's"])
def test_the_jobs_of_a_video_are_found_by_it(store, owner, status):
    """Not among all of an owner's, or all in a status, who may have a million."""
    plan = "\n".join(plans(store.database, lambda: store.list_jobs(status=status, video_id="vid_1", owner=owner)))
    assert plan.count("ix_jobs_video_id (video_id=?)") == plan.count("ix_jobs_template_video_id") == 2
    assert "owner" not in plan
    assert "status" not in plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("owner", [None, "alice"], ids=["all", "an owner's"])
def test_videos_are_found_by_their_ids(store, owner):
    """However many an owner has."""
    plan = "\n".join(plans(store.database, lambda: store.list_videos(owner=owner, video_ids=("vid_1", "vid_2"))))
    assert plan.count("(video_id=?)") == 3
    assert "owner" not in plan


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_of_pages_before_the_one_that_is_asked_for_no_row_is_read(store):
    """But their names, for config and style may have megabytes."""
    made = [new_job(video_id=f"vid_{number}") for number in range(5)]
    for job in made:
        remember(store, job)
    sent = []
    sa.event.listen(store.database, "before_cursor_execute", lambda *given: sent.append(given[2]))
    assert [job.job_id for job in store.list_jobs(page=2, page_size=2).items] == [made[2].job_id, made[1].job_id]
    assert store.list_jobs(page=9).items == ()
    assert all(re.match(r"SELECT jobs\.job_id\s+FROM", each) for each in sent if "OFFSET" in each)


def test_a_small_total_is_exact_and_a_large_one_a_few_seconds_old(store, monkeypatch):
    """Each list by itself: what one owner adds does not show in the total of another, nor in that of a status."""
    monkeypatch.setattr(video_store, "LARGE", 3)
    monkeypatch.setattr(video_store, "KEPT_S", 1.0)
    totals = []
    for number in range(5):
        remember(store, new_job(video_id=f"vid_{number}", owner="alice"))
        totals.append(store.list_jobs().total)
        assert store.list_jobs(owner="bob").total == 0
    assert totals == [1, 2, 3, 3, 3]
    assert store.list_jobs(status=Status.QUEUED).total == 5
    assert len(store.list_jobs().items) == 5
    time.sleep(1.1)
    assert store.list_jobs().total == 5


def test_totals_that_are_kept_are_bounded(store, monkeypatch):
    """However many lists are asked for."""
    monkeypatch.setattr(video_store, "LARGE", 0)
    monkeypatch.setattr(video_store, "MOST_TOTALS", 5)
    for number in range(20):
        store.list_videos(owner=str(number))
        assert len(store._totals) <= 5
