"""What ends a running stage, and how its progress reaches the job's row."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from clipzy.errors import JobTimeout
from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import new_job
from clipzy.jobs.watch import Attempt, Gone, Watch, WorkerStopping
from clipzy.storage.tables import jobs
from workshop import begin, remember

STAGE = Stage.RENDERING


@pytest.fixture
def job(store):
    """A job in its first attempt at rendering."""
    job = new_job(video_id="vid_a")
    remember(store, job)
    begin(store, job.job_id, STAGE, attempts=1)
    return job


def watch(store, job, *, number=1, left_s=60.0, stopping=None):
    """On that attempt at the job's stage."""
    return Watch(store, Attempt(job.job_id, STAGE, number), stopping or threading.Event(), left_s)


def test_a_sound_job_goes_on(store, job):
    """A look at it raises nothing."""
    watch(store, job).check()


def test_a_cancelled_job_ends_the_stage(store, job):
    """The next look after the cancel finds it gone."""
    store.cancel_job(job.job_id)
    with pytest.raises(Gone):
        watch(store, job).check()


def test_a_deleted_job_ends_the_stage(store, job):
    """Cancelled and deleted between two looks: gone as well."""
    store.cancel_job(job.job_id)
    store.delete_job(job.job_id)
    with pytest.raises(Gone):
        watch(store, job).check()


def test_a_job_out_of_time_ends_the_stage(store, job):
    """With advice for its owner."""
    with pytest.raises(JobTimeout, match="a shorter video"):
        watch(store, job, left_s=0.0).check()


def test_a_stopping_worker_ends_the_stage(store, job):
    """No `Exception`, so that no code on the way takes it for the stage's outcome."""
    stopping = threading.Event()
    watching = watch(store, job, stopping=stopping)
    watching.check()
    stopping.set()
    with pytest.raises(WorkerStopping):
        watching.check()
    assert not issubclass(WorkerStopping, Exception)


def test_progress_never_goes_back(store, job):
    """Whatever the stage reports, the row only rises, in its stage's band."""
    watching = watch(store, job)
    seen = []
    for fraction in (0.5, 0.2, 0.9, 0.0, 1.0):
        watching.listener().progress(fraction)
        watching.check()
        seen.append(store.get_job(job.job_id).progress_percent)
    assert seen == [92, 92, 97, 97, 99]


def test_an_older_attempt_is_ended(store, job):
    """A worker that was thought lost leaves the job alone that another one has taken over, and moves nothing."""
    old = watch(store, job, number=1)
    with store.database.begin() as connection:
        moves.claim_attempt(connection, job.job_id)
    old.listener().progress(0.9)
    with pytest.raises(Gone):
        old.check()
    assert store.get_job(job.job_id).progress_percent == 86


def test_what_a_jobs_owner_is_warned_of_is_in_the_log(store, job):
    """While the stage still runs, as that it waits for Triton."""
    watching = watch(store, job)
    with capture_logs() as lines:
        watching.listener().warn("waiting for Triton")
    assert [line["warning"] for line in lines] == watching.warnings == ["waiting for Triton"]


def test_a_stage_that_is_repeated_says_nothing_new(store, job):
    """Its progress and its warnings were told before."""
    watching = watch(store, job)
    watching.silent().progress(0.9)
    watching.silent().warn("dark")
    watching.check()
    assert store.get_job(job.job_id).progress_percent == 86
    assert not watching.warnings


def test_a_database_that_is_away_for_a_moment_costs_no_stage(store, job):
    """The look is missed, the stage goes on, and the progress is written at the next one."""
    watching = watch(store, job)
    watching.listener().progress(0.5)
    with store.database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE jobs RENAME TO away"))
    watching.check()
    with store.database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO jobs"))
    watching.check()
    with store.database.connect() as connection:
        assert connection.scalar(sa.select(jobs.c.progress_percent)) == 92
