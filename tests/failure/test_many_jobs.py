"""Many jobs at once on two workers, some cancelled in flight."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from clipzy.errors import JobNotCancellable
from clipzy.jobs.lifecycle import Status
from clipzy.style.config import JobConfig
from failure.conftest import HERE

FEW, MANY = 16, 200
SETTINGS = HERE
TEMPLATE_ONLY = JobConfig(render=False)  # four stages


def run_many(workshop, ledger, count):
    """Submit so many jobs from four threads, cancel every fifth, and audit their ends."""
    workers = [workshop.start_worker(), workshop.start_worker()]

    def submit(_):
        return ledger.submit({"video_analysis": [["sleep", 0.05]]}, config=TEMPLATE_ONLY)

    with ThreadPoolExecutor(4) as pool:
        submitted = list(pool.map(submit, range(count)))
    cancelled = set()
    for job in submitted[::5]:
        try:
            workshop.engine.cancel(job.job_id)
            cancelled.add(job.job_id)
        except JobNotCancellable:  # it was faster
            continue
    ledger.wait_until_all_ended(5.0 * count)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.wait(20) for worker in workers] == [0, 0]
    ended = ledger.audit()
    assert ended.keys() <= {Status.COMPLETED, Status.CANCELLED}
    assert {job.job_id for job in ended[Status.CANCELLED]} == cancelled
    for job in submitted:
        stages = workshop.journal(job.job_id)
        assert len(stages) == len(set(stages)), "a stage was run twice"


def test_many_jobs_on_two_workers_end_once_each(workshop, ledger):
    """Whatever the race with a cancel, every job has one end, and no stage is run twice."""
    run_many(workshop, ledger, FEW)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_hundred_jobs_on_two_workers_end_once_each(workshop, ledger):
    """The same, with a crowd."""
    run_many(workshop, ledger, MANY)
