"""What Prometheus reads from the API: its own requests and uploads, and the state of the whole engine."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from api.rest import data
from clipzy.api import health
from clipzy.jobs.heartbeat import Heartbeat
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import now
from clipzy.storage.tables import jobs, workers


def scraped(service):
    """Each sample's value by its name and labels."""
    lines = [line for line in service.client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_the_age_of_the_oldest_waiting_job_is_told(own_service):
    """Of those that wait alone; 0 when none does."""
    with own_service() as service:
        assert scraped(service)["clipzy_queue_oldest_age_seconds"] == 0
        old, running, _ = (service.add_job() for _ in range(3))
        with service.store.database.begin() as connection:
            for job_id, minutes in ((old, 10), (running, 20)):
                moment = now() - timedelta(minutes=minutes)
                connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id).values(created_at=moment))
        service.begin(running, Stage.VIDEO_ANALYSIS)
        found = scraped(service)
        assert found["clipzy_queue_oldest_age_seconds"] == pytest.approx(600, abs=30)
        assert (found['clipzy_jobs{status="queued"}'], found['clipzy_jobs{status="processing"}']) == (2, 1)


def test_jobs_that_have_ended_are_not_counted_at_each_scrape(own_service, monkeypatch):
    """Those that wait and run are; of the others a count of a minute ago will do, and neither health nor readiness asks for it."""
    monkeypatch.setattr(health, "ENDED_KEPT_S", 1.5)
    with own_service() as service:
        for path in ("/readyz", "/api/v1/health"):
            data(service.client.get(path))
        before = scraped(service)
        first, _ = service.add_job(), service.add_job()
        data(service.client.post(f"/api/v1/jobs/{first}/cancel"))
        soon = scraped(service)
        time.sleep(1.6)
        late = scraped(service)
    told = [
        [each[f'clipzy_jobs{{status="{name}"}}'] for name in ("queued", "cancelled")] for each in (before, soon, late)
    ]
    assert told == [[0, 0], [1, 0], [1, 1]]


def test_workers_count_as_long_as_they_are_heard_of(own_service):
    """One that has fallen silent counts no more."""
    with own_service() as service:
        for name in ("a", "b"):
            Heartbeat(service.store.database, name, 30.0).beat()
        assert scraped(service)["clipzy_workers_alive"] == 2
        with service.store.database.begin() as connection:
            silent = sa.update(workers).where(workers.c.worker_id == "a")
            connection.execute(silent.values(last_seen_at=now() - timedelta(seconds=60)))
        assert scraped(service)["clipzy_workers_alive"] == 1


def test_each_part_is_told_whether_it_answers(own_service):
    """Also when one does not: what is known is told, the rest is left out."""
    with own_service() as service:
        found = scraped(service)
        parts = ("database", "storage", "inference")
        assert [found[f"clipzy_{part}_up"] for part in parts] == [1, 1, 1]
        path = service.services.settings.data_path / "clipzy.db"
        service.store.database.dispose()
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        found = scraped(service)
        assert [found[f"clipzy_{part}_up"] for part in parts] == [0, 1, 1]
        assert not [name for name in found if name.startswith(("clipzy_jobs{", "clipzy_queue", "clipzy_workers_alive"))]
        assert found['clipzy_disk_free_bytes{folder="data"}'] > 0


def test_uploads_are_counted_by_how_they_end(own_service, clips, tmp_path):
    """Accepted with their bytes, refused by the code that the client is told."""
    with own_service() as service:
        before = scraped(service)

        def send(path):
            with path.open("rb") as file:
                return service.client.post("/api/v1/videos/upload", files={"file": (path.name, file)})

        size = data(send(clips / "clip.mp4"))["file_size_bytes"]
        (tmp_path / "notes.mp4").write_text("these are notes\n" * 100)
        assert send(tmp_path / "notes.mp4").status_code == 422
        after = scraped(service)

    def more(name):
        return after[name] - before.get(name, 0)

    assert more('clipzy_uploads_total{outcome="accepted"}') == 1
    assert more('clipzy_uploads_total{outcome="unsupported_format"}') == 1
    assert more("clipzy_upload_bytes_total") == size


def test_jobs_are_counted_as_they_are_created_and_cancelled(own_service):
    """A request that leads to the same job by its key creates none."""
    with own_service() as service:
        before = scraped(service)
        body, key = {"video_id": service.add_video()}, {"Idempotency-Key": "once"}
        created = [data(service.client.post("/api/v1/jobs", json=body, headers=key))["job_id"] for _ in range(2)]
        assert created[0] == created[1]
        data(service.client.post(f"/api/v1/jobs/{created[0]}/cancel"))
        after = scraped(service)
    assert after["clipzy_jobs_created_total"] - before.get("clipzy_jobs_created_total", 0) == 1
    name = 'clipzy_jobs_cancelled_total{status="queued"}'
    assert after[name] - before.get(name, 0) == 1
