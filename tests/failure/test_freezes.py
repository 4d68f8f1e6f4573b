"""SIGSTOP and SIGCONT of a worker at the worst moment: while it stores what a stage brought."""

import signal
import time

import pytest

from clipzy.jobs.lifecycle import Stage, Status
from failure.conftest import QUICK
from workshop import Workshop, in_stage

LOCAL_MIB = 256  # long enough in the storing to be stopped in the middle
S3_MIB = 32  # stopped by the wire


@pytest.fixture(params=[pytest.param("sqlite, local", marks=pytest.mark.slow), "postgresql, s3"])
def workshop(request, tmp_path):
    """A job engine without a worker; how many MiB a stage brings, whether they are half stored, what lets the rest through."""
    if request.param == "sqlite, local":
        workshop = Workshop(tmp_path, **QUICK)
        workshop.big_mib, workshop.go_on_storing = LOCAL_MIB, lambda: None
        workshop.is_storing = lambda: any(workshop.settings.local_storage_path.glob("jobs/*/*/.big.bin.*"))
    else:
        server, wire = request.getfixturevalue("s3"), request.getfixturevalue("wire")
        workshop = Workshop(
            tmp_path,
            database_url=request.getfixturevalue("postgres_database"),
            **server.settings(aws_endpoint_url=f"http://127.0.0.1:{wire.port}"),
            **QUICK,
        )
        wire.hold_after(S3_MIB << 18)
        workshop.big_mib, workshop.go_on_storing = S3_MIB, wire.release
        workshop.is_storing = lambda: wire.is_held
    yield workshop
    workshop.close()


def worker_on(workshop, job_id):
    """The worker that runs a stage of the job."""
    workshop.wait(job_id, in_stage(Stage.VIDEO_ANALYSIS))
    deadline = time.monotonic() + 20
    while not workshop.processes(job_id):
        assert time.monotonic() < deadline, workshop.said()
        time.sleep(0.01)
    parent = workshop.worker_of(workshop.processes(job_id)[-1])
    return next(worker for worker in workshop.workers if worker.pid == parent)


def wait_until_storing(workshop):
    """Until the storing of what the stage brought has begun."""
    deadline = time.monotonic() + 30
    while not workshop.is_storing():
        assert time.monotonic() < deadline, workshop.said()


def test_a_worker_that_freezes_while_it_stores_a_file_leaves_no_orphan(workshop, ledger):
    """Another one does the stage again and ends the job; the sleeper wakes, finishes its upload and takes it away again."""
    workers = [workshop.start_worker(), workshop.start_worker()]
    job = ledger.submit({"video_analysis": [["sleep", 1.0], ["publish_zeros", {"big.bin": workshop.big_mib}]]})
    sleeper = worker_on(workshop, job.job_id)
    wait_until_storing(workshop)
    sleeper.send_signal(signal.SIGSTOP)
    workshop.go_on_storing()
    try:
        ledger.wait_until_all_ended(60)
    finally:
        sleeper.send_signal(signal.SIGCONT)
    ledger.submit()
    ledger.wait_until_all_ended(30)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(20) for worker in workers] == [0, 0]
    ended = ledger.audit()
    assert {each.job_id for each in ended[Status.COMPLETED]} >= {job.job_id}
    assert workshop.journal(job.job_id).count("video_analysis") == 2
