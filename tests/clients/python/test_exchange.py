"""Retries, errors and what a client sends with every request."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
import time
import traceback
from datetime import UTC, datetime

import httpx
import pytest

from clients.python.scripted import Say, refusal, scripted, success
from clipzy.errors import RequestError
from clipzy.tokens import Scope, new_token
from clipzy_client import AsyncClient, Client, Retries, Timeouts, __version__, async_client, errors
from clipzy_client import client as blocking_client
from clipzy_client.answers import retry_after_s
from clipzy_client.errors import (
    ApiError,
    ClipzyError,
    ConnectionFailed,
    FileTooLarge,
    Forbidden,
    InvalidRequest,
    QueueFull,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
    UnexpectedAnswer,
)

HEALTHY = success({"status": "healthy", "version": "9", "database": True, "storage": True, "networks": {}})


def test_an_answer_that_cannot_be_unpacked_is_an_error_of_the_clients_own(connect, tmp_path):
    """Of whatever is asked: what was packed wrongly on its way is no whole answer."""
    with scripted(Say(200, b"no gzip", {"Content-Encoding": "gzip"})) as server:
        client = connect(server.url)
        for ask in (
            client.health,
            lambda: client.jobs.download("job_a", tmp_path / "out.mp4"),
            lambda: client.jobs.wait("job_a", follow=True),
        ):
            with pytest.raises(ConnectionFailed, match="incorrect header"):
                ask()


def test_a_refusal_for_the_moment_is_asked_again(connect):
    """As late as Retry-After says, under the same request id."""
    with scripted(
        refusal(503, "SERVICE_UNAVAILABLE", Retry_After="1"), refusal(429, "RATE_LIMITED"), HEALTHY
    ) as server:
        began = time.monotonic()
        assert connect(server.url).health().version == "9"
        assert 1.0 <= time.monotonic() - began < 3.0
        assert len(server.got) == 3
        assert len({headers["x-request-id"] for _, _, headers, _ in server.got}) == 1


UNSETTLED = [*(Say(status, b"<html>nginx</html>") for status in (502, 503, 504)), refusal(503, "SERVICE_UNAVAILABLE")]


def once_only(client, clip):
    """What may not be done twice, by name."""
    return {
        "cancel": lambda: client.jobs.cancel("job_a"),
        "delete a job": lambda: client.jobs.delete("job_a"),
        "delete a video": lambda: client.videos.delete("vid_a"),
        "upload": lambda: client.videos.upload(clip),
    }


@pytest.mark.parametrize("said", UNSETTLED, ids=["502", "503", "504", "the engine's own 503"])
def test_where_nobody_knows_what_the_engine_has_done_only_the_repeatable_is_asked_again(connect, clip, said):
    """As after a connection that broke: a second cancel would be told that the job has ended, a second upload would be a second video."""
    with scripted(said, HEALTHY) as server:
        assert connect(server.url).health().version == "9"
    with scripted(said, refusal(409, "JOB_ALREADY_PROCESSING")) as server:
        with pytest.raises(errors.JobAlreadyProcessing):  # the second answer
            connect(server.url).jobs.create(video_id="vid_a")
        assert len({headers["idempotency-key"] for _, _, headers, _ in server.got}) == 1
    with scripted(said) as server:
        for name, act in once_only(connect(server.url), clip).items():
            before = len(server.got)
            with pytest.raises(UnexpectedAnswer if isinstance(said.body, bytes) else ServiceUnavailable):
                act()
            assert len(server.got) - before == 1, name


@pytest.mark.parametrize("said", [Say(429, b"slow down"), refusal(429, "RATE_LIMITED"), refusal(503, "QUEUE_FULL")])
def test_what_was_refused_before_anything_was_done_is_asked_again_whatever_it_is(connect, clip, said):
    """The second answer is about the second request."""
    for name in once_only(connect("http://localhost"), clip):
        with scripted(said, refusal(404, "NOT_FOUND")) as server:
            with pytest.raises(errors.NotFound):
                once_only(connect(server.url), clip)[name]()
            assert len(server.got) == 2, name


def test_the_engine_is_not_asked_for_ever(connect):
    """Three retries, then its own error."""
    with scripted(refusal(503, "QUEUE_FULL", Retry_After="0")) as server:
        with pytest.raises(QueueFull) as caught:
            connect(server.url).jobs.create(video_id="vid_a")
        assert len(server.got) == 4
        assert len({headers["idempotency-key"] for _, _, headers, _ in server.got}) == 1
    assert (caught.value.status, caught.value.retry_after_s, str(caught.value)) == (503, 0.0, "not now")


def test_a_retry_after_of_hours_is_not_waited_for(connect):
    """The caller may do that better."""
    with scripted(refusal(503, "SERVICE_UNAVAILABLE", Retry_After="7200")) as server:
        with pytest.raises(ServiceUnavailable) as caught:
            connect(server.url).health()
        assert len(server.got) == 1
    assert caught.value.retry_after_s == 7200


@pytest.mark.parametrize(("status", "code"), [(500, "INTERNAL_ERROR"), (507, "INSUFFICIENT_STORAGE"), (409, "NEW_ONE")])
def test_other_refusals_are_final(connect, status, code):
    """They would be the same again; a code that is not known here keeps its name and its status' class."""
    with scripted(refusal(status, code)) as server:
        with pytest.raises(ApiError) as caught:
            connect(server.url).health()
        assert len(server.got) == 1
    assert (caught.value.code, caught.value.status) == (code, status)
    assert isinstance(caught.value, errors.error_class(code, status))
    assert type(caught.value) is not ApiError


def test_nobody_there_is_told_with_the_id_that_was_sent(connect):
    """After the retries."""
    with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9") as caught:
        connect("http://127.0.0.1:9").health()
    assert caught.value.request_id.startswith("req_")
    assert (caught.value.code, caught.value.status, caught.value.fields) == ("CONNECTION_FAILED", None, ())


def test_an_engine_that_does_not_answer_in_time(connect):
    """Is asked again, then given up."""
    with scripted(Say(200, b"", length=10, hold_s=5.0)) as server:
        client = connect(server.url, timeouts=Timeouts(answer_s=0.05), retries=Retries(most=1, first_s=0.01))
        with pytest.raises(ConnectionFailed, match=r"timed out|ReadTimeout"):
            client.health()
        assert len(server.got) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Say(200, b"<html>hello</html>"),
        Say(502, b"<html>bad gateway</html>"),
        Say(200, {"fine": True}),
        Say(404, [1, 2]),
        Say(302, b"", {"Location": "/login"}),
        success({"status": 7}),
    ],
    ids=["page", "gateway", "json", "list", "redirect", "model"],
)
def test_what_is_not_the_engine_is_told_apart(connect, answer):
    """A proxy's page is no answer of the engine's, and no traceback of a JSON reader's."""
    with scripted(answer) as server, pytest.raises(UnexpectedAnswer, match="base_url") as caught:
        connect(server.url).health()
    assert caught.value.status == answer.status


def test_a_proxy_that_takes_no_file_of_this_size_says_so(connect, clip):
    """In words of its own, which are no other service's."""
    answer, told = Say(413, b"<html>413 Request Entity Too Large</html>"), "a proxy takes no file of this size"
    with scripted(answer) as server, pytest.raises(FileTooLarge, match=told) as caught:
        connect(server.url).videos.upload(clip)
    assert (caught.value.code, caught.value.status) == ("FILE_TOO_LARGE", 413)


def test_fields_and_values_of_a_later_engine_are_taken(connect):
    """Unknown fields are kept, unknown values are themselves."""
    job = {"job_id": "job_a", "status": "paused", "progress_percent": 3, "current_stage": "upscaling", "mood": {"a": 1}}
    with scripted(
        success({**job, "created_at": "2026-01-31T12:00:00Z", "updated_at": "2026-01-31T12:00:00Z"})
    ) as server:
        found = connect(server.url).jobs.get("job_a")
    assert (found.status, found.current_stage.value, found.ended) == ("paused", "upscaling", False)
    assert found.model_extra == {"mood": {"a": 1}}
    with pytest.raises(ValueError, match="frozen"):
        found.status = "completed"


def test_a_token_opens_the_engine(connect, own_service):
    """Without one, with a strange one, and with one that may only read: three answers, each its own class."""
    writing, first = new_token("alice", Scope.WRITE)
    reading, second = new_token("alice", Scope.READ)
    with own_service(api_tokens=f"{first},{second}") as service:
        for token in (None, "clipzy_strange"):
            with pytest.raises(Unauthorized):
                connect(service.url, token=token).jobs.list()
        assert connect(service.url, token=reading).jobs.list().total == 0
        with pytest.raises(Forbidden):
            connect(service.url, token=reading).jobs.create(video_id="vid_a")
        with pytest.raises(errors.VideoNotFound):
            connect(service.url, token=writing).jobs.create(video_id="vid_a")


@pytest.mark.parametrize("token", [None, "", "\n"], ids=["none", "empty", "line end"])
def test_without_a_token_none_is_sent(connect, token):
    """An empty variable of the environment is no token."""
    with scripted(HEALTHY) as server:
        connect(server.url, token=token).health()
    [(_, _, headers, _)] = server.got
    assert "authorization" not in headers


def test_a_token_is_sent_without_the_line_end_of_its_file(connect):
    """One that no header can hold is refused at once, and not shown."""
    with scripted(HEALTHY) as server:
        connect(server.url, token="clipzy_abc\n").health()
        with pytest.raises(ValueError, match="one word") as caught:
            connect(server.url, token="clipzy_secret\nX-Other: 1")
    [(_, _, headers, _)] = server.got
    assert headers["authorization"] == "Bearer clipzy_abc"
    assert "secret" not in str(caught.value)


def test_the_engines_own_limits_are_classes_too(connect, own_service):
    """A full queue and a caller in a hurry, with what the engine asks to wait."""
    impatient = Retries(longest_asked_s=0.0)
    with own_service(max_queued_jobs=1) as service:
        service.add_job()
        with pytest.raises(QueueFull) as caught:
            connect(service.url, retries=impatient).jobs.create(video_id=service.add_video())
        assert caught.value.retry_after_s == 10


def test_a_caller_in_a_hurry_is_slowed_down(own_service):
    """One request too many is refused at first, and passes after the second that the engine asks for."""
    with (
        own_service(rate_limit_per_minute=60) as service,
        Client(service.url, retries=Retries(longest_asked_s=0.0)) as hasty,
        Client(service.url, retries=Retries(first_s=0.01)) as patient,
    ):

        def hurry():
            while True:
                hasty.jobs.list()

        with pytest.raises(RateLimited) as caught:
            hurry()
        assert caught.value.retry_after_s == 1
        assert patient.jobs.list().total == 0


def test_every_code_of_the_engine_has_a_class():
    """Of the same place in its tree; a new one must not be forgotten here."""

    def codes(kind):
        return {kind.code: kind.status} | {
            code: status for each in kind.__subclasses__() for code, status in codes(each).items()
        }

    for code, status in codes(RequestError).items():
        kind = errors.error_class(code, status)
        assert kind.code == code
        assert issubclass(kind, ApiError)
        assert isinstance(kind("", code=code, status=status), ClipzyError)


def test_what_goes_with_every_request(connect):
    """Who asks, under which id; a base URL is taken with its slash, its path or the API's own."""
    with scripted(HEALTHY) as server:
        for ending, path in (("", ""), ("/", ""), ("/api/v1", ""), ("/behind/a/proxy/", "/behind/a/proxy")):
            connect(server.url + ending).health()
            _, asked, headers, _ = server.got[-1]
            assert asked == f"{path}/api/v1/health"
            assert headers["user-agent"] == f"clipzy-client/{__version__}"
            assert "authorization" not in headers


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:8000", "ftp://a", "http://", "", "http://[::1", "http://ann@a", "http://ann:s3cret@a"),
        *("https://:s3cret@a:8000/api/v1", "http://ann:s3cret/@a", "ann:s3cret@a"),
    ],
)
def test_a_base_url_that_is_none_is_refused_at_once(url):
    """Before anything is asked; nor is one with a password in it, which every error would show. What was given is not shown either."""
    with pytest.raises(ValueError, match="begin with http:// or https://, such as http://localhost:8000,") as caught:
        Client(url, token="clipzy_abc")
    shown = "".join(traceback.format_exception(caught.value)[-1:])
    assert "s3cret" not in shown
    assert "ann" not in shown
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a?b#c", "ä %2F"])
def test_an_id_stays_one_step_of_the_path(connect, name):
    """Whatever it holds, no other route is asked."""
    with scripted(refusal(404, "JOB_NOT_FOUND")) as server:
        with pytest.raises((ValueError, errors.JobNotFound)):
            connect(server.url).jobs.get(name)
        assert all(path.count("/") == 4 and "?" not in path for _, path, _, _ in server.got)


def test_a_client_of_the_callers_own_is_left_open(service):
    """What was given is not closed."""
    with httpx.Client() as http:
        with Client(service.url, http=http) as client:
            client.health()
        assert not http.is_closed


def test_a_client_of_the_callers_own_sends_its_headers_and_cookies(connect, clip):
    """With every request, uploads too; its auth only where there is no token, and no header of this client's gives way."""
    own = {
        "headers": {"X-Tenant": "north", "User-Agent": "own"},
        "cookies": {"affinity": "7"},
        "auth": ("ann", "word"),
    }
    with scripted(HEALTHY) as server:
        for token, authorization in (("clipzy_abc", "Bearer clipzy_abc"), (None, "Basic YW5uOndvcmQ=")):
            client = connect(server.url, own=own, token=token)
            client.health()
            with pytest.raises(UnexpectedAnswer):
                client.videos.upload(clip)
            for _, _, headers, _ in server.got[-2:]:
                assert (headers["x-tenant"], headers["cookie"]) == ("north", "affinity=7")
                assert headers["authorization"] == authorization
                assert headers["user-agent"] == f"clipzy-client/{__version__}"
                assert headers["accept-encoding"] == "identity"


def test_its_own_connections_are_closed(service):
    """At the end of the block; a closed client says so."""

    async def ask_later():
        async with AsyncClient(service.url) as client:
            await client.health()
        await client.health()

    with Client(service.url) as client:
        client.health()
    with pytest.raises(RuntimeError, match="closed"):
        client.health()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(ask_later())


def test_many_followers_leave_room_for_other_calls():
    """Each has a connection of its own, and nothing waits for one of them."""
    health = json.dumps(HEALTHY.body).encode()

    async def answer(reader, writer):
        asked = await reader.readuntil(b"\r\n\r\n")
        if b"/health" in asked:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(health), health))
        opened.append(writer)

    async def ask_beside(most):
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2 * most)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, AsyncClient(url) as client:
            followers = [asyncio.create_task(anext(client.jobs.events("job_a"))) for _ in range(most)]
            async with asyncio.timeout(10):
                while len(opened) < most:
                    await asyncio.sleep(0.01)
                await client.health()
            for each in followers:
                each.cancel()
            await asyncio.gather(*followers, return_exceptions=True)
        for each in opened:
            each.close()
            await each.wait_closed()

    opened = []
    asyncio.run(ask_beside(101))


def test_an_error_in_on_progress_comes_out(client, clip):
    """A caller's own mistake is not taken for a broken connection."""

    def fail(_done, _total):
        raise InterruptedError("enough")

    with pytest.raises(InterruptedError, match="enough"):
        client.videos.upload(clip, on_progress=fail)


def test_the_two_clients_have_the_same_names_and_words():
    """What one can, the other can, with the same parameters."""
    for blocking, other in (
        (blocking_client.Videos, async_client.AsyncVideos),
        (blocking_client.Jobs, async_client.AsyncJobs),
        (blocking_client.Client, async_client.AsyncClient),
    ):
        names = {name for name in vars(blocking) if not name.startswith("_")} - {"close"}
        assert names == {name for name in vars(other) if not name.startswith("_")} - {"aclose"}
        for name in names:
            ours, theirs = getattr(blocking, name), getattr(other, name)
            assert ours.__doc__ == theirs.__doc__
            assert list(inspect.signature(ours).parameters.values()) == list(
                inspect.signature(theirs).parameters.values()
            )


def test_pauses_double_up_to_a_bound_with_jitter(monkeypatch):
    """None is longer than its bound, none earlier than Retry-After asks, and they end."""
    monkeypatch.setattr(random, "random", lambda: 1.0)
    retries = Retries(most=6, first_s=0.5, longest_s=8.0)
    assert [retries.pause_s(number) for number in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, None]
    assert retries.pause_s(0, 10.0) == 10.5
    monkeypatch.setattr(random, "random", lambda: 0.0)
    assert (retries.pause_s(3), retries.pause_s(3, 10.0)) == (0.0, 10.0)
    assert retries.pause_s(0, 61.0) is None


def test_pauses_while_the_engine_is_away_go_on_where_the_retries_ended(monkeypatch):
    """Without luck in them: half a minute in all, after which it is given up."""
    monkeypatch.setattr(random, "random", lambda: 0.0)
    assert [Retries().away_pause_s(missed) for missed in range(1, 6)] == [4.0, 8.0, 8.0, 8.0, None]
    assert Retries().away_pause_s(1, 10.0) == 14.0
    assert Retries().away_pause_s(1, 61.0) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("Sat, 31 Jan 2026 12:00:30 GMT", 30.0),
        ("Sat, 31 Jan 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header, seconds):
    """What is neither asks for nothing."""
    assert retry_after_s(header, datetime(2026, 1, 31, 12, tzinfo=UTC)) == seconds


def test_invalid_fields_are_values(client):
    """To be shown beside a form."""
    with pytest.raises(InvalidRequest) as caught:
        client.jobs.create(video_id="vid_a", config={"strength": 2, "colour": True})
    assert {each.field for each in caught.value.fields} == {"config.strength", "config.colour"}
