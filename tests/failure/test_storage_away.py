"""The object storage goes away, refuses or stays away while jobs run."""

import threading
import time
from functools import partial

import pytest

from clipzy.jobs import execution, publishing
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.patience import patiently
from clipzy.jobs.stage_checkpoint import Checkpoint
from clipzy.jobs.watch import WorkerStopping
from executing import executor_of
from failure.ledger import ledger_of
from workshop import Workshop, begin, in_stage, is_alive

SOON_S = 2.0  # a cancel and a stop take hold within


@pytest.fixture
def workshop(s3, wire, tmp_path):
    """An engine whose files are in a bucket at the end of that wire."""
    bucket = s3.settings(aws_endpoint_url=f"http://127.0.0.1:{wire.port}")
    with Workshop(tmp_path, **bucket, webhook_allowed_networks="127.0.0.0/8") as workshop:
        yield workshop


@pytest.fixture
def executor(workshop):
    """A worker's hands in this process."""
    return executor_of(workshop)


def rendering(workshop):
    """A job about to render."""
    job = workshop.remember({"rendering": [["publish", {"output.mp4": "pixels"}]]})
    begin(workshop.store, job.job_id, Stage.RENDERING)
    return job


@pytest.fixture
def _impatient(monkeypatch):
    """Half a second of patience in place of a minute, for sources that are fetched and files that are stored."""
    for module in (execution, publishing):
        monkeypatch.setattr(module, "patiently", partial(patiently, patience_s=0.6))


@pytest.mark.parametrize("stage", [Stage.VIDEO_ANALYSIS, Stage.RENDERING], ids=str)
def test_a_storage_that_is_away_for_a_while_costs_no_job(stage, wire, workshop):
    """Stopped in the middle of a stage that keeps a file, started again seconds later: the job completes, nothing is done twice."""
    name = "output.mp4" if stage is Stage.RENDERING else "a.json"
    with ledger_of(workshop) as ledger:
        with workshop.worker():
            job = ledger.submit({stage.value: [["sleep", 1.0], ["publish", {name: "pixels"}]]})
            workshop.wait(job.job_id, in_stage(stage))
            wire.cut()
            time.sleep(3.0)
            wire.mend()
            ledger.wait_until_all_ended(60)
        assert [each.job_id for each in ledger.audit()[Status.COMPLETED]] == [job.job_id]
    assert workshop.journal(job.job_id) == [each.value for each in job.stages]


@pytest.mark.usefixtures("_impatient")
def test_a_storage_that_refuses_fails_the_job_with_its_reason(workshop):
    """The owner reads whose matter it is, no key and no address; the worker goes on."""
    job = rendering(workshop)
    executor = executor_of(workshop, aws_secret_access_key=type(workshop.settings.aws_secret_access_key)("wrong"))
    error = executor.run(job, Stage.RENDERING, {}).error
    assert (error.stage, error.code) == (Stage.RENDERING, "SERVICE_UNAVAILABLE")
    assert error.message == "the object storage refuses access; the operator should check its keys and policies"


@pytest.mark.usefixtures("_impatient")
def test_a_storage_that_stays_away_fails_the_job_with_its_reason(workshop, executor, wire):
    """After a while of patience, with advice."""
    job = rendering(workshop)
    wire.cut()
    error = executor.run(job, Stage.RENDERING, {}).error
    assert (error.code, error.message) == (
        "SERVICE_UNAVAILABLE",
        "the object storage does not answer; try again later",
    )


def test_a_worker_whose_storage_stays_away_does_other_jobs(wire, workshop):
    """It fails the job, removes its scratch files and is the same process afterwards; a sweep would find the rest."""
    with ledger_of(workshop) as ledger:
        worker = workshop.start_worker(processing_timeout_seconds="6")
        job = ledger.submit({"video_analysis": [["sleep", 1.0], ["publish", {"a.json": "{}"}]]})
        workshop.wait(job.job_id, in_stage(Stage.VIDEO_ANALYSIS))
        wire.cut()
        try:
            ended = workshop.wait(job.job_id, seconds=30)
            assert (ended.status, ended.error.code) == (Status.FAILED, "JOB_TIMEOUT")
        finally:
            wire.mend()
        ledger.submit()
        ledger.wait_until_all_ended(30)
        assert is_alive(worker.pid)
        worker.terminate()
        assert worker.wait(20) == 0
        assert ledger.audit().keys() == {Status.FAILED, Status.COMPLETED}


def test_a_cancel_takes_hold_while_the_storage_is_away(workshop, executor, wire):
    """The wait for the storage is ended, and nothing is stored when it comes back."""
    job = rendering(workshop)
    wire.cut()
    cancel = threading.Timer(1.5, workshop.store.cancel_job, [job.job_id])
    began = time.monotonic()
    cancel.start()
    assert executor.run(job, Stage.RENDERING, {}) == Checkpoint(gone=True)
    assert time.monotonic() - began < 1.5 + SOON_S
    cancel.join()
    wire.mend()
    assert workshop.objects.list(f"jobs/{job.job_id}/") == ()


def test_a_stop_takes_hold_while_the_storage_is_away(workshop, executor, wire):
    """The worker leaves in good order, and the job is resumed later."""
    job = rendering(workshop)
    wire.cut()
    stop = threading.Timer(1.5, executor.stopping.set)
    began = time.monotonic()
    stop.start()
    with pytest.raises(WorkerStopping):
        executor.run(job, Stage.RENDERING, {})
    assert time.monotonic() - began < 1.5 + SOON_S
    stop.join()
