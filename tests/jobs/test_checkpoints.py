"""What the durable queue remembers of a job: all of it until the job has ended, and then nothing."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from dbos._schemas.datasource_database import datasource_outputs_table

from clipzy.jobs import checkpoints
from clipzy.jobs.checkpoints import forget_checkpoints
from clipzy.jobs.lifecycle import Stage, Status
from workshop import Workshop, in_stage


@pytest.fixture
def workshop(request, tmp_path, kind):
    """A job engine, on either database."""
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_database")
    with Workshop(tmp_path, database_url=url) as workshop:
        yield workshop


def remembered(workshop, job_id):
    """The queue's tables that have a row of a job."""
    schema = None if workshop.database.dialect.name == "sqlite" else "dbos"
    known = sa.MetaData()
    known.reflect(workshop.database, schema=schema)
    found = set()
    with workshop.database.connect() as connection:
        for table in known.tables.values():
            for name in ("workflow_uuid", "workflow_id"):
                if name in table.c:
                    asked = sa.select(sa.func.count()).where(table.c[name] == job_id)
                    found |= {table.name} if connection.scalar(asked) else set()
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_queue_forgets_a_job_that_has_ended(workshop):
    """While it runs all that resumes it is there, in whichever table; soon after its end there is nothing."""
    workshop.start_worker(tidying_s="0.3")
    job = workshop.submit({"audio_analysis": [["sleep", 1.5]]})
    workshop.wait(job.job_id, in_stage(Stage.AUDIO_ANALYSIS))
    time.sleep(0.7)  # in which it tidies up at least once
    assert remembered(workshop, job.job_id) >= {"workflow_status", "operation_outputs", "datasource_outputs"}
    assert workshop.wait(job.job_id).status is Status.COMPLETED
    deadline = time.monotonic() + 60
    while left := remembered(workshop, job.job_id):
        assert time.monotonic() < deadline, f"{left}; the worker said {workshop.said()}"
        time.sleep(0.1)
    assert workshop.store.get_job(job.job_id).status is Status.COMPLETED


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("many", [1, 3], ids=["one", "more than are looked at together"])
def test_what_shows_that_a_job_is_lost_stays(workshop, monkeypatch, many):
    """The entry of a job that has not ended, among any number of others that have."""
    monkeypatch.setattr(checkpoints, "AGE", timedelta(0))
    monkeypatch.setattr(checkpoints, "AT_ONCE", 2)
    client = workshop.engine._client
    submitted = [workshop.submit().job_id for _ in range(5 + many)]
    lost, ended = submitted[:many], submitted[many:]
    for job_id in lost:
        client().cancel_workflow(job_id)
    for job_id in ended:
        workshop.engine.cancel(job_id)
    results = SimpleNamespace(engine=workshop.database, _outputs_table=datasource_outputs_table(None))
    stop = threading.Event()
    for_ever = threading.Timer(20, stop.set)
    for_ever.start()
    assert forget_checkpoints(workshop.store, client(), results, stop) == len(ended)
    for_ever.cancel()
    assert {entry.workflow_id for entry in client().list_workflows()} == set(lost)
