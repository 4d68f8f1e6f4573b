"""Jobs through both clients."""

from __future__ import annotations

import json
import threading
import time

import pytest

from api.rest import STYLE_JSON
from clients.python.relay import Cut, relaying
from clients.python.scripted import Say, refusal, scripted, success
from clipzy.jobs.lifecycle import Stage
from clipzy_client import Client, JobConfig, JobStatus, Polling, Retries, Timeouts
from clipzy_client.errors import (
    ConnectionFailed,
    IdempotencyConflict,
    JobAlreadyProcessing,
    JobNotCancellable,
    JobNotCompleted,
    JobNotFound,
    MissingField,
    NotFound,
    ResultNotReady,
    ServiceUnavailable,
    WaitTimedOut,
)


def job(status):
    """One as the engine tells of it."""
    moment = "2026-01-31T12:00:00Z"
    return {"job_id": "job_a", "status": status, "progress_percent": 0, "created_at": moment, "updated_at": moment}


def said(status, **how):
    """One event of a stream, in which that is the id too; with `length` the stream breaks off after it."""
    return Say(200, f"retry: 10\nid: {status}\ndata: {json.dumps(job(status))}\n\n".encode(), **how)


def test_a_new_job_is_queued(client, service):
    """With everything that was asked for; what was not is left to the engine."""
    video_id, template_id = service.add_video(), service.add_video()
    job = client.jobs.create(
        video_id=video_id,
        template_video_id=template_id,
        config=JobConfig(quality="high", frame_rate=24),
        metadata={"order": [4711]},
        priority=3,
    )
    assert (job.video_id, job.template_video_id, job.status) == (video_id, template_id, JobStatus.QUEUED)
    assert (job.metadata, job.priority, job.ended, job.error) == ({"order": [4711]}, 3, False, None)
    config = service.store.get_job(job.job_id).config
    assert (config.quality, config.frame_rate, config.strength) == ("high", 24, type(config)().strength)


def test_the_template_of_the_upload_counts_unless_none_is_wanted(client, service, clip):
    """Left out and None are two answers to which template it is to be."""
    template_id = service.add_video()
    footage = client.videos.upload(clip, template_video_id=template_id)
    assert client.jobs.create(video_id=footage.video_id).template_video_id == template_id
    assert client.jobs.create(video_id=footage.video_id, template_video_id=None).template_video_id is None


def test_a_style_that_was_found_can_be_applied(client, service):
    """A result's Style DNA goes back as it came, in a model or in a dictionary."""
    style = client.jobs.result(service.rendered(b"video")).style_json
    assert style.model_dump(mode="json") == STYLE_JSON
    for config in (JobConfig(style=style), {"style": style, "strength": 0.5}):
        job = client.jobs.create(video_id=service.add_video(), config=config)
        assert service.store.get_job(job.job_id).config.style.cut_frequency == style.cut_frequency


def test_a_job_is_created_once_however_often_it_is_sent(connect, service):
    """The answer is lost on its way: the same key goes with the next try, and leads to the same job."""
    video_id = service.add_video()
    with relaying(service.url, Cut(answered=0), Cut(answered=10)) as relay:
        job = connect(relay.url).jobs.create(video_id=video_id)
        keys = {
            line for sent in relay.requests for line in sent.splitlines() if line.lower().startswith(b"idempotency")
        }
        assert len(relay.requests) == 3
        assert len(keys) == 1
    assert [each.job_id for each in service.store.list_jobs(1, 10, video_id=video_id).items] == [job.job_id]


def test_a_key_of_the_callers_own(client, service):
    """Gives the same job in another call, and is refused for another request."""
    video_id = service.add_video()
    key = f"order {video_id}"
    first = client.jobs.create(video_id=video_id, idempotency_key=key)
    assert client.jobs.create(video_id=video_id, idempotency_key=key).job_id == first.job_id
    with pytest.raises(IdempotencyConflict):
        client.jobs.create(video_id=video_id, priority=1, idempotency_key=key)
    with pytest.raises(JobAlreadyProcessing, match=first.job_id) as caught:
        client.jobs.create(video_id=video_id)
    assert caught.value.job_id == first.job_id


def test_a_job_without_videos_is_refused(client):
    """The field that is missing is named."""
    with pytest.raises(MissingField) as caught:
        client.jobs.create()
    assert [each.field for each in caught.value.fields] == ["video_id"]


def test_a_result_comes_as_soon_as_there_is_something(client, service):
    """The style while the job still renders; before that it is not ready."""
    job_id = service.add_job()
    with pytest.raises(ResultNotReady):
        client.jobs.result(job_id)
    service.finish_extraction(job_id)
    result = client.jobs.result(job_id)
    assert (result.style_json.tempo_bpm, result.warnings) == (125.0, ("the video is short",))
    assert result.output_video_url is None


def test_a_cancelled_job_can_be_deleted(client, service):
    """Once each."""
    job_id = service.add_job()
    assert client.jobs.cancel(job_id).status is JobStatus.CANCELLED
    with pytest.raises(JobNotCancellable):
        client.jobs.cancel(job_id)
    assert client.jobs.delete(job_id) is None
    with pytest.raises(JobNotFound):
        client.jobs.delete(job_id)


def test_a_cancel_whose_answer_was_lost_is_not_sent_again(connect, service):
    """A second one would be told that there is nothing to cancel."""
    job_id = service.add_job()
    with relaying(service.url, Cut(answered=0)) as relay:
        with pytest.raises(ConnectionFailed):
            connect(relay.url).jobs.cancel(job_id)
        assert len(relay.requests) == 1


def test_jobs_are_listed_and_gone_through(client, service):
    """By status and by video, newest first."""
    template = service.add_video()
    made = [service.add_job(video_id=service.add_video(), template_video_id=template) for _ in range(3)]
    client.jobs.cancel(made[1])
    assert [job.job_id for job in client.jobs.iterate(video_id=template, page_size=2)] == made[::-1]
    page = client.jobs.list(video_id=template, status="cancelled")
    assert [job.job_id for job in page.jobs] == [made[1]]


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_does_not_outlast_its_time_where_the_engine_hangs(connect, follow):
    """What is given to one answer is more, and that four times."""
    with scripted(Say(200, b"", length=100, hold_s=9)) as server:
        began = time.monotonic()
        with pytest.raises(WaitTimedOut):
            connect(server.url, timeouts=Timeouts(answer_s=5)).jobs.wait("job_a", timeout_s=0.2, follow=follow)
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_ends_with_the_job(client, service, follow):
    """Each change is told once, the end too; a failed job says why."""
    job_id = service.add_job()
    moves = iter(
        [
            lambda: service.begin(job_id),
            lambda: service.begin(job_id, Stage.AUDIO_ANALYSIS),
            lambda: service.fail(job_id, code="JOB_TIMEOUT"),
        ]
    )
    seen = []

    def on_change(job):
        seen.append((job.status, job.current_stage))
        next(moves, lambda: None)()

    job = client.jobs.wait(job_id, follow=follow, on_change=on_change, timeout_s=20)
    assert seen == [
        ("queued", None),
        ("processing", "video_analysis"),
        ("processing", "audio_analysis"),
        ("failed", None),
    ]
    assert (job.error.stage, job.error.code) == ("audio_analysis", "JOB_TIMEOUT")
    with pytest.raises(JobNotCompleted, match="cannot be decoded") as caught:
        job.raise_unless_completed()
    assert caught.value.code == "JOB_TIMEOUT"


def given_up(wait):
    """What a wait of so many seconds ends with: of few, or where a busy machine tells of no job in that time, of more."""
    for timeout_s in (0.3, 4.0):
        with pytest.raises(WaitTimedOut) as caught:
            wait(timeout_s)
        if caught.value.job is not None:
            break
    return caught.value


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_may_be_given_up(client, service, follow):
    """The error holds the job as it was seen last; the job goes on."""
    job_id = service.add_job()
    error = given_up(lambda timeout_s: client.jobs.wait(job_id, follow=follow, timeout_s=timeout_s))
    assert error.job.status is JobStatus.QUEUED
    assert client.jobs.get(job_id).status is JobStatus.QUEUED


class Slow(Retries):
    """On a busy machine: the process rests between two lines."""

    def pause_s(self, tried_again, asked_s=None):
        """As ever, but late."""
        time.sleep(0.3)
        return super().pause_s(tried_again, asked_s)


def test_waiting_is_given_up_even_where_the_time_is_up_just_before_a_pause(connect):
    """No pause is shorter than none."""
    with scripted(said("queued", length=1000)) as server, pytest.raises(WaitTimedOut):
        connect(server.url, retries=Slow(most=3, first_s=0.01)).jobs.wait("job_a", follow=True, timeout_s=0.3)


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_outlasts_an_engine_that_is_away_for_a_moment(connect, service, follow):
    """More broken connections than one request is retried."""
    job_id = service.rendered(b"video")
    with relaying(service.url, *[Cut(answered=0)] * 6) as relay:
        assert connect(relay.url).jobs.wait(job_id, follow=follow).status is JobStatus.COMPLETED


@pytest.mark.parametrize(
    "away", [refusal(503, "SERVICE_UNAVAILABLE"), *(Say(status, b"<html>nginx</html>") for status in (502, 503, 504))]
)
def test_events_outlast_an_engine_that_is_away_for_longer_than_a_request_is_retried(connect, away):
    """As while it starts again behind a proxy, by its own word or the proxy's: they go on after the event that came last."""
    busy = [away] * 9
    with scripted(said("queued", length=1000), *busy, said("completed")) as server:
        events = list(connect(server.url).jobs.events("job_a"))
        assert [event.job.status for event in events] == ["queued", "completed"]
        assert len(server.got) == 2 + len(busy)
        assert {headers.get("last-event-id") for _, _, headers, _ in server.got[1:]} == {"queued"}


def test_events_outlast_a_proxy_that_cuts_every_stream(connect):
    """More often than a request is retried, with nothing but beats of the stream's heart between."""
    beats = [Say(200, b"retry: 10\n\n: ping\n\n", length=1000)] * 6
    with scripted(said("queued", length=1000), *beats, said("completed")) as server:
        events = list(connect(server.url).jobs.events("job_a"))
    assert [event.job.status for event in events] == ["queued", "completed"]


def test_events_do_not_outlast_streams_that_bring_nothing(connect):
    """After as many as a request is retried it is told that the job cannot be followed."""
    with scripted(said("queued", length=1000), Say(200, b"retry: 10\n\n", length=1000)) as server:
        with pytest.raises(ConnectionFailed, match="cannot be followed"):
            list(connect(server.url).jobs.events("job_a"))
        assert len(server.got) == 4


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_does_not_outlast_an_engine_that_stays_away(connect, follow):
    """It is looked for five times, each with its retries, and after its events another time; then its own error comes out."""
    with scripted(refusal(503, "SERVICE_UNAVAILABLE")) as server:
        with pytest.raises(ServiceUnavailable):
            connect(server.url, retries=Retries(most=1, first_s=0.01)).jobs.wait("job_a", follow=follow)
        assert len(server.got) == (12 if follow else 10)


@pytest.mark.parametrize("follow", [False, True], ids=["polling", "events"])
def test_waiting_for_an_engine_that_is_away_may_be_given_up(connect, follow):
    """With the job as it was seen last."""
    first = said("queued", length=1000) if follow else success(job("queued"))
    # its second look is its last one, however soon the server refuses it
    patience = {"retries": Retries(most=1, first_s=0.3), "polling": Polling(first_s=0.01, steady_s=0.0, growth=1000.0)}

    def wait(timeout_s):
        with scripted(first, refusal(503, "BUSY")) as server:
            connect(server.url, **patience).jobs.wait("job_a", follow=follow, timeout_s=timeout_s)

    assert given_up(wait).job.status is JobStatus.QUEUED


@pytest.mark.parametrize(
    "streams",
    [
        [Say(head=False, hold_s=5)],
        [Say(length=100, hold_s=5)],
        [Say(200, b"retry: 10\n\n", length=1000)] * 4,
    ],
    ids=["nothing", "no body", "no event"],
)
def test_waiting_goes_on_by_polling_where_no_events_come_through(connect, streams):
    """As behind a proxy that keeps a stream until it is whole: after one silent connection, or after the last that broke."""
    seen = []
    with scripted(*streams, success(job("queued")), success(job("completed"))) as server:
        client = connect(server.url, timeouts=Timeouts(silence_s=0.3))
        ended = client.jobs.wait("job_a", follow=True, on_change=lambda changed: seen.append(changed.status))
        asked = [path.rpartition("/")[2] for _, path, _, _ in server.got]
    assert (ended.status, seen) == (JobStatus.COMPLETED, ["queued", "completed"])
    assert asked == ["events"] * len(streams) + ["job_a"] * 2


def test_what_was_told_by_events_is_not_told_again_by_polling(connect):
    """Each change once, also where the events end in the middle."""
    seen = []
    with scripted(
        said("queued", length=1000), Say(head=False, hold_s=5), success(job("queued")), success(job("completed"))
    ) as server:
        client = connect(server.url, timeouts=Timeouts(silence_s=0.3))
        client.jobs.wait("job_a", follow=True, on_change=lambda changed: seen.append(changed.status))
    assert seen == ["queued", "completed"]


def test_what_on_change_raises_is_its_callers(connect):
    """Also if it is an error of this client, as where it asks another engine that is away: that says nothing of the events."""

    def failing(changed):
        raise ConnectionFailed(f"another engine is away ({changed.status})")

    with scripted(said("queued", length=1000), success(job("completed"))) as server:
        with pytest.raises(ConnectionFailed, match="another engine"):
            connect(server.url).jobs.wait("job_a", follow=True, on_change=failing)
        assert len(server.got) == 1


def test_polling_grows_as_the_document_says():
    """Every 5 s for two minutes, then longer up to 30 s."""
    polling, waited_s, pauses = Polling(), 0.0, [Polling().first_s]
    while len(pauses) < 40:
        waited_s += pauses[-1]
        pauses.append(polling.next_s(pauses[-1], waited_s))
    assert set(pauses[:24]) == {5.0}
    assert pauses[24:29] == [7.5, 11.25, 16.875, 25.3125, 30.0]
    assert set(pauses[28:]) == {30.0}


def test_events_go_on_where_the_connection_broke(connect, service):
    """Nothing is missed and nothing comes twice, over as many connections as it takes."""
    job_id = service.add_job()
    steps = [lambda: service.begin(job_id), lambda: service.progress(job_id, 10), lambda: service.fail(job_id)]
    with relaying(service.url, Cut(answered=1500)) as relay:
        relay.cuts.append(Cut(answered=1500))
        client = connect(relay.url)
        seen = []
        for event in client.jobs.events(job_id):
            seen.append((event.job.status, event.job.progress_percent))
            if steps:
                steps.pop(0)()
        assert len(relay.requests) > 1
        assert b"Last-Event-ID: processing.video_analysis" in b"".join(relay.requests)
    assert seen == [("queued", 0), ("processing", 1), ("processing", 10), ("failed", 10)]


def test_events_that_were_seen_do_not_come_again(client, service):
    """Going on from the last one: none where the job has ended and that was seen."""
    job_id = service.rendered(b"video")
    [event] = client.jobs.events(job_id)
    assert event.job.status is JobStatus.COMPLETED
    assert list(client.jobs.events(job_id, last_event_id=event.event_id)) == []


def test_there_are_no_events_of_no_job(client):
    """With the engine's own word for it."""
    with pytest.raises(JobNotFound):
        next(client.jobs.events("job_none"))


def test_many_threads_may_share_one_client(service):
    """Each gets its own answers."""
    ids = [service.add_video() for _ in range(8)]
    with Client(service.url) as client:
        found = {}
        threads = [
            threading.Thread(target=lambda each=each: found.update({each: client.videos.get(each)})) for each in ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert {name: video.video_id for name, video in found.items()} == {each: each for each in ids}


def test_a_job_without_a_webhook_has_no_delivery(client, service):
    """It says so."""
    with pytest.raises(NotFound, match="webhook_url"):
        client.jobs.webhook(service.add_job())


def test_health_is_typed(client):
    """Each part of the engine."""
    health = client.health()
    assert (health.status, health.database, health.networks) == ("healthy", True, {"beats": True})
