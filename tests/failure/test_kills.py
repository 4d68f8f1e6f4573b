"""kill -9 of workers at random moments of every stage."""

import random
import signal
import time
from collections import Counter

import pytest

from clipzy.jobs.execution import MOST_LOST_ATTEMPTS
from clipzy.jobs.lifecycle import Stage, Status

FEW, MANY = 8, 120  # kills at least on each database: in every run, and in the long one
WORKERS = 3
ACTIVE = 6  # jobs kept waiting or running, so that each kill meets some


def script(chance):
    """Every stage takes a while and keeps a file; the last one's is the output."""
    return {
        stage.value: [
            ["sleep", round(chance.uniform(0.05, 0.3), 2)],
            ["publish", {"output.mp4" if stage is Stage.RENDERING else f"{stage.value}.json": "{}"}],
        ]
        for stage in Stage
    }


def kill_one_at_work(workshop, ledger, workers, chance, hit, among):
    """Kill a worker at a random moment while it runs one of these stages, that which was hit least so far, and start another; the stages that were hit."""
    deadline = time.monotonic() + 100
    while True:
        while len(ledger.active()) < ACTIVE:
            ledger.submit(script(chance))
            ledger.look()
        time.sleep(chance.uniform(0.1, 0.5))
        at_work = [
            (number, stages)
            for number, worker in enumerate(workers)
            if among & set(stages := workshop.stages_under(worker))
        ]
        if at_work:
            victim, stages = min(at_work, key=lambda one: (min(hit[stage] for stage in one[1]), chance.random()))
            workers[victim].kill()
            workers[victim].wait(10)
            workers[victim] = workshop.start_worker(fresh=True)
            return stages
        assert time.monotonic() < deadline, workshop.said()


def kill_many(workshop, ledger, least):
    """Kill so many workers one after the other, then some more in stages that were not hit by then, and let the jobs end."""
    chance = random.Random()  # no seed would bring the same moments again
    workers = [workshop.start_worker() for _ in range(WORKERS)]
    hit, kills = Counter(), 0
    while kills < least or hit.keys() != set(Stage):
        among = set(Stage) if kills < least else set(Stage) - hit.keys()
        hit.update(kill_one_at_work(workshop, ledger, workers, chance, hit, among))
        kills += 1
    ledger.wait_until_all_ended(120)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    # the last one that was started may not have come to listen for the signal yet, which ends it then
    assert {worker.wait(20) for worker in workers} <= {0, -signal.SIGTERM}
    ended = ledger.audit()
    assert ended.keys() <= {Status.COMPLETED, Status.FAILED}
    for job in ended[Status.FAILED]:
        assert f"the worker died {MOST_LOST_ATTEMPTS} times" in job.error.message
    assert ended[Status.COMPLETED]


@pytest.mark.timeout(300)
def test_kill_9_at_random_moments_loses_no_job(workshop, ledger):
    """Every job has one end, progress never falls, each owner is told of one event, and no file is left that none names."""
    kill_many(workshop, ledger, FEW)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_9_at_random_moments_at_length(workshop, ledger):
    """The same, for longer."""
    kill_many(workshop, ledger, MANY)
