"""What is deleted when it has had its time, and what stays."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from clipzy.errors import StorageUnavailable
from clipzy.jobs import moves, worker
from clipzy.jobs.deletion import delete_job
from clipzy.jobs.deliveries import delivery_of
from clipzy.jobs.folders import Folders
from clipzy.jobs.idempotency import new_claim
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.retention import Swept, _sweep_all, forget_analyses, keep_sweeping, sweep
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.database import open_database
from clipzy.storage.keys import job_prefix, video_key
from clipzy.storage.objects import open_objects
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import idempotency_keys, jobs
from shaped import shape
from workshop import unqueued

DAYS = 30
AMPLE = 1 << 40  # bytes


class House:
    """A store and its files."""

    def __init__(self, folder, url):
        shape(url, upgrade)
        self.store = Store(open_database(url))
        self.objects = open_objects(Settings(_env_file=None, local_storage_path=folder / "storage"))

    def video(self, days, **rest):
        """A video that was uploaded so many days ago."""
        video_id = new_video_id()
        key = video_key(video_id, "mp4")
        self.objects.put_stream(key, iter([b"video"]))
        facts = VideoMetadata(2, 2, 1.0, 1.0, "h264", 1, "mp4")
        self.store.add_video(Video(video_id, "a.mp4", 5, "0" * 64, key, facts, now() - timedelta(days=days), **rest))
        return video_id

    def job(self, video_id, ended_days=None, **rest):
        """A job; where days are given it ended so many ago, with a file."""
        job = self.store.add_job(new_job(video_id=video_id, webhook_url="https://x.example/", **rest), 100, unqueued)
        if ended_days is not None:
            self.store.cancel_job(job.job_id)
            self.objects.put_stream(f"{job_prefix(job.job_id)}1/style.json", iter([b"{}"]))
            self.set(jobs, jobs.c.job_id == job.job_id, completed_at=now() - timedelta(days=ended_days))
        return job.job_id

    def set(self, table, where, **values):
        """Change a row by hand."""
        with self.store.database.begin() as connection:
            connection.execute(sa.update(table).where(where).values(**values))

    def left(self):
        """The ids of what is there still."""
        return {each.job_id for each in self.store.list_jobs(page_size=100).items} | {
            each.video_id for each in self.store.list_videos(page_size=100).items
        }


@pytest.fixture(params=["sqlite", "postgres"])
def house(request, tmp_path):
    """An empty one, on either database."""
    on_file = request.param == "sqlite"
    house = House(
        tmp_path, f"sqlite:///{tmp_path}/test.db" if on_file else request.getfixturevalue("postgres_database")
    )
    yield house
    house.store.database.dispose()


def test_what_is_old_goes_with_its_files(house):
    """An old job with its files and its delivery, then its old video, which nothing names any more."""
    video_id = house.video(DAYS + 2)
    job_id = house.job(video_id, DAYS + 1)
    assert sweep(house.store, house.objects, DAYS) == Swept(jobs=1, videos=1)
    assert house.left() == set()
    assert house.objects.list("jobs/") == house.objects.list("videos/") == ()
    assert delivery_of(house.store.database, job_id) is None


def test_what_is_young_or_in_use_stays(house):
    """Jobs that wait or run, however old their videos; young jobs and their videos; templates of videos that stay."""
    old, template = house.video(DAYS + 9), house.video(DAYS + 9)
    kept = {old, template, house.job(old), house.job(old, DAYS - 1, priority=1, template_video_id=template)}
    running = house.job(again := house.video(DAYS + 9))
    with house.store.database.begin() as connection:
        assert moves.begin_stage(connection, running, Stage.VIDEO_ANALYSIS)
    kept |= {running, again, house.video(DAYS - 1), default := house.video(DAYS + 9)}
    kept.add(house.video(1, template_video_id=default))
    assert sweep(house.store, house.objects, DAYS) == Swept()
    assert house.left() == kept


def test_what_is_old_is_old_by_the_databases_clock(monkeypatch, house):
    """All workers share it, and one whose own is wrong deletes nothing early."""
    house.job(house.video(0), 0)
    monkeypatch.setattr("clipzy.jobs.retention.database_time", lambda _connection: now() + timedelta(days=DAYS - 1))
    assert sweep(house.store, house.objects, DAYS) == Swept()
    monkeypatch.setattr("clipzy.jobs.retention.database_time", lambda _connection: now() + timedelta(days=DAYS + 1))
    assert sweep(house.store, house.objects, DAYS) == Swept(jobs=1, videos=1)


def test_without_days_nothing_is_deleted(house):
    """However old."""
    house.job(house.video(9999), 9999)
    assert sweep(house.store, house.objects, 0) == Swept()
    assert len(house.left()) == 2


def test_old_keys_go_always(house):
    """A day after their request; younger ones stay."""
    for key in ("old", "young"):
        claim = new_claim(None, key, {})
        house.store.add_job(new_job(video_id=house.video(1)), 100, unqueued, claim)
    house.set(idempotency_keys, idempotency_keys.c.key == "old", created_at=now() - timedelta(hours=25))
    assert sweep(house.store, house.objects, 0) == Swept(keys=1)
    assert house.store.find_claimed(new_claim(None, "old", {})) is None
    assert house.store.find_claimed(new_claim(None, "young", {})) is not None


def test_one_sweep_is_short(house, monkeypatch):
    """Much that is old goes in several sweeps, the oldest first."""
    monkeypatch.setattr("clipzy.jobs.retention.MOST_AT_ONCE", 2)
    videos = [house.video(DAYS + days) for days in (3, 1, 2)]
    assert sweep(house.store, house.objects, DAYS) == Swept(videos=2)
    assert house.left() == {videos[1]}
    assert sweep(house.store, house.objects, DAYS) == Swept(videos=1)


@pytest.mark.parametrize(("days", "kept"), [(0, ["used 20 days ago", "used today"]), (10, ["used today"])])
def test_analyses_that_nobody_uses_leave_the_disk(tmp_path, days, kept):
    """After RETENTION_DAYS, or 30 days; of older versions of the analyses nothing stays, not a folder."""
    folders = Folders(tmp_path)
    for name, age in (("1/old", 40), ("2/used 20 days ago", 20), ("2/used today", 0)):
        folder = folders.cache / f"analysis-{name}"
        folder.mkdir(parents=True)
        (folder / "video_analysis.json").write_text("{}")
        when = (now() - timedelta(days=age)).timestamp()
        os.utime(folder, (when, when))
    forget_analyses(folders, days, AMPLE)
    assert sorted(path.name for path in folders.cache.glob("*/*")) == kept
    assert [path.name for path in folders.cache.iterdir()] == ["analysis-2"]


def test_analyses_for_which_there_is_no_room_go_the_longest_unused_first(tmp_path):
    """Those that were used within the hour stay whatever they take: their job may not be done with them."""
    folders = Folders(tmp_path)
    for name, hours in (("a week", 168), ("two days", 48), ("a day", 24), ("half an hour", 0.5), ("now", 0)):
        folder = folders.cache / "analysis-1" / name
        folder.mkdir(parents=True)
        (folder / "colours.npz").write_bytes(bytes(1 << 20))
        when = (now() - timedelta(hours=hours)).timestamp()
        os.utime(folder, (when, when))
    left = []
    for room_mb in (5, 3, 1):
        # a file takes whole blocks, and a few for its place
        forget_analyses(folders, DAYS, (room_mb << 20) + (1 << 16))
        left.append(sorted(path.name for path in folders.cache.glob("*/*")))
    every = ["a day", "a week", "half an hour", "now", "two days"]
    assert left == [every, ["a day", "half an hour", "now"], ["half an hour", "now"]]


def test_a_worker_gives_its_analyses_as_much_room_as_it_is_told(monkeypatch):
    """MAX_CACHE_MB, in MiB."""
    swept = {}
    monkeypatch.setattr(worker, "keep_sweeping", lambda *_given, **how: swept.update(how))
    monkeypatch.setattr(worker, "WebhookSender", lambda *_given: SimpleNamespace(run=lambda _stop: None))
    parts = SimpleNamespace(store=None, objects=None, folders=None)
    settings = Settings(_env_file=None, max_cache_mb=5)
    heartbeat = SimpleNamespace(is_eldest=lambda: True)
    for thread in worker._threads(settings, parts, heartbeat, lambda _stop: 0, threading.Event()).all:
        thread.start()
        thread.join()
    assert swept["most_cached_bytes"] == 5 << 20


def test_one_folder_that_cannot_be_removed_keeps_no_other(tmp_path, monkeypatch):
    """As one that belongs to another user: the sweep goes on, to jobs and uploads too; what a dying worker left half removed goes as well."""
    folders = Folders(tmp_path)
    for name in ("1", "2", "3.forgotten", "4"):
        folder = folders.cache / "analysis-1" / name
        folder.mkdir(parents=True)
        (folder / "video_analysis.json").write_text("{}")
        os.utime(folder, (0, 0))
    rename = Path.rename

    def refused(path, target):
        if path.name == "2":
            raise PermissionError(path)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    assert folders.forget_unused(DAYS, AMPLE) == 3
    assert [path.name for path in folders.cache.glob("*/*")] == ["2"]


def test_a_storage_that_is_away_costs_no_files(house, monkeypatch):
    """Rows stay until their files can be deleted with them: without the rows nobody would find the files again."""
    job_id = house.job(house.video(DAYS + 9), DAYS + 1)
    alone = house.video(DAYS + 9)
    before = house.left()
    assert {job_id, alone} <= before

    def away(*_):
        raise StorageUnavailable("away")

    with monkeypatch.context() as patched:
        for name in ("list", "size", "delete"):
            patched.setattr(house.objects, name, away)
        assert sweep(house.store, house.objects, DAYS) == Swept()
        assert house.left() == before
        house.store.delete_job(job_id)  # so that its video's turn comes too
        assert sweep(house.store, house.objects, DAYS) == Swept()
        assert alone in house.left()
    sweep(house.store, house.objects, DAYS)
    assert house.objects.list("videos/") == ()


@pytest.mark.parametrize("error", [StorageUnavailable("not this one"), PermissionError("not this one")], ids=type)
def test_what_cannot_be_deleted_holds_up_nothing_else(house, monkeypatch, error):
    """As where a folder belongs to another user: it stays with its row, however old, and all others go."""
    stuck = house.job(house.video(DAYS + 9), DAYS + 9)
    for days in range(1, 5):
        house.job(house.video(DAYS + 9), DAYS + days)
    listed = house.objects.list

    def refuse_one(prefix):
        if stuck in prefix:
            raise error
        return listed(prefix)

    monkeypatch.setattr(house.objects, "list", refuse_one)
    assert sweep(house.store, house.objects, DAYS) == Swept(jobs=4, videos=4)
    assert stuck in house.left()


def test_a_storage_that_is_away_is_asked_a_few_times_only(house, monkeypatch):
    """Each question takes its time, and the next look comes soon."""
    for _ in range(9):
        house.job(house.video(1), DAYS + 1)
    asked = []

    def away(prefix):
        asked.append(prefix)
        raise StorageUnavailable("away")

    monkeypatch.setattr(house.objects, "list", away)
    assert sweep(house.store, house.objects, DAYS) == Swept()
    assert len(asked) == 3


def sweeping(house, folders, days, stop, **changes):
    """`keep_sweeping` of a worker that is alone, with room for all analyses."""
    kept = {"most_cached_bytes": AMPLE, "forget_checkpoints": lambda _stop: 0, "is_eldest": lambda: True}
    keep_sweeping(house.store, house.objects, folders, days, stop, **{**kept, **changes})


class OneLook(threading.Event):
    """Lets whoever sweeps look once, and then stop."""

    looked = False

    def wait(self, _timeout_s=None):
        """Stop at the second look."""
        looked, self.looked = self.looked, True
        return looked


@pytest.mark.parametrize("used", [True, False], ids=["jobs and their videos", "videos that nobody used"])
def test_one_look_deletes_all_that_is_old(house, monkeypatch, tmp_path, used):
    """In short sweeps one after the other: however many jobs end in ten minutes, as many are deleted."""
    monkeypatch.setattr("clipzy.jobs.retention.MOST_AT_ONCE", 2)
    for days in range(7):
        video = house.video(DAYS + 2 + days)
        if used:
            house.job(video, DAYS + 1)
    sweeping(house, Folders(tmp_path / "data"), DAYS, OneLook())
    assert house.left() == set()


def test_a_worker_that_is_told_to_stop_ends_with_the_sweep_it_is_in(house, monkeypatch, tmp_path):
    """Whatever is left to delete."""
    monkeypatch.setattr("clipzy.jobs.retention.MOST_AT_ONCE", 2)
    for days in range(5):
        house.video(DAYS + 2 + days)
    stop = OneLook()
    stop.set()
    sweeping(house, Folders(tmp_path / "data"), DAYS, stop)
    assert len(house.left()) == 3


def test_orphans_are_looked_for_every_six_hours(house, monkeypatch, tmp_path):
    """At the first look, and at the next one where that fails."""
    looks, outcomes = [], [StorageUnavailable("away"), None]

    def sweep_orphans(*_):
        looks.append(1)
        if outcome := outcomes.pop(0):
            raise outcome

    class FiveLooks(threading.Event):
        left = 5

        def wait(self, _timeout_s=None):
            self.left -= 1
            return self.left < 0

    monkeypatch.setattr("clipzy.jobs.retention.sweep_orphans", sweep_orphans)
    sweeping(house, Folders(tmp_path / "data"), 0, FiveLooks())
    assert len(looks) == 2


def a_house_of_stuck_ones(house, monkeypatch, stuck, all_of_them):
    """So many jobs, the oldest first, of which the storage deletes nothing of those; their ids."""
    jobs = [house.job(house.video(DAYS + 1), DAYS + 50 - number) for number in range(all_of_them)]
    listed = house.objects.list

    def maybe(prefix):
        if any(jobs[number] in prefix for number in stuck):
            raise StorageUnavailable("not this one")
        return listed(prefix)

    monkeypatch.setattr(house.objects, "list", maybe)
    return jobs


def test_failures_of_a_sweep_count_in_a_row(house, monkeypatch):
    """A storage that deletes what comes in between is not away."""
    jobs = a_house_of_stuck_ones(house, monkeypatch, (0, 2, 3), 5)
    monkeypatch.setattr("clipzy.jobs.retention.random.sample", lambda ids, _count: ids)
    assert sweep(house.store, house.objects, DAYS).jobs == 2
    assert house.left() & set(jobs) == {jobs[0], jobs[2], jobs[3]}


def test_the_oldest_that_cannot_be_deleted_do_not_always_come_first(house, monkeypatch):
    """Three of them would hold up all others for ever: each sweep has an order of its own."""
    jobs = a_house_of_stuck_ones(house, monkeypatch, (0, 1, 2), 6)
    for _ in range(60):
        sweep(house.store, house.objects, DAYS)
    assert house.left() & set(jobs) == set(jobs[:3])


def test_a_look_goes_on_past_what_cannot_be_deleted(house, monkeypatch):
    """As many as a sweep looks at, and the oldest; they are tried again once all else is gone."""
    monkeypatch.setattr("clipzy.jobs.retention.MOST_AT_ONCE", 2)
    jobs = [house.job(house.video(1), DAYS + days) for days in range(9, 4, -1)]
    odd, tried, stayed = set(jobs[:3]), [], set()

    def delete(store, objects, job_id):
        tried.append(job_id)
        if job_id in odd:
            raise ValueError("no job at all")
        delete_job(store, objects, job_id)

    monkeypatch.setattr("clipzy.jobs.retention.delete_job", delete)
    _sweep_all(house.store, house.objects, DAYS, threading.Event(), stayed)
    assert house.left() & set(jobs) == odd
    assert sorted(tried) == sorted(jobs)
    assert not stayed


def test_files_that_cannot_be_deleted_are_passed_over_by_the_next_look(house, monkeypatch):
    """A storage that fails three times in a row ends a look; the next begins behind those three."""
    jobs = a_house_of_stuck_ones(house, monkeypatch, range(5), 7)
    monkeypatch.setattr("clipzy.jobs.retention.random.sample", lambda ids, _count: ids)
    stayed = set()
    for left in (7, 5):
        _sweep_all(house.store, house.objects, DAYS, threading.Event(), stayed)
        assert len(house.left() & set(jobs)) == left
    assert not stayed


def test_what_fails_once_is_tried_by_the_next_look(house, monkeypatch):
    """A failure or two are no storage that is away: all else was looked at."""
    job, tried, stayed = house.job(house.video(1), DAYS + 1), [], set()

    def delete(store, objects, job_id):
        tried.append(job_id)
        if len(tried) == 1:
            raise StorageUnavailable("away for a moment")
        delete_job(store, objects, job_id)

    monkeypatch.setattr("clipzy.jobs.retention.delete_job", delete)
    for _ in range(2):
        _sweep_all(house.store, house.objects, DAYS, threading.Event(), stayed)
    assert tried == [job, job]


def test_one_of_all_workers_looks_for_orphans(house, monkeypatch, tmp_path):
    """The others leave the storage unlisted."""
    monkeypatch.setattr("clipzy.jobs.retention.sweep_orphans", lambda *_: pytest.fail("the storage was listed"))
    sweeping(house, Folders(tmp_path / "data"), 0, OneLook(), is_eldest=lambda: False)


def test_what_fails_in_a_look_skips_nothing_else(house, monkeypatch, tmp_path):
    """Each kind of what is old goes by itself."""

    def fail(*_):
        raise StorageUnavailable("away")

    swept = []
    monkeypatch.setattr("clipzy.jobs.retention.work_off", fail)
    monkeypatch.setattr("clipzy.jobs.retention.sweep_orphans", lambda *_: swept.append("orphans"))
    house.job(house.video(DAYS + 2), DAYS + 1)
    sweeping(house, Folders(tmp_path / "data"), DAYS, OneLook(), forget_checkpoints=fail)
    assert house.left() == set()
    assert swept == ["orphans"]


def test_scratch_of_jobs_that_others_have_ended_goes(house, tmp_path):
    """A worker that lost a job keeps its files for whoever has it now; of those that end elsewhere it must hear by itself."""
    folders = Folders(tmp_path / "data")
    waiting, ended = house.job(house.video(1)), house.job(house.video(1), 0)
    for job_id in (waiting, ended):
        folders.fresh_stage(job_id, Stage.VIDEO_ANALYSIS, 1)
    sweeping(house, folders, 0, OneLook())
    assert [folder.name for folder in folders.work.iterdir()] == [waiting]


def test_a_worker_that_lives_for_minutes_sweeps_too(house, tmp_path):
    """It looks a minute after its start, more or less as chance will have it, and then every ten minutes."""

    class Clock(threading.Event):
        def __init__(self):
            super().__init__()
            self.pauses = []

        def wait(self, timeout_s=None):
            self.pauses.append(timeout_s)
            return len(self.pauses) > 2

    firsts = []
    for _ in range(5):
        clock = Clock()
        sweeping(house, Folders(tmp_path / "data"), 0, clock)
        first, *others = clock.pauses
        firsts.append(first)
        assert others == [600.0, 600.0]
    assert all(30 <= first <= 90 for first in firsts)
    assert len(set(firsts)) > 1


def test_one_row_that_makes_a_sweep_fail_holds_up_no_other(house, monkeypatch):
    """Whatever is wrong with it; it stays, and the log names it."""
    odd = house.job(house.video(DAYS + 9), DAYS + 9)
    for days in range(1, 5):
        house.job(house.video(DAYS + 9), DAYS + days)

    def delete(store, objects, job_id):
        if job_id == odd:
            raise ValueError("no job at all")
        delete_job(store, objects, job_id)

    monkeypatch.setattr("clipzy.jobs.retention.delete_job", delete)
    with capture_logs() as lines:
        assert sweep(house.store, house.objects, DAYS) == Swept(jobs=4, videos=4)
    assert odd in house.left()
    assert [line["id"] for line in lines if line["log_level"] == "error"] == [odd]


def test_a_database_that_goes_away_ends_the_sweep(house, monkeypatch):
    """It is away for all rows, and not asked for each."""
    for _ in range(3):
        house.job(house.video(DAYS + 9), DAYS + 1)
    asked = []

    def away(*_):
        asked.append(1)
        raise sa.exc.OperationalError("SELECT", {}, ConnectionError("the server closed the connection"))

    monkeypatch.setattr("clipzy.jobs.retention.delete_job", away)
    with pytest.raises(sa.exc.OperationalError):
        sweep(house.store, house.objects, DAYS)
    assert asked == [1]
