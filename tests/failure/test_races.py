"""Two who want what excludes the other, at the same moment."""

import threading

import pytest
import sqlalchemy as sa

from clipzy.errors import VideoInUse
from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.records import Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.storage.database import open_database
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import webhook_deliveries
from shaped import shape
from workshop import unqueued

RACES = 100


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """An empty store."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'clipzy.db'}" if sqlite else request.getfixturevalue("postgres_database")
    shape(url, upgrade)
    store = Store(open_database(url))
    yield store
    store.database.dispose()


def uploaded(store):
    """The id of a video."""
    facts = VideoMetadata(1920, 1080, 60.0, 30.0, "h264", 5000, "mp4")
    video_id = new_video_id()
    store.add_video(Video(video_id, "video.mp4", 1, "0" * 64, "key", facts, now()))
    return video_id


def processing(store, video_id):
    """The id of a job that is being processed, whose owner wants to be told."""
    job = new_job(video_id=video_id, webhook_url="https://example.com/hook")
    store.add_job(job, 10, unqueued)
    with store.database.begin() as connection:
        assert moves.begin_stage(connection, job.job_id, Stage.VIDEO_ANALYSIS)
    return job.job_id


def test_cancelling_a_job_that_completes_has_one_outcome(store):
    """A hundred times from two threads at once: one wins, the job stays as it made it, its owner is told once."""
    video_id = uploaded(store)
    outcomes = []
    for _ in range(RACES):
        job_id = processing(store, video_id)
        won = {}
        ready = threading.Barrier(2)

        def end(name, *move, job_id=job_id, won=won, ready=ready):
            ready.wait()
            with store.database.begin() as connection:
                won[name] = move[0](connection, job_id, *move[1:])

        threads = [
            threading.Thread(target=end, args=("cancelled", moves.cancel)),
            threading.Thread(target=end, args=("completed", moves.complete, moves.StageResult(), None)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won.values()) == [False, True]
        (winner,) = (name for name, it_did in won.items() if it_did)
        job = store.get_job(job_id)
        assert (job.status, job.progress_percent == 100) == (Status(winner), winner == "completed")
        with store.database.connect() as connection:
            told = sa.select(sa.func.count()).where(webhook_deliveries.c.job_id == job_id)
            assert connection.scalar(told) == 1
        outcomes.append(winner)
    assert len(outcomes) == RACES


@pytest.mark.parametrize("role", ["video_id", "template_video_id"])
def test_a_video_is_not_deleted_under_a_job_that_is_being_created(store, role):
    """Whoever deletes it waits for the job, whose row he could not see yet, and is refused for it."""
    video_id, refused = uploaded(store), []

    def delete():
        try:
            store.delete_video(video_id)
        except VideoInUse as error:
            refused.append(error.job_id)

    deleting = threading.Thread(target=delete)

    def meanwhile(_connection, _job):
        deleting.start()
        deleting.join(0.5)

    job = store.add_job(new_job(**{role: video_id}), 10, meanwhile)
    deleting.join()
    assert refused == [job.job_id]
    assert store.get_video(video_id).video_id == video_id
