"""Jobs that belong to a living worker, of which no thread runs them any more."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from clipzy.jobs import queue_internals
from clipzy.jobs.lifecycle import Status
from clipzy.jobs.strays import Strays
from workshop import Workshop, place


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def workshop(request, tmp_path):
    """A job engine without a worker."""
    with Workshop(tmp_path, max_concurrent_jobs=2, heartbeat_interval_s=0.2, **place(request)) as workshop:
        yield workshop


def name_of_worker(workshop):
    """Under which its worker takes jobs, as soon as it does."""
    file = workshop.settings.data_path / "workers" / "0.name"
    deadline = time.monotonic() + 20
    while "worker is ready" not in workshop.said():
        assert time.monotonic() < deadline, workshop.said()
        time.sleep(0.02)
    return file.read_text()


def take_without_a_thread(workshop, job, worker):
    """Let the queue say of a job that a worker runs it."""
    status = "workflow_status" if workshop.database.dialect.name == "sqlite" else "dbos.workflow_status"
    taken = f"UPDATE {status} SET status = 'PENDING', executor_id = :worker, owner_xid = 'x' WHERE workflow_uuid = :job"
    with workshop.database.begin() as connection:
        workshop.engine._enqueue(connection, job)
        connection.execute(sa.text(taken), {"worker": worker, "job": job.job_id})


def test_one_look_is_not_enough(monkeypatch):
    """A job that was just taken has no thread yet, and one that has just ended has none any more; taken once more it is another."""
    put_back = []
    monkeypatch.setattr(queue_internals, "running_here", lambda _dbos: frozenset({"job_running"}))
    monkeypatch.setattr(
        queue_internals, "put_back", lambda _dbos, job_id, worker: not put_back.append((job_id, worker))
    )
    looks = iter(
        [
            [("job_running", 1), ("job_taken_again", 1), ("job_ending", 1), ("job_stray", 1)],
            [("job_running", 1), ("job_taken_again", 2), ("job_taken", 2), ("job_stray", 1)],
        ]
    )

    class Queue:
        """What it says of this worker's jobs."""

        @staticmethod
        def list_workflows(**_):
            """Those of the next look."""
            return [SimpleNamespace(workflow_id=job_id, dequeued_at=at) for job_id, at in next(looks)]

    strays = Strays(Queue, "worker")
    assert strays.requeue() == ()
    assert strays.requeue() == ("job_stray",)
    assert put_back == [("job_stray", "worker")]


def test_a_job_whose_thread_died_is_put_on_the_queue_again(workshop):
    """Its worker lives, so that no other takes it over; what a thread does run is left alone."""
    workshop.start_worker(looks_s="0.2")
    worker = name_of_worker(workshop)
    stray = workshop.remember({})
    take_without_a_thread(workshop, stray, worker)
    running = workshop.submit({"video_analysis": [["sleep", 0.6]]})
    for job in (stray, running):
        assert workshop.wait(job.job_id).status is Status.COMPLETED
        assert workshop.journal(job.job_id) == [stage.value for stage in job.stages]
