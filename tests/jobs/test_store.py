"""Videos and jobs on a real SQLite file."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from clipzy.errors import (
    JobAlreadyProcessing,
    JobNotFound,
    QueueFull,
    VideoInUse,
    VideoNotFound,
)
from clipzy.jobs.idempotency import new_claim
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.records import Job, JobError, Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.storage.tables import idempotency_keys
from clipzy.style.config import JobConfig, Quality
from clipzy.style.dna import AspectRatio
from workshop import unqueued


def add_video(store: Store, age_s: float = 0.0, **rest) -> Video:
    """An upload of that age."""
    facts = VideoMetadata(1920, 1080, 60.5, 29.97, "h264", 5000, "mp4")
    moment = now() - timedelta(seconds=age_s)
    video_id = new_video_id()
    video = Video(
        video_id,
        "a b.mp4",
        2**33,
        "f" * 64,
        f"videos/{video_id}/source.mp4",
        facts,
        moment,
        "vid_t",
        "https://x",
        **rest,
    )
    store.add_video(video)
    return video


def add_job(store: Store, video: Video, **rest) -> Job:
    """A queued job on that video."""
    job = new_job(video_id=video.video_id, **rest)
    store.add_job(job, 100, unqueued)
    return job


def test_a_video_comes_back_as_it_was(store):
    """Every field of an upload survives, sizes over 4 GiB and UTC times too."""
    video = add_video(store)
    assert video == store.get_video(video.video_id)


def test_a_job_comes_back_as_it_was(store):
    """Every field of a new job survives, its config too."""
    config = JobConfig(quality=Quality.HIGH, strength=0.5, aspect_ratio=AspectRatio.TALL, max_height=720)
    job = add_job(store, add_video(store), config=config, webhook_url="https://x.example/hook")
    assert job == store.get_job(job.job_id)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda store: store.get_video("vid_x"), VideoNotFound),
        (lambda store: store.delete_video("vid_x"), VideoNotFound),
        (lambda store: store.get_job("job_x"), JobNotFound),
        (lambda store: store.cancel_job("job_x"), JobNotFound),
        (lambda store: store.delete_job("job_x"), JobNotFound),
        (lambda store: store.add_job(new_job(video_id="vid_x"), 1, unqueued), VideoNotFound),
        (lambda store: store.add_job(new_job(template_video_id="vid_x"), 1, unqueued), VideoNotFound),
    ],
    ids=["video", "delete video", "job", "cancel", "delete job", "job on no video", "job on no template"],
)
def test_what_is_not_there_is_said_to_be_missing(store, call, error):
    """Asking for an unknown id names it."""
    with pytest.raises(error, match="_x"):
        call(store)


def test_pages_are_newest_first(store):
    """Five uploads in pages of two: the last page has the oldest one, and the total counts all."""
    videos = [add_video(store, age_s) for age_s in (5, 4, 3, 2, 1)]
    pages = [store.list_videos(page, 2) for page in (1, 2, 3, 4)]
    assert [page.total for page in pages] == [5, 5, 5, 5]
    assert [list(reversed(videos))[at : at + 2] for at in (0, 2, 4, 6)] == [list(page.items) for page in pages]


def test_jobs_are_listed_by_status(store):
    """With a status only its jobs are listed and counted."""
    first, second = (add_job(store, add_video(store)) for _ in range(2))
    store.cancel_job(first.job_id)
    assert [second.job_id] == [job.job_id for job in store.list_jobs(status=Status.QUEUED).items]
    assert [second.job_id, first.job_id] == [job.job_id for job in store.list_jobs().items]
    assert tuple(
        (store.count_active() | store.count_ended())[status]
        for status in (Status.QUEUED, Status.CANCELLED, Status.FAILED)
    ) == (1, 1, 0)
    assert (second.job_id,) == store.active_jobs()


def test_of_many_equal_jobs_at_once_one_is_taken(store):
    """Eight threads ask for the same work; seven are told of the one that won."""
    video = add_video(store)
    barrier, taken, refused = threading.Barrier(8), [], []

    def ask() -> None:
        barrier.wait()
        try:
            taken.append(add_job(store, video))
        except JobAlreadyProcessing as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (1, 7)
    assert all(taken[0].job_id in message for message in refused)


def test_a_full_queue_takes_no_more(store):
    """The job over the limit is refused and not remembered; one that has ended makes room."""
    first = add_job(store, add_video(store))
    late = new_job(video_id=add_video(store).video_id)
    with pytest.raises(QueueFull, match="1 jobs"):
        store.add_job(late, 1, unqueued)
    assert store.list_jobs().total == 1
    store.cancel_job(first.job_id)
    store.add_job(late, 1, unqueued)


def _takes(store: Store, owner: str, **limits) -> bool:
    """Whether a new job of that owner's is let in."""
    video = add_video(store, owner=owner)
    try:
        store.add_job(new_job(video_id=video.video_id, owner=owner), enqueue=unqueued, **limits)
    except QueueFull:
        return False
    return True


def test_an_owner_has_no_more_jobs_waiting_than_he_may(store):
    """Whatever place there is; others still have theirs, and so has he once one of his has ended."""
    limits = {"max_queued": 10, "most_of_owner": 1}
    assert [_takes(store, owner, **limits) for owner in ("ann", "ann", "bob")] == [True, False, True]
    store.cancel_job(store.list_jobs(owner="ann").items[0].job_id)
    assert _takes(store, "ann", **limits)


def test_an_owner_leaves_as_many_places_as_he_has_jobs_waiting(store):
    """Who sends all he can has half of them, the next half of the rest, and there is one for whoever has sent nothing."""
    limits = {"max_queued": 9, "most_of_owner": 0}
    taken = {owner: sum(_takes(store, owner, **limits) for _ in range(8)) for owner in ("ann", "bob", "cid")}
    assert taken == {"ann": 5, "bob": 2, "cid": 1}
    assert _takes(store, "dan", **limits)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (
            {"max_queued": 10, "most_of_owner": 2},
            "^2 of your jobs are already waiting, the most for one owner",
        ),
        ({"max_queued": 3, "most_of_owner": 0}, "^2 of your jobs are already waiting, and the remaining places"),
    ],
    ids=["his number", "others' places"],
)
def test_an_owner_is_told_how_many_of_his_jobs_wait(store, limits, told):
    """Without the one that is refused."""
    assert [_takes(store, "ann", **limits) for _ in range(2)] == [True, True]
    late = new_job(video_id=add_video(store, owner="ann").video_id, owner="ann")
    with pytest.raises(QueueFull, match=told):
        store.add_job(late, enqueue=unqueued, **limits)


def test_an_idempotency_key_is_its_owners_alone(store):
    """Another owner's job is neither found by it nor in its way, whatever it asks for."""
    made = {}
    for owner, body in (("ann", {"a": 1}), ("bob", {"b": 2}), (None, {"c": 3})):
        claim, video = new_claim(owner, "key", body), add_video(store, owner=owner)
        assert store.find_claimed(claim) is None
        made[owner] = store.add_job(new_job(video_id=video.video_id, owner=owner), 10, unqueued, claim).job_id
        assert store.find_claimed(claim).job_id == made[owner]
    assert len(set(made.values())) == 3


def test_an_idempotency_key_counts_for_a_day(store):
    """After that it is as new, whether it has been swept away or not."""
    claim = new_claim(None, "key", {})
    store.add_job(new_job(video_id=add_video(store).video_id), 10, unqueued, claim)
    for hours, counts in ((23, True), (25, False)):
        with store.database.begin() as connection:
            connection.execute(sa.update(idempotency_keys).values(created_at=now() - timedelta(hours=hours)))
        assert (store.find_claimed(claim) is not None) == counts


def test_a_job_has_its_owners_videos_alone(store):
    """In both roles, whoever asks the store for it."""
    own, anothers = (add_video(store, owner=owner).video_id for owner in ("ann", "bob"))
    for videos in ({"video_id": anothers}, {"video_id": own, "template_video_id": anothers}):
        with pytest.raises(VideoNotFound):
            store.add_job(new_job(owner="ann", **videos), 10, unqueued)
    assert store.list_jobs().total == 0


def test_a_job_that_cannot_be_queued_is_not_remembered(store):
    """Row and queue entry are one transaction: when the entry fails, there is no row."""

    def broken(_connection, _job):
        raise ConnectionError("the queue is away")

    with pytest.raises(ConnectionError):
        store.add_job(new_job(video_id=add_video(store).video_id), 10, broken)
    assert store.list_jobs().total == 0


def test_a_waiting_job_can_be_failed_by_the_engine(store):
    """It passes through processing, as the table of moves wants it; a job that has ended is left alone."""
    job = add_job(store, add_video(store))
    error = JobError(None, "lost", "INTERNAL_ERROR")
    assert store.fail_job(job.job_id, error)
    assert not store.fail_job(job.job_id, JobError(Stage.RENDERING, "again", "INTERNAL_ERROR"))
    assert (Status.FAILED, error) == (store.get_job(job.job_id).status, store.get_job(job.job_id).error)


@pytest.mark.parametrize("role", ["video_id", "template_video_id"])
def test_a_video_in_use_is_not_deleted(store, role):
    """While a job waits for it, as footage or template, it stays; after the job's end it goes."""
    video = add_video(store)
    job = new_job(**{role: video.video_id})
    store.add_job(job, 10, unqueued)
    with pytest.raises(VideoInUse, match=job.job_id):
        store.delete_video(video.video_id)
    assert store.get_video(video.video_id) == video
    store.cancel_job(job.job_id)
    assert store.delete_video(video.video_id) == video.storage_key
    assert store.list_videos().total == 0


def test_a_job_is_deleted_only_after_its_end(store):
    """A waiting job must be cancelled first."""
    job = add_job(store, add_video(store))
    with pytest.raises(JobAlreadyProcessing, match="cancel"):
        store.delete_job(job.job_id)
    store.cancel_job(job.job_id)
    store.delete_job(job.job_id)
    assert store.list_jobs().total == 0


def test_work_whose_twin_ends_in_that_moment_is_taken(store, monkeypatch):
    """The unique index still saw the twin, the look for it no more: the insert is tried again."""
    video = add_video(store)
    twin = add_job(store, video)
    look = store.find_active

    def cancelled_meanwhile(job):
        if store.get_job(twin.job_id).status is Status.QUEUED:
            store.cancel_job(twin.job_id)
        return look(job)

    monkeypatch.setattr(store, "find_active", cancelled_meanwhile)
    job = add_job(store, video)
    assert store.get_job(job.job_id).status is Status.QUEUED


def test_lists_do_not_read_what_may_be_large(store):
    """A row whose config and style nobody could parse is listed all the same: neither is touched."""
    job = add_job(store, add_video(store))
    with store.database.begin() as connection:
        connection.execute(sa.text("UPDATE jobs SET config = 'no JSON', style_json = 'no JSON', artifacts = 'no JSON'"))
    (listed,) = store.list_jobs().items
    assert (listed.job_id, listed.status) == (job.job_id, Status.QUEUED)
