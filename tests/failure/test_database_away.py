"""The database goes away while jobs run, and comes back."""

import signal
import time

import pytest
import sqlalchemy as sa

from clipzy.jobs import patience
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.patience import patiently
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


@pytest.mark.parametrize("stage", [Stage.VIDEO_ANALYSIS, Stage.MOTION_ANALYSIS], ids=str)
def test_a_database_that_is_away_for_a_while_costs_no_job(stage, postgres, tmp_path):
    """Stopped in the middle of a stage and started again seconds later: the job completes, nothing is done twice."""
    workshop = Workshop(tmp_path, database_url=postgres.new_database(), heartbeat_interval_s=0.5)
    try:
        workshop.start_worker()
        job = workshop.submit({stage.value: [["sleep", 2.0]]})
        workshop.wait(job.job_id, in_stage(stage))
        postgres.stop(signal.SIGINT)
        time.sleep(4.0)
        postgres.start()
        ended = workshop.wait(job.job_id, seconds=60)
        assert ended.status is Status.COMPLETED
        assert workshop.journal(job.job_id) == [each.value for each in job.stages]
    finally:
        workshop.close()


def test_patience_ends(monkeypatch):
    """A database that stays away is an error in the end; a call that succeeds before is answered."""
    monkeypatch.setattr(patience, "PAUSE_S", 0.01)
    failures = [sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))] * 3

    def ask():
        if failures:
            raise failures.pop()
        return "answer"

    assert patiently(ask, patience_s=5) == "answer"
    failures.extend([sa.exc.OperationalError("SELECT 1", {}, Exception("gone"))] * 1000)
    with pytest.raises(sa.exc.OperationalError):
        patiently(ask, patience_s=0.1)
