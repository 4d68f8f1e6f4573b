"""What a worker does about the past: names that survive restarts, leftovers, jobs whose workflow is lost."""

from __future__ import annotations

import errno
import fcntl
import shutil
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from clipzy.errors import ConfigurationError
from clipzy.jobs import moves
from clipzy.jobs.folders import Folders
from clipzy.jobs.job_rows import job_values
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.records import Standing, new_job
from clipzy.jobs.recovery import fail_lost_jobs
from clipzy.jobs.worker_name import worker_name
from clipzy.settings import Settings
from clipzy.storage.revisions import migration_lock
from clipzy.storage.tables import jobs
from clipzy.telemetry.tracing import exporting, span
from telemetry.otlp import receiving_traces
from workshop import Workshop


@pytest.fixture
def workshop(tmp_path):
    """An engine whose jobs nobody takes."""
    with Workshop(tmp_path) as workshop:
        yield workshop


def test_a_restarted_worker_has_its_name_again(tmp_path):
    """And with it the jobs that it left."""
    with worker_name(tmp_path) as first:
        pass
    with worker_name(tmp_path) as second:
        assert second == first


def test_living_workers_never_share_a_name(tmp_path):
    """Each takes the first that is free, and one that ends frees its own."""
    with worker_name(tmp_path) as first:
        with worker_name(tmp_path) as second, worker_name(tmp_path) as third:
            assert len({first, second, third}) == 3
        with worker_name(tmp_path) as again:
            assert again == second


def test_workers_on_other_folders_have_other_names(tmp_path):
    """Machines that share a database but no disk never meet under one name."""
    with worker_name(tmp_path / "a") as one, worker_name(tmp_path / "b") as other:
        assert one != other


def test_a_copy_of_the_folder_has_another_name(tmp_path):
    """Beside the first on one machine, as long as both are there and ever after."""
    with worker_name(tmp_path / "a") as first:
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        with worker_name(tmp_path / "b") as other:
            assert other != first
    with worker_name(tmp_path / "a") as again, worker_name(tmp_path / "b") as other_again:
        assert (again, other_again) == (first, other)


def test_a_machine_that_was_cloned_has_another_name(tmp_path, monkeypatch):
    """Its disk is the same to the last block, and no lock of the other is seen there; but it has been started by itself."""
    with worker_name(tmp_path) as first:
        pass
    boot = tmp_path / "boot_id"
    monkeypatch.setattr("clipzy.jobs.worker_name.BOOT_ID", boot)
    names = [first]
    for start in ("one\n", "other\n"):
        boot.write_text(start)
        for _ in range(2):
            with worker_name(tmp_path) as name:
                names.append(name)
    assert names[1] == names[2]
    assert names[3] == names[4]
    assert len(set(names)) == 3


def test_a_name_of_an_older_version_is_not_kept(tmp_path):
    """It does not tell where it was made: its jobs go on as those of any worker that is gone."""
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers/0.name").write_text("studio-0123456789abcdef")
    with worker_name(tmp_path) as name:
        assert name != "studio-0123456789abcdef"
        assert (tmp_path / "workers/0.name").read_text() == name


def test_a_worker_too_many_is_refused(tmp_path, monkeypatch):
    """Once every name of a folder is taken, with the folder in the message."""
    monkeypatch.setattr("clipzy.jobs.worker_name.MOST_WORKERS", 1)
    refused = pytest.raises(ConfigurationError, match=r"1 workers are running on .*; give this one another DATA_PATH")
    with worker_name(tmp_path), refused, worker_name(tmp_path):
        pass


def test_a_folder_in_which_nothing_can_be_locked_is_refused(tmp_path, monkeypatch):
    """As on a network's disk without a lock server: with the setting to look at, and for SQLite's file too."""

    def no_locks(_file, _operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(ConfigurationError, match=r"No locks available.*DATA_PATH"), worker_name(tmp_path):
        pass
    refused = pytest.raises(ConfigurationError, match=r"No locks available.*DATA_PATH or DATABASE_URL")
    with refused, migration_lock(f"sqlite:///{tmp_path}/clipzy.db"):
        pass


def test_leftovers_of_ended_jobs_are_swept(workshop):
    """A worker that was killed while it tidied up leaves scratch files; those of jobs that go on are kept."""
    folders = Folders(workshop.settings.data_path)
    ended, waiting = workshop.submit(), workshop.submit()
    for job in (ended, waiting):
        folders.fresh_stage(job.job_id, Stage.VIDEO_ANALYSIS, 1)
    workshop.engine.cancel(ended.job_id)
    folders.sweep(workshop.store.active_jobs)
    assert (workshop.scratch(ended.job_id), workshop.scratch(waiting.job_id)) == (False, True)


def test_a_job_whose_workflow_is_lost_fails(workshop):
    """It would wait for ever: its owner is told, and the jobs beside it are left alone."""
    lost, sound = workshop.submit(), workshop.submit()
    queue = workshop.engine._client()
    queue.cancel_workflow(lost.job_id)
    assert fail_lost_jobs(workshop.store, queue) == 1
    failed = workshop.store.get_job(lost.job_id)
    assert (failed.status, failed.error.code) == (Status.FAILED, "INTERNAL_ERROR")
    assert workshop.store.get_job(sound.job_id).status is Status.QUEUED
    assert fail_lost_jobs(workshop.store, queue) == 0


def test_lost_jobs_are_found_among_more_than_an_answer_holds(workshop, monkeypatch):
    """However many workflows have ended: the jobs of most of them have, too."""
    monkeypatch.setattr("clipzy.jobs.recovery.MOST_AT_ONCE", 2)
    submitted = [workshop.submit() for _ in range(7)]
    queue = workshop.engine._client()
    for job in submitted[:3]:
        workshop.engine.cancel(job.job_id)
    lost = {job.job_id for job in submitted[3:6]}
    for job_id in lost:
        queue.cancel_workflow(job_id)
    assert fail_lost_jobs(workshop.store, queue) == 3
    states = {job.job_id: workshop.store.read(Standing, job.job_id, None).status for job in submitted}
    assert {job_id for job_id, status in states.items() if status is Status.FAILED} == lost
    assert states[submitted[6].job_id] is Status.QUEUED


def test_the_look_for_lost_jobs_is_as_short_however_many_wait(workshop, monkeypatch):
    """A worker that looked at each would be silent for so long that the others take it for lost."""
    lost = workshop.submit()
    waiting = [job_values(new_job(video_id=f"vid_{number}")) for number in range(1000)]
    with workshop.store.database.begin() as connection:
        connection.execute(sa.insert(jobs), waiting)
    queue = workshop.engine._client()
    queue.cancel_workflow(lost.job_id)
    list_workflows, asked = queue.list_workflows, []
    monkeypatch.setattr(queue, "list_workflows", lambda **how: asked.append(how) or list_workflows(**how))
    assert fail_lost_jobs(workshop.store, queue) == 1
    assert len(asked) == 1


def test_a_lost_job_is_counted_and_told_of(workshop):
    """As one that its worker saw fail: alerts look at the counters, and its trace has an end."""
    asked = [
        ("clipzy_jobs_finished_total", {"status": "failed"}),
        ("clipzy_job_failures_total", {"stage": Stage.VIDEO_ANALYSIS.value, "code": "INTERNAL_ERROR"}),
    ]
    before = [REGISTRY.get_sample_value(*each) or 0 for each in asked]
    with receiving_traces() as traces:
        settings = Settings(_env_file=None, otel_exporter_otlp_endpoint=traces.url)
        with exporting(settings, "clipzy-worker"):
            with span("request"):
                lost = workshop.submit()
            with workshop.store.database.begin() as connection:
                assert moves.begin_stage(connection, lost.job_id, Stage.VIDEO_ANALYSIS)
            queue = workshop.engine._client()
            queue.cancel_workflow(lost.job_id)
            for _look in range(2):
                fail_lost_jobs(workshop.store, queue)
    assert [REGISTRY.get_sample_value(*each) for each in asked] == [count + 1 for count in before]
    assert traces.named("job").attributes["clipzy.job.status"] == "failed"


def test_a_lost_job_whose_choices_are_none_of_this_version_fails_too(workshop):
    """As after an upgrade or a rollback: what it was asked for is not needed for that, and no worker may stumble over it."""
    lost = workshop.submit()
    with workshop.store.database.begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.job_id == lost.job_id).values(config={"quality": "of later"}))
    queue = workshop.engine._client()
    queue.cancel_workflow(lost.job_id)
    assert fail_lost_jobs(workshop.store, queue) == 1
    assert workshop.store.read(Standing, lost.job_id, None).status is Status.FAILED


def test_a_job_that_is_deleted_while_it_is_looked_at_is_passed_over(workshop):
    """Cancelled and deleted between two looks: no reason for a worker to stop."""
    job = workshop.submit()

    class Queue:
        """Its answer comes when the job is gone."""

        @staticmethod
        def list_workflows(**_):
            """One workflow that has ended."""
            workshop.engine.cancel(job.job_id)
            workshop.store.delete_job(job.job_id)
            return [SimpleNamespace(workflow_id=job.job_id, status="CANCELLED")]

    assert fail_lost_jobs(workshop.store, Queue) == 0
