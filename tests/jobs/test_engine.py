"""Taking jobs in and cancelling them, on the real queue without a worker."""

from __future__ import annotations

import json
import multiprocessing

import pytest
import sqlalchemy as sa

from clipzy.errors import (
    ConfigurationError,
    JobAlreadyProcessing,
    JobNotCancellable,
    JobNotFound,
    QueueFull,
    VideoNotFound,
)
from clipzy.jobs.engine import prepare_database
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.records import Ending, new_job
from clipzy.storage.database import LIBPQ_TIMEOUTS
from wire import Wire
from workshop import Workshop


@pytest.fixture
def workshop(tmp_path):
    """An engine whose jobs nobody takes; three may wait."""
    with Workshop(tmp_path, max_queued_jobs=3) as workshop:
        yield workshop


@pytest.fixture
def wire(postgres):
    """The way to a real PostgreSQL, which is cut."""
    wire = Wire(postgres.port)
    wire.cut()
    yield wire
    wire.cut()


@pytest.fixture
def far_database(postgres_database, wire):
    """The URL of an empty database at the end of that wire."""
    return str(sa.make_url(postgres_database).set(port=wire.port))


def test_a_database_that_is_away_at_the_start_is_waited_for(far_database, wire):
    """Its tables are made as soon as it answers."""
    assert prepare_database(far_database, lambda: bool(wire.mend()))
    wire.cut()


def test_processes_that_start_at_once_prepare_it_one_after_the_other(postgres_database):
    """API, worker and migration of a fresh installation: the queue's tables and indexes too, of which each would make all."""
    starting = multiprocessing.get_context("forkserver")
    processes = [
        starting.Process(target=prepare_database, args=(postgres_database, never), daemon=True) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_no_connection_that_prepares_it_waits_for_ever(postgres_database):
    """Neither ours nor the queue's: a server that is gone without a word would hold up the start for a quarter of an hour."""
    patience = []

    def note(_dialect, _record, _arguments, options):
        patience.append({name: options.get(name) for name in LIBPQ_TIMEOUTS})

    sa.event.listen(sa.Engine, "do_connect", note)
    try:
        prepare_database(postgres_database)
    finally:
        sa.event.remove(sa.Engine, "do_connect", note)
    assert len(patience) > 3
    assert all(each == LIBPQ_TIMEOUTS for each in patience), patience


def test_whoever_is_asked_to_end_waits_for_no_database(far_database):
    """Nor fails because of it."""
    assert not prepare_database(far_database, lambda: True)


def test_a_database_that_is_there_and_refuses_is_not_waited_for(postgres_database):
    """A name that it does not have will be as wrong in a minute."""
    url = str(sa.make_url(postgres_database).set(database="of_nobody"))
    with pytest.raises(ConfigurationError, match='"of_nobody" does not exist; check DATABASE_URL'):
        prepare_database(url, lambda: pytest.fail("it waits"))


def test_no_file_is_waited_for(tmp_path):
    """It would not come back by itself."""
    (tmp_path / "clipzy.db").mkdir()
    with pytest.raises(sa.exc.OperationalError):
        prepare_database(f"sqlite:///{tmp_path / 'clipzy.db'}", lambda: pytest.fail("it waits"))


def never():
    """Whether it is asked to end."""
    return False


def queue_entries(workshop):
    """What the queue holds, by job id."""
    found = workshop.engine._client().list_workflows()
    return {entry.workflow_id: entry.status for entry in found}


def test_a_submitted_job_is_in_the_table_and_on_the_queue(workshop):
    """Both under the job's id."""
    job = workshop.submit()
    assert workshop.store.get_job(job.job_id).status is Status.QUEUED
    assert queue_entries(workshop) == {job.job_id: "ENQUEUED"}


@pytest.mark.parametrize("refusal", [JobAlreadyProcessing, VideoNotFound, QueueFull], ids=lambda error: error.code)
def test_a_refused_job_leaves_nothing_behind(workshop, refusal):
    """Row and queue entry are one transaction: a duplicate, a lost video or a full queue adds neither."""
    first = workshop.submit()
    if refusal is QueueFull:
        workshop.submit()
        workshop.submit()
    before = queue_entries(workshop)
    video = {JobAlreadyProcessing: first.video_id, VideoNotFound: "vid_gone"}.get(refusal) or workshop.add_video()
    with pytest.raises(refusal):
        workshop.engine.submit(new_job(video_id=video))
    assert queue_entries(workshop) == before
    assert workshop.store.list_jobs().total == len(before)


def test_a_row_that_cannot_be_written_queues_nothing(workshop):
    """The queue's entry is rolled back with the row, whatever went wrong after it."""

    def fail_at_commit(_connection):
        raise ConnectionError("the database went away")

    video = workshop.add_video()
    sa.event.listen(workshop.database, "commit", fail_at_commit)
    with pytest.raises(ConnectionError):
        workshop.engine.submit(new_job(video_id=video))
    sa.event.remove(workshop.database, "commit", fail_at_commit)
    assert queue_entries(workshop) == {}
    assert workshop.store.list_jobs().total == 0


def test_a_job_that_waits_is_cancelled_at_once(workshop):
    """It has ended in the table and will not be taken from the queue."""
    job = workshop.submit()
    assert workshop.engine.cancel(job.job_id).status is Status.CANCELLED
    assert queue_entries(workshop) == {job.job_id: "CANCELLED"}


def test_a_cancel_that_is_written_is_answered_as_such(workshop):
    """Though the database goes away right after the commit: an error would be about a cancel that has happened."""
    job = workshop.submit()

    def away(_connection):
        raise sa.exc.OperationalError("SELECT", {}, ConnectionError("the server closed the connection"))

    sa.event.listen(workshop.database, "commit", lambda _: sa.event.listen(workshop.database, "begin", away), once=True)
    cancelled = workshop.engine.cancel(job.job_id)
    sa.event.remove(workshop.database, "begin", away)
    assert cancelled.status is Status.CANCELLED
    assert cancelled == workshop.store.read(Ending, job.job_id, None)


def test_what_cannot_be_cancelled_is_said(workshop):
    """A job that has ended, and one that never was."""
    job = workshop.submit()
    workshop.engine.cancel(job.job_id)
    with pytest.raises(JobNotCancellable):
        workshop.engine.cancel(job.job_id)
    with pytest.raises(JobNotFound):
        workshop.engine.cancel("job_x")


def test_another_owners_job_is_not_there_to_be_cancelled(workshop):
    """It answers as for an id that never was, and the job goes on."""
    job = workshop.submit(owner="ada")
    with pytest.raises(JobNotFound):
        workshop.engine.cancel(job.job_id, owner="eve")
    assert workshop.store.get_job(job.job_id).status is Status.QUEUED


def test_preparing_a_database_twice_changes_nothing(workshop):
    """Every process does it at its start; what is in the tables stays."""
    job = workshop.submit()
    prepare_database(workshop.settings.resolved_database_url)
    assert queue_entries(workshop) == {job.job_id: "ENQUEUED"}


def test_the_queue_keeps_json_and_never_pickles(workshop):
    """What is in a table is read, never run: the entry's arguments are the job's id, as text."""
    job = workshop.submit()
    with workshop.database.connect() as connection:
        inputs = connection.scalar(sa.text("SELECT inputs FROM workflow_input"))
    assert json.loads(inputs)["positionalArgs"] == [job.job_id]
