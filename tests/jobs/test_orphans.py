"""Stored files that no row names are found and deleted; all others stay."""

from datetime import timedelta

import pytest

from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.orphans import sweep_orphans
from servers import ACCESS_KEY, SECRET_KEY
from workshop import Workshop, begin

AT_ONCE = timedelta(0)


@pytest.fixture(params=["sqlite, local", "postgresql, s3"])
def workshop(request, tmp_path):
    """A store and an object storage."""
    if request.param == "sqlite, local":
        workshop = Workshop(tmp_path, queue=False)
    else:
        server = request.getfixturevalue("s3")
        workshop = Workshop(
            tmp_path,
            queue=False,
            database_url=request.getfixturevalue("postgres_database"),
            storage_type="s3",
            s3_bucket_name=server.new_bucket(),
            aws_endpoint_url=server.url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )
    yield workshop
    workshop.close()


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


def test_what_nothing_names_goes_and_the_rest_stays(workshop):
    """Of ended jobs what they do not name, of active jobs nothing, and whatever belongs to nobody."""
    ended, output = completed(workshop)
    active = workshop.remember({})
    begin(workshop.store, active.job_id, Stage.RENDERING)
    sound = {*stored(workshop), keep(workshop, f"jobs/{active.job_id}/part/style.json")}
    orphans = {
        keep(workshop, f"jobs/{ended}/lost/output.mp4"),
        keep(workshop, "jobs/job_deleted/r4nd0m/output.mp4"),
        keep(workshop, "videos/vid_deleted/source.mp4"),
    }
    assert output in sound
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == len(orphans)
    assert stored(workshop) == sound
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == 0


def test_what_is_young_stays(workshop):
    """An upload whose row is about to be written looks like an orphan, for a moment."""
    key = keep(workshop, "videos/vid_arriving/source.mp4")
    assert sweep_orphans(workshop.database, workshop.objects) == 0
    assert stored(workshop) == {key}


def test_many_are_swept_in_batches(workshop, monkeypatch):
    """No question to the database grows with the storage."""
    monkeypatch.setattr("clipzy.jobs.orphans.AT_ONCE", 2)
    for number in range(5):
        keep(workshop, f"jobs/job_{number}/r4nd0m/a.json")
    _, output = completed(workshop)
    assert sweep_orphans(workshop.database, workshop.objects, AT_ONCE) == 5
    assert output in stored(workshop)
