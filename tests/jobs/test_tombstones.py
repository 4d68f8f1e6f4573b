"""Files of what was deleted go, whatever came between, on both databases and both storages."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from clipzy.errors import StorageUnavailable
from clipzy.jobs import tombstones
from clipzy.jobs.deletion import delete_job, delete_video
from clipzy.jobs.records import new_video_id, now
from clipzy.jobs.retention import keep_sweeping
from clipzy.jobs.tombstones import FIRST_LOOK, LONGEST_PAUSE, MOST_FAILURES, work_off
from clipzy.storage.keys import video_key
from clipzy.storage.tables import tombstones as table
from workshop import Workshop, place

NEVER = threading.Event()


@pytest.fixture(params=["sqlite, local", "postgresql, s3"])
def workshop(request, tmp_path):
    """A store and an object storage."""
    with Workshop(tmp_path, queue=False, **place(request)) as workshop:
        yield workshop


def ended_job(workshop):
    """A cancelled job with two files; its id."""
    job_id = workshop.remember({}).job_id
    workshop.store.cancel_job(job_id)
    for name in ("style.json", "output.mp4"):
        workshop.objects.put_stream(f"jobs/{job_id}/r4nd0m/{name}", iter([b"bytes"]))
    return job_id


def an_hour_later(workshop):
    """Every tombstone is due."""
    with workshop.database.begin() as connection:
        connection.execute(sa.update(table).values(due_at=now() - timedelta(seconds=1)))


def standing(workshop):
    """Tries by prefix."""
    with workshop.database.connect() as connection:
        return {row.prefix: row.tries for row in connection.execute(sa.select(table))}


def refusing(monkeypatch, workshop, prefix=""):
    """The storage deletes nothing below the prefix; the calls that it refused."""
    delete, refused = workshop.objects.delete, []

    def maybe(keys):
        if any(key.startswith(prefix) for key in keys):
            refused.append(keys)
            raise StorageUnavailable("the object storage refuses access")
        delete(keys)

    monkeypatch.setattr(workshop.objects, "delete", maybe)
    return refused


def test_files_that_could_not_go_with_their_row_go_later(workshop, monkeypatch):
    """Of a job and of a video: the deletion counts, the files are there for an hour, and then they are not."""
    job_id, video_id = ended_job(workshop), workshop.add_video()
    with monkeypatch.context() as patch:
        refusing(patch, workshop)
        delete_job(workshop.store, workshop.objects, job_id)
        delete_video(workshop.store, workshop.objects, video_id)
    assert workshop.store.list_jobs().total == 0
    left = {f"jobs/{job_id}/", f"videos/{video_id}/"}
    assert work_off(workshop.database, workshop.objects, NEVER) == 0
    assert all(workshop.objects.list(prefix) for prefix in left)
    an_hour_later(workshop)
    assert work_off(workshop.database, workshop.objects, NEVER) == 2
    assert not any(workshop.objects.list(prefix) for prefix in left)
    assert standing(workshop) == {}


def test_a_process_that_dies_after_the_row_leaves_no_file(workshop):
    """Row and tombstone are one transaction: what dies with the process is only the haste. The worker's sweep does the rest."""
    job_id = ended_job(workshop)
    workshop.store.delete_job(job_id)
    an_hour_later(workshop)

    class Once(threading.Event):
        looked = False

        def wait(self, _timeout_s=None):
            looked, self.looked = self.looked, True
            return looked

    folders = type("", (), {"forget_unused": lambda *_: 0, "sweep": lambda *_: None})()
    keep_sweeping(
        workshop.store,
        workshop.objects,
        folders,
        0,
        Once(),
        most_cached_bytes=0,
        forget_checkpoints=lambda _stop: 0,
        is_eldest=lambda: True,
    )
    assert workshop.objects.list(f"jobs/{job_id}/") == ()


def test_what_comes_after_the_deletion_goes_too(workshop):
    """Such as the picture of a video that was deleted while it was made; files of others stay."""
    video_id, other = workshop.add_video(), workshop.add_video()
    delete_video(workshop.store, workshop.objects, video_id)
    workshop.objects.put_stream(f"videos/{video_id}/thumbnail.jpg", iter([b"late"]))
    an_hour_later(workshop)
    assert work_off(workshop.database, workshop.objects, NEVER) == 1
    assert [key.split("/")[1] for key in workshop.objects.list("videos/")] == [other]


def test_a_file_whose_upload_was_not_remembered_goes(workshop):
    """The process died, or the database went away, between the file and its row: a day later a sweep deletes it."""
    lost, sound = new_video_id(), workshop.add_video()
    workshop.store.expect_video(lost)
    workshop.objects.put_stream(video_key(lost, "mp4"), iter([b"bytes"]))
    assert work_off(workshop.database, workshop.objects, NEVER) == 0
    with workshop.database.connect() as connection:
        assert connection.scalar(sa.select(table.c.due_at)) - now() > timedelta(hours=23)
    an_hour_later(workshop)
    assert work_off(workshop.database, workshop.objects, NEVER) == 1
    assert [key.split("/")[1] for key in workshop.objects.list("videos/")] == [sound]


def test_an_upload_that_is_remembered_stays(workshop):
    """Its row and the end of the expectation are one transaction."""
    template = workshop.store.get_video(workshop.add_video())
    video = replace(template, video_id=new_video_id())
    workshop.store.expect_video(video.video_id)
    workshop.store.add_video(video, expected=True)
    assert standing(workshop) == {}


@pytest.mark.parametrize("refuses", [True, False], ids=["being deleted", "deleted"])
def test_an_upload_that_the_sweep_has_overtaken_is_not_remembered(workshop, monkeypatch, refuses):
    """A row whose file is gone, or is just being deleted, would be a broken promise."""
    video = replace(workshop.store.get_video(workshop.add_video()), video_id=new_video_id())
    workshop.store.expect_video(video.video_id)
    workshop.objects.put_stream(video_key(video.video_id, "mp4"), iter([b"bytes"]))
    an_hour_later(workshop)
    if refuses:
        refusing(monkeypatch, workshop)
    work_off(workshop.database, workshop.objects, NEVER)
    with pytest.raises(StorageUnavailable, match="send it again"):
        workshop.store.add_video(video, expected=True)
    assert workshop.store.list_videos().total == 1


def test_one_that_cannot_go_holds_up_no_other_and_is_tried_ever_more_rarely(workshop, monkeypatch):
    """After an hour, two, four, and then once a day."""
    stuck, fine = ended_job(workshop), ended_job(workshop)
    for job_id in (stuck, fine):
        workshop.store.delete_job(job_id)
    refused = refusing(monkeypatch, workshop, f"jobs/{stuck}/")
    pauses = []
    for tries in range(1, 8):
        an_hour_later(workshop)
        assert work_off(workshop.database, workshop.objects, NEVER) == (tries == 1)
        assert standing(workshop) == {f"jobs/{stuck}/": tries}
        with workshop.database.connect() as connection:
            assert tombstones.count_stuck(connection) == (tries > 1)
            pauses.append(connection.scalar(sa.select(table.c.due_at)) - now())
    assert len(refused) == 7
    assert [round(pause / FIRST_LOOK, 1) for pause in pauses] == [1, 2, 4, 8, 16, 24, 24]
    assert pauses[-1] <= LONGEST_PAUSE


def test_a_storage_that_is_away_is_asked_three_times_a_sweep(workshop, monkeypatch):
    """However much waits, the sweep goes on with its other work."""
    for _ in range(MOST_FAILURES + 3):
        workshop.store.delete_job(ended_job(workshop))
    an_hour_later(workshop)
    refused = refusing(monkeypatch, workshop)
    assert work_off(workshop.database, workshop.objects, NEVER) == 0
    assert len(refused) == MOST_FAILURES


def test_failures_count_in_a_row(workshop, monkeypatch):
    """A storage that deletes what comes in between is not away: all that can go goes, the longest due first."""
    jobs = [ended_job(workshop) for _ in range(6)]
    for job_id in jobs:
        workshop.store.delete_job(job_id)
    with workshop.database.begin() as connection:
        for number, job_id in enumerate(jobs):
            due = now() - timedelta(minutes=number + 1)
            connection.execute(sa.update(table).where(table.c.prefix == f"jobs/{job_id}/").values(due_at=due))
    stuck = {jobs[number] for number in (5, 4, 2, 1)}
    delete, asked = workshop.objects.delete_prefix, []

    def maybe(prefix):
        asked.append(prefix)
        if any(job_id in prefix for job_id in stuck):
            raise StorageUnavailable("the object storage refuses access")
        delete(prefix)

    monkeypatch.setattr(workshop.objects, "delete_prefix", maybe)
    assert work_off(workshop.database, workshop.objects, NEVER) == 2
    assert asked == [f"jobs/{job_id}/" for job_id in reversed(jobs)]


def test_a_worker_that_is_told_to_stop_begins_nothing(workshop):
    """What is due stays so for another."""
    job_id = ended_job(workshop)
    workshop.store.delete_job(job_id)
    an_hour_later(workshop)
    stopped = threading.Event()
    stopped.set()
    assert work_off(workshop.database, workshop.objects, stopped) == 0
    assert standing(workshop) == {f"jobs/{job_id}/": 0}


def test_several_workers_share_the_work(workshop):
    """Each tombstone is taken by one of them."""
    for _ in range(12):
        workshop.store.delete_job(ended_job(workshop))
    an_hour_later(workshop)
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(work_off(workshop.database, workshop.objects, NEVER)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sum(done) == 12
    assert workshop.objects.list("jobs/") == ()


def test_only_a_whole_prefix_is_deleted(workshop):
    """`jobs/job_a` is also the beginning of what belongs to `job_ab`, and nothing is that of everything."""
    for prefix in ("", "jobs/job_a"):
        with pytest.raises(ValueError, match="ends with /"):
            workshop.objects.delete_prefix(prefix)
