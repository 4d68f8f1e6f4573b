"""A job's changes as server-sent events."""

from __future__ import annotations

import json
import threading
import time

import pytest

from api.rest import data
from clipzy.api import events
from clipzy.jobs.lifecycle import Stage


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch):
    """Look at the job often."""
    monkeypatch.setattr(events, "LOOK_S", 0.01)


def follow(client, job_id, seen=None):
    """The events of a job up to the stream's end, as (id, data)."""
    headers = {} if seen is None else {"last-event-id": seen}
    with client.stream("GET", f"/api/v1/jobs/{job_id}/events", headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-cache"
        current: dict[str, str] = {}
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                current[name] = value
            elif "data" in current:
                yield current["id"], json.loads(current["data"])
                current = {}


def test_each_change_is_one_event_until_the_end(service):
    """Status, stage and progress, each once and in order; the stream ends with the job."""
    job_id = service.add_job()
    moves = iter(
        [
            lambda: service.begin(job_id),
            lambda: service.progress(job_id, 10),
            lambda: service.begin(job_id, Stage.AUDIO_ANALYSIS),
            lambda: service.finish_extraction(job_id),
            lambda: service.complete(job_id),
        ]
    )
    seen = []
    for event_id, job in follow(service.client, job_id):
        seen.append((event_id, job["status"], job["current_stage"], job["progress_percent"]))
        next(moves, lambda: None)()
    assert [each[1:] for each in seen] == [
        ("queued", None, 0),
        ("processing", "video_analysis", 1),
        ("processing", "video_analysis", 10),
        ("processing", "audio_analysis", 21),
        ("processing", "style_extraction", 65),
        ("completed", None, 100),
    ]
    assert len({each[0] for each in seen}) == len(seen)


def test_an_event_holds_the_whole_job(service):
    """The same as its status."""
    job_id = service.add_job()
    [(_, job)] = [next(follow(service.client, job_id))]
    assert job == data(service.client.get(f"/api/v1/jobs/{job_id}"))


def test_who_comes_back_misses_nothing_and_sees_nothing_twice(service):
    """With Last-Event-ID only what has changed since is sent."""
    job_id = service.add_job()
    service.begin(job_id)
    last, _ = next(follow(service.client, job_id))
    waiting = []
    thread = threading.Thread(target=lambda: waiting.extend(follow(service.client, job_id, last)))
    thread.start()
    time.sleep(0.2)
    assert waiting == []
    service.fail(job_id)
    thread.join(10)
    assert [job["status"] for _, job in waiting] == ["failed"]
    assert waiting[0][1]["error"]["code"] == "PROCESSING_FAILED"


def test_who_has_seen_the_end_need_not_come_back(service):
    """204 tells a browser not to connect again; without that id the end is told."""
    job_id = service.add_job()
    data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    [(last, job)] = follow(service.client, job_id)
    assert job["status"] == "cancelled"
    again = service.client.get(f"/api/v1/jobs/{job_id}/events", headers={"last-event-id": last})
    assert (again.status_code, again.content) == (204, b"")


def test_silence_is_filled_with_heartbeats(service, monkeypatch):
    """Comments, which clients pass over, keep proxies from closing the connection."""
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.02)
    job_id = service.add_job()
    with service.client.stream("GET", f"/api/v1/jobs/{job_id}/events") as stream:
        lines = (line for line in stream.iter_lines() if line.startswith(":"))
        assert [next(lines), next(lines)] == [": ping"] * 2


def test_the_stream_of_a_deleted_job_ends(service):
    """Deleted under the eyes of a client that had seen its end approach."""
    job_id = service.add_job()
    data(service.client.post(f"/api/v1/jobs/{job_id}/cancel"))
    stream = follow(service.client, job_id, "processing.rendering.99")
    assert next(stream)[1]["status"] == "cancelled"
    data(service.client.delete(f"/api/v1/jobs/{job_id}"))
    assert list(stream) == []


def test_followers_do_not_hold_threads(service):
    """Sixty of them wait without taking the threads that other requests need."""
    job_id = service.add_job()
    streams = [service.client.stream("GET", f"/api/v1/jobs/{job_id}/events") for _ in range(60)]
    opened = [stream.__enter__() for stream in streams]
    try:
        assert all(response.status_code == 200 for response in opened)
        started = time.monotonic()
        data(service.client.get(f"/api/v1/jobs/{job_id}"))
        assert time.monotonic() - started < 2
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)
