"""Questions to the database that operators are told to ask, asked on both of its kinds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from clipzy.jobs import moves
from clipzy.jobs.records import JobError, Standing, new_job
from clipzy.jobs.store import Store
from clipzy.storage.database import open_database
from clipzy.storage.revisions import upgrade
from shaped import shape
from workshop import begin, remember, settings_in

DOCS = Path(__file__).parents[2] / "docs"
FAILED = r'psql "\$DATABASE_URL" -c "([^"]+)"'
GIVEN = r"`(UPDATE [^`]+)`"


def sql(page, pattern):
    """What a page has of SQL."""
    return re.findall(pattern, " ".join((DOCS / page).read_text().split()))


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A store on either database."""
    on_file = request.param == "sqlite"
    url = settings_in(tmp_path).resolved_database_url if on_file else request.getfixturevalue("postgres_database")
    shape(url, upgrade)
    store = Store(open_database(url))
    yield store
    store.database.dispose()


@pytest.mark.parametrize("page", ["runbooks/ClipzyJobsFailing.md", "runbooks/ClipzyDatabaseAway.md"])
def test_failed_jobs_of_all_owners_are_listed(store, page):
    """With the sentence that each owner reads."""
    failed = new_job(video_id="vid_a", owner="alice")
    for job in (failed, new_job(video_id="vid_b")):
        remember(store, job)
    begin(store, failed.job_id, failed.stages[0])
    with store.database.begin() as connection:
        assert moves.fail(connection, failed.job_id, JobError(failed.stages[0], "it is damaged", "PROCESSING_FAILED"))
    (asked,) = sql(page, FAILED)
    with store.database.connect() as connection:
        ((job_id, owner, _moment, code, message),) = connection.execute(sa.text(asked)).all()
    assert (job_id, owner, code, message) == (failed.job_id, "alice", "PROCESSING_FAILED", "it is damaged")


def test_what_was_made_without_tokens_can_be_given_to_an_owner(store):
    """Nobody sees it, until it is his."""
    job = new_job(video_id="vid_a")
    remember(store, job)
    assert store.list_jobs(1, 20, owner="alice").total == 0
    given = sql("operations.md", GIVEN)
    assert [each.split()[1] for each in given] == ["videos", "jobs"]
    with store.database.begin() as connection:
        for each in given:
            connection.execute(sa.text(each))
    assert store.read(Standing, job.job_id, "alice").job_id == job.job_id
