"""Workers that die or freeze, and those that take their jobs over; on SQLite and on PostgreSQL."""

import json
import signal
import time
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
import sqlalchemy as sa

from clipzy.jobs import heartbeat as heartbeat_module
from clipzy.jobs.heartbeat import Heartbeat
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.storage.database import open_database
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import workers
from ports import free_port
from shaped import shape
from workshop import Workshop, in_stage

QUICK = {"heartbeat_interval_s": 0.3, "worker_lost_after_s": 1.5}
SLOW_STAGE = {"audio_analysis": [["sleep", 6.0]]}


@pytest.fixture
def workshop(request, tmp_path, kind):
    """A job engine whose workers are missed after a second and a half."""
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_database")
    with Workshop(tmp_path, database_url=url, max_concurrent_jobs=2, **QUICK) as workshop:
        yield workshop


def running_worker(workshop, job_id):
    """Wait for the second stage; the one of both workers that runs it, and the other."""
    workshop.wait(job_id, in_stage(Stage.AUDIO_ANALYSIS))
    deadline = time.monotonic() + 60
    while len(workshop.journal(job_id)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    parent = workshop.worker_of(workshop.processes(job_id)[-1])
    (runs,) = (worker for worker in workshop.workers if worker.pid == parent)
    (other,) = (worker for worker in workshop.workers if worker.pid != parent)
    return runs, other


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.slow), "postgresql"])
def test_a_killed_workers_job_is_taken_over_at_its_last_finished_stage(workshop):
    """After kill -9 the other worker goes on within seconds, repeating only the stage that was cut off."""
    workshop.start_worker()
    workshop.start_worker()
    job = workshop.submit({"audio_analysis": [["sleep", 3.0]]})
    runs, _ = running_worker(workshop, job.job_id)
    runs.kill()
    ended = workshop.wait(job.job_id)
    assert ended.status is Status.COMPLETED
    stages = workshop.journal(job.job_id)
    assert stages.count("video_analysis") == 1
    assert stages.count("audio_analysis") == 2
    assert takeovers(workshop) == {("warning", "taking over the jobs of lost workers")}


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_busy_worker_that_stops_in_good_order_is_not_counted_as_lost(workshop):
    """Its job is taken over at once, and no alert rings for an update that was planned."""
    first = workshop.start_worker()
    job = workshop.submit(SLOW_STAGE)
    workshop.wait(job.job_id, in_stage(Stage.AUDIO_ANALYSIS))
    port = free_port()
    workshop.start_worker(metrics_port=str(port), worker_lost_after_s="60")
    # until the second has a name of its own
    workshop.wait(job.job_id, lambda _: len(Heartbeat(workshop.database, "", 60).alive()) == 2)
    first.send_signal(signal.SIGTERM)
    workshop.wait(job.job_id, lambda _: len(workshop.journal(job.job_id)) == 3)
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert "clipzy_workers_lost_total 0.0" in metrics
    assert takeovers(workshop) == {("info", "taking over the jobs of workers whose names are gone")}


def takeovers(workshop):
    """Level and text of what was logged of them."""
    lines = [json.loads(line) for line in (workshop.folder / "worker.log").read_text().splitlines()]
    return {(line["level"], line["event"]) for line in lines if "taking over" in line["event"]}


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_frozen_worker_loses_its_job_and_changes_nothing_when_it_wakes(workshop):
    """SIGSTOP, a takeover, SIGCONT: one outcome, progress that never fell, and the sleeper's work is thrown away."""
    workshop.start_worker()
    workshop.start_worker()
    job = workshop.submit({"audio_analysis": [["sleep", 3.0]]})
    runs, _ = running_worker(workshop, job.job_id)
    runs.send_signal(signal.SIGSTOP)
    try:
        percents = []

        def ended(now):
            percents.append(now.progress_percent)
            return now.status is Status.COMPLETED

        workshop.wait(job.job_id, ended)
    finally:
        runs.send_signal(signal.SIGCONT)
    assert percents == sorted(percents)
    before = workshop.store.get_job(job.job_id)
    time.sleep(2)
    assert workshop.store.get_job(job.job_id) == before
    # awake again, the sleeper works on as if nothing had been
    assert workshop.wait(workshop.submit().job_id).status is Status.COMPLETED


@pytest.fixture
def database(tmp_path):
    """An empty database."""
    url = f"sqlite:///{tmp_path / 'clipzy.db'}"
    shape(url, upgrade)
    database = open_database(url)
    yield database
    database.dispose()


def silence(database, worker_id, seconds):
    """Let a worker have been silent for so long."""
    with database.begin() as connection:
        seen = connection.scalar(sa.select(workers.c.last_seen_at).where(workers.c.worker_id == worker_id))
        connection.execute(
            sa.update(workers)
            .where(workers.c.worker_id == worker_id)
            .values(last_seen_at=seen - timedelta(seconds=seconds))
        )


class NoQueue:
    """Must not be asked."""

    def list_workflows(self, **_):
        """Fail."""
        raise AssertionError("a worker that is not heard of itself looked for others' jobs")


def test_a_worker_is_alive_until_it_is_silent_for_too_long(database):
    """By the database's clock."""
    mine, other = (Heartbeat(database, name, 10) for name in ("a", "b"))
    mine.beat()
    other.beat()
    silence(database, "b", 11)
    assert mine.alive() == {"a"}
    other.beat()
    assert mine.alive() == {"a", "b"}


def test_a_worker_that_says_goodbye_is_not_waited_for(database):
    """Its jobs are free at once."""
    heartbeat = Heartbeat(database, "a", 10)
    heartbeat.beat()
    heartbeat.stop()
    assert heartbeat.alive() == frozenset()


def test_a_worker_that_was_frozen_takes_nothing_over(database):
    """The others may have taken its own jobs."""
    heartbeat = Heartbeat(database, "a", 10)
    heartbeat.beat()
    silence(database, "a", 11)
    assert heartbeat.take_over(NoQueue()) == ()


class Queue:
    """With a job of worker `b`."""

    def list_workflows(self, **_):
        """The one that runs."""
        return [SimpleNamespace(executor_id="b")]


def test_after_a_time_without_a_database_others_may_say_first_that_they_are_alive(database, monkeypatch):
    """It was away for all of them, and they do not come back at the same moment; who stays silent is gone."""
    now, taken = [100.0], []
    monkeypatch.setattr(heartbeat_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(heartbeat_module.queue_internals, "take_from", lambda _, gone: taken.extend(gone))
    mine, other = Heartbeat(database, "a", 30, 5), Heartbeat(database, "b", 30, 5)
    mine.beat()
    other.beat()
    now[0] += 47
    for name in ("a", "b"):
        silence(database, name, 47)
    for _ in range(6):
        assert mine.take_over(Queue()) == ()
        mine.beat()
        now[0] += 5
    assert mine.take_over(Queue()) == ("b",) == tuple(taken)


def test_a_beat_that_came_through_late_keeps_a_worker_from_judging_others(database, monkeypatch):
    """Its own name may be known still while another's is over."""
    now = [100.0]
    monkeypatch.setattr(heartbeat_module.time, "monotonic", lambda: now[0])
    mine = Heartbeat(database, "a", 30, 5)
    mine.beat()
    now[0] += 25
    assert mine.take_over(NoQueue()) == ()


def test_the_eldest_of_those_that_are_alive_is_known(database):
    """By when it came; with its silence the next is."""
    first, second = Heartbeat(database, "z", 10), Heartbeat(database, "a", 10)
    assert second.is_eldest()
    first.beat()
    second.beat()
    assert (first.is_eldest(), second.is_eldest()) == (True, False)
    silence(database, "z", 11)
    assert (first.is_eldest(), second.is_eldest()) == (False, True)


def test_names_that_never_come_back_are_forgotten(database):
    """A week after their last sign of life, when a worker starts; younger ones stay."""
    for name, days in (("gone", 8), ("away", 6)):
        Heartbeat(database, name, 10).beat()
        silence(database, name, days * 24 * 3600)
    Heartbeat(database, "new", 10).beat()
    with database.connect() as connection:
        assert set(connection.scalars(sa.select(workers.c.worker_id))) == {"away", "new"}
