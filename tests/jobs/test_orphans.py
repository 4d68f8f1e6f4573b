"""Stored files that no row names are found and deleted; all others stay."""

from datetime import timedelta

import pytest

from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.orphans import sweep_orphans
from workshop import Workshop, begin, place

AT_ONCE = timedelta(0)


@pytest.fixture(params=["sqlite, local", "postgresql, s3"])
def workshop(request, tmp_path):
    """A store and an object storage."""
    with Workshop(tmp_path, queue=False, **place(request)) as workshop:
        yield workshop


def keep(workshop, key):
    """Store something under a key."""
    workshop.objects.put_stream(key, iter([b"bytes"]))
    return key


def completed(workshop):
    """A job that ended with an output; the output's key."""
    job = workshop.remember({})
    begin(workshop.store, job.job_id, Stage.RENDERING)
    key = keep(workshop, f"jobs/{job.job_id}/r4nd0m/output.mp4")
    with workshop.database.begin() as connection:
        assert moves.complete(connection, job.job_id, moves.StageResult(artifacts={"output.mp4": key}), key)
    return job.job_id, key


def stored(workshop):
    """All keys."""
    return {*workshop.objects.list("videos/"), *workshop.objects.list("jobs/")}


def test_what_an_ended_job_does_not_name_goes_and_the_rest_stays(workshop):
    """Nothing of active jobs, and nothing that is not known here: it may be another engine's, or a person's."""
    ended, output = completed(workshop)
    active = workshop.remember({})
    begin(workshop.store, active.job_id, Stage.RENDERING)
    others = ("jobs/job_of_another/r4nd0m/output.mp4", "jobs/payroll/2026.csv", "videos/holiday/raw.mov")
    sound = {
        *stored(workshop),
        keep(workshop, f"jobs/{active.job_id}/part/style.json"),
        *(keep(workshop, key) for key in others),
    }
    orphans = {keep(workshop, f"jobs/{ended}/lost/output.mp4"), keep(workshop, f"jobs/{ended}/lost/style.json")}
    assert output in sound
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == len(orphans)
    assert stored(workshop) == sound
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == 0


def test_what_is_young_stays(workshop):
    """A worker that was taken over may still be storing it, and removes it itself."""
    ended, _ = completed(workshop)
    key = keep(workshop, f"jobs/{ended}/late/output.mp4")
    assert sweep_orphans(workshop.database, workshop.objects) == 0
    assert key in stored(workshop)


def test_many_are_swept_in_batches(workshop, monkeypatch):
    """No question to the database grows with the storage."""
    monkeypatch.setattr("clipzy.jobs.orphans.AT_ONCE", 2)
    ended, output = completed(workshop)
    for number in range(5):
        keep(workshop, f"jobs/{ended}/lost{number}/a.json")
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == 5
    assert output in stored(workshop)
