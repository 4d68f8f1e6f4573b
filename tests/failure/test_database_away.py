"""The database goes away while jobs run, and comes back."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
import sqlalchemy as sa

from clipzy.jobs import patience
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.patience import patiently
from failure.ledger import ledger_of
from ports import free_port
from processes import started
from servers import Postgres
from workshop import Workshop, in_stage


@pytest.fixture
def postgres():
    """A PostgreSQL of the test's own, to be stopped."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def workshop(postgres, tmp_path):
    """A job engine on it."""
    workshop = Workshop(
        tmp_path,
        database_url=postgres.new_database(),
        heartbeat_interval_s=0.5,
        worker_lost_after_s=30.0,
        webhook_allowed_networks="127.0.0.0/8",
    )
    yield workshop
    workshop.close()


def run_through(postgres, workshop, stage, away_s):
    """A job in the middle of whose stage the database is stopped for so long; what must hold in the end."""
    with ledger_of(workshop) as ledger:
        with workshop.worker():
            keep = ["publish", {"output.mp4" if stage is Stage.RENDERING else "a.json": "{}"}]
            job = ledger.submit({stage.value: [["sleep", 2.0], keep]})
            workshop.wait(job.job_id, in_stage(stage))
            postgres.stop(signal.SIGINT)
            time.sleep(away_s)
            postgres.start()
            ledger.wait_until_all_ended(90)
        assert ledger.audit().keys() == {Status.COMPLETED}
    assert workshop.journal(job.job_id) == [each.value for each in job.stages]


def test_an_api_that_waits_for_its_database_ends_when_it_is_asked_to(tmp_path):
    """It need not come back for that; and it is waited for, not failed over."""
    environment = {
        "DATABASE_URL": f"postgresql://clipzy:secret@127.0.0.1:{free_port()}/clipzy",
        "DATA_PATH": str(tmp_path),
        "LOCAL_STORAGE_PATH": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
    }
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with started(sys.executable, "-m", "clipzy", "api", env={**os.environ, **environment}, **said) as api:
        lines = []
        while "asked again" not in "".join(lines):
            lines.append(api.stdout.readline())
            assert lines[-1], f"it ended: {lines}"
        api.terminate()
        lines.append(api.stdout.read())
        assert api.wait(30) == 0
    assert "secret" not in "".join(lines)


@pytest.mark.parametrize("stage", [Stage.RENDERING], ids=str)
def test_a_database_that_is_away_for_a_while_costs_no_job(stage, postgres, workshop):
    """Stopped in the middle of a stage and started again seconds later: the job completes, nothing is done twice."""
    run_through(postgres, workshop, stage, away_s=4.0)


@pytest.mark.slow
@pytest.mark.parametrize("stage", Stage, ids=str)
def test_a_database_that_is_away_for_ten_seconds_costs_no_job(stage, postgres, workshop):
    """The same, in every stage."""
    run_through(postgres, workshop, stage, away_s=10.0)


def test_a_database_that_is_read_only_for_a_while_costs_no_job(postgres, workshop):
    """As a primary that was demoted while another takes its place: the job waits, as with one that is gone."""
    database = workshop.settings.database_url.rpartition("/")[2]

    def let(what):
        """Have new connections take writes or not, and end those that there are."""
        with psycopg.connect(postgres._url("postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = {what}')
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])

    with workshop.worker():
        job = workshop.submit({"video_analysis": [["sleep", 0.5]]})
        workshop.wait(job.job_id, in_stage(Stage.VIDEO_ANALYSIS))
        let("on")
        deadline = time.monotonic() + 20
        # by the worker's heartbeats: meanwhile the stage has ended, and could not say so
        while workshop.said().count("in a read-only transaction") < 3:
            assert time.monotonic() < deadline, workshop.said()
            time.sleep(0.05)
        let("off")
        assert workshop.wait(job.job_id).status is Status.COMPLETED
    assert workshop.journal(job.job_id) == [each.value for each in job.stages]


def test_patience_ends(monkeypatch):
    """A database that stays away is an error in the end; a call that succeeds before is answered."""
    monkeypatch.setattr(patience, "PAUSE_S", 0.01)
    failures = [sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))] * 3

    def ask():
        if failures:
            raise failures.pop()
        return "answer"

    assert patiently(ask, lambda: None, patience_s=5) == "answer"
    failures.extend([sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))] * 1000)
    with pytest.raises(sa.exc.OperationalError):
        patiently(ask, lambda: None, patience_s=0.1)
