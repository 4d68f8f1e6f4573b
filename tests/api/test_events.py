"""A job's changes as server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import ExitStack, aclosing, contextmanager

import httpx
import pytest
import sqlalchemy as sa

from api.rest import data
from clipzy.api import events, following
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.records import Standing


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch):
    """Look at the job often."""
    monkeypatch.setattr(following, "LOOK_S", 0.01)


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


@contextmanager
def counting(database):
    """The statements that are sent to the database meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    sa.event.listen(database, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(database, "before_cursor_execute", note)


def test_a_hundred_followers_cost_the_database_what_one_does(own_service, monkeypatch):
    """Of four jobs: one question each quarter of a second, and none once they have gone; each is told all the same."""
    monkeypatch.setattr(following, "LOOK_S", 0.25)
    with own_service() as service, httpx.Client(base_url=service.url, limits=httpx.Limits(), trust_env=False) as client:
        jobs = [service.add_job() for _ in range(4)]
        with ExitStack() as clients:
            paths = [f"/api/v1/jobs/{jobs[number % 4]}/events" for number in range(100)]
            streams = [clients.enter_context(client.stream("GET", path)) for path in paths]
            lines = [stream.iter_lines() for stream in streams]
            assert all('"queued"' in next(line for line in each if line.startswith("data")) for each in lines)
            with counting(service.store.database) as sent:
                time.sleep(2.0)
            assert 4 <= len(sent) <= 9
            for job_id in jobs:
                service.begin(job_id)
            assert all('"processing"' in next(line for line in each if line.startswith("data")) for each in lines)
        time.sleep(0.6)
        with counting(service.store.database) as sent:
            time.sleep(0.6)
        assert sent == []


def test_a_database_that_is_away_for_a_moment_ends_no_stream(own_service, monkeypatch, caplog):
    """The look is made again, and that it failed is told once; whatever else fails ends the stream, so that its client comes again."""
    with own_service() as service:
        job_id = service.add_job()
        marks, faults = service.store.marks, [sa.exc.OperationalError("", {}, Exception("away"))] * 3

        def stumbling(job_ids):
            if faults:
                raise faults.pop()
            return marks(job_ids)

        monkeypatch.setattr(service.store, "marks", stumbling)
        stream = follow(service.client, job_id)
        assert next(stream)[1]["status"] == "queued"
        service.begin(job_id)
        assert next(stream)[1]["status"] == "processing"
        assert faults == []
        assert caplog.text.count("followed jobs cannot be read") == 1
        faults.append(ZeroDivisionError())
        assert list(stream) == []
        assert next(follow(service.client, job_id))[1]["status"] == "processing"


def test_a_job_that_is_followed_never_goes_back(own_service):
    """A look that was overtaken by a newer one is not told."""
    with own_service() as service:
        early = service.store.read(Standing, job_id := service.add_job(), None)
        service.begin(job_id)
        late = service.store.read(Standing, job_id, None)

        async def told():
            each = following.Following(service.store)
            ahead, behind = each.changes(late, None, 60.0), each.changes(early, None, 60.0)
            async with aclosing(ahead), aclosing(behind):
                return [(await anext(changes)).status for changes in (ahead, behind)]

        assert asyncio.run(told()) == ["processing", "processing"]


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
