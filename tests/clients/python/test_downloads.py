"""Downloads through both clients."""

from __future__ import annotations

import asyncio
import os
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from clients.python.relay import Cut, relaying
from clients.python.scripted import Say, refusal, scripted, success
from clipzy_client import AsyncClient, Retries
from clipzy_client.errors import ConnectionFailed, NotFound, ResultNotReady, ServiceUnavailable

OUTPUT = random.Random(1).randbytes(3_000_001)


@pytest.fixture(scope="module")
def job_id(service):
    """A completed job with that output."""
    return service.rendered(OUTPUT)


def test_an_output_comes_whole(client, job_id, tmp_path):
    """Every byte, with nothing beside it; progress up to the end; a file that was there is replaced."""
    path = tmp_path / "out.mp4"
    path.write_bytes(b"an older one")
    seen = []
    assert client.jobs.download(job_id, path, on_progress=lambda done, total: seen.append((done, total))) == path
    assert path.read_bytes() == OUTPUT
    assert [each.name for each in tmp_path.iterdir()] == ["out.mp4"]
    assert seen[-1] == (len(OUTPUT), len(OUTPUT))
    assert all(before < after for before, after in pairwise(seen))


def test_a_broken_download_goes_on_where_it_was(connect, service, job_id, tmp_path):
    """Only what is missing is asked for, and only of the very same file."""
    with relaying(service.url, Cut(answered=1_000_000), Cut(answered=1_000_000)) as relay:
        connect(relay.url).jobs.download(job_id, tmp_path / "out.mp4")
        first, *others = (sent.lower() for sent in relay.requests)
    assert (tmp_path / "out.mp4").read_bytes() == OUTPUT
    assert b"range:" not in first
    assert len(others) == 2
    assert all(b"\r\nrange: bytes=" in sent and b'\r\nif-range: "' in sent for sent in others)
    begins = [int(sent.partition(b"range: bytes=")[2].partition(b"-")[0]) for sent in others]
    assert 900_000 < begins[0] < 1_000_000 < begins[1] < 2_000_000


def test_a_download_that_breaks_for_good_leaves_nothing(connect, service, job_id, tmp_path):
    """No half file under its name, and none under another; one that was there stays."""
    path = tmp_path / "out.mp4"
    path.write_bytes(b"an older one")
    cuts = (Cut(answered=1_000_000), *[Cut(answered=0)] * 20)
    with relaying(service.url, *cuts) as relay, pytest.raises(ConnectionFailed):
        connect(relay.url).jobs.download(job_id, path)
    assert path.read_bytes() == b"an older one"
    assert [each.name for each in tmp_path.iterdir()] == ["out.mp4"]


def test_a_download_may_break_more_often_than_a_request_is_retried(connect, service, job_id, tmp_path):
    """As long as something comes each time."""
    with relaying(service.url, *[Cut(answered=400_000)] * 7) as relay:
        connect(relay.url).jobs.download(job_id, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == OUTPUT


def test_a_download_outlasts_an_engine_that_goes_away_for_a_while(connect, service, job_id, tmp_path):
    """What has come is kept over more broken connections than one request is retried."""
    with relaying(service.url, Cut(answered=1_000_000), *[Cut(answered=0)] * 6) as relay:
        connect(relay.url).jobs.download(job_id, tmp_path / "out.mp4")
        assert all(b"\r\nrange: bytes=" in sent.lower() for sent in relay.requests[1:])
    assert (tmp_path / "out.mp4").read_bytes() == OUTPUT


def test_a_download_outlasts_an_engine_that_answers_busy_for_a_while(connect, tmp_path):
    """As while it starts again behind a proxy."""
    half, rest = Say(200, b"aaaa", {"ETag": '"1"'}, length=8), Say(206, b"bbbb", {"Content-Range": "bytes 4-7/8"})
    with scripted(half, *[refusal(503, "SERVICE_UNAVAILABLE")] * 9, rest) as server:
        connect(server.url).jobs.download("job_a", tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"aaaabbbb"


def test_a_download_of_which_nothing_has_come_fails_like_any_request(connect, tmp_path):
    """After its retries: there is nothing to go on with."""
    with scripted(refusal(503, "SERVICE_UNAVAILABLE")) as server:
        with pytest.raises(ServiceUnavailable):
            connect(server.url).jobs.download("job_a", tmp_path / "out.mp4")
        assert len(server.got) == 4


def test_a_pipe_stays_one_and_is_given_the_bytes(connect, service, job_id, tmp_path):
    """As a device is; over a broken connection too, and with nothing beside it."""
    pipe = tmp_path / "out.mp4"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as reader, relaying(service.url, Cut(answered=1_000_000)) as relay:
        read = reader.submit(pipe.read_bytes)
        assert connect(relay.url).jobs.download(job_id, pipe) == pipe
        assert read.result(20) == OUTPUT
    assert pipe.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["out.mp4"]


def test_a_pipe_is_not_given_two_halves_of_two_files(connect, tmp_path):
    """What has gone through it cannot be taken back."""
    pipe = tmp_path / "out.mp4"
    os.mkfifo(pipe)
    answers = (Say(200, b"aaaa", {"ETag": '"1"'}, length=8), Say(200, b"bbbbbb", {"ETag": '"2"'}))
    with ThreadPoolExecutor() as reader, scripted(*answers) as server:
        read = reader.submit(pipe.read_bytes)
        with pytest.raises(OSError, match="became another file"):
            connect(server.url).jobs.download("job_a", pipe)
        assert read.result(20) == b"aaaa"


def test_a_download_that_is_called_off_at_its_start_leaves_nothing(service, job_id, tmp_path):
    """As where another task of a group has failed."""

    async def begin_and_cancel():
        async with AsyncClient(service.url) as client:
            tasks = [asyncio.create_task(client.jobs.download(job_id, tmp_path / f"{count}.mp4")) for count in range(8)]
            await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(end) for end in ends} == {asyncio.CancelledError}

    asyncio.run(begin_and_cancel())
    assert not list(tmp_path.iterdir())


def test_a_pipe_that_nobody_reads_keeps_no_process(service, job_id, tmp_path):
    """Who has waited long enough for its reader goes on, and can end."""
    pipe = tmp_path / "out.mp4"
    os.mkfifo(pipe)

    async def download():
        async with AsyncClient(service.url) as client, asyncio.timeout(0.2):
            await client.jobs.download(job_id, pipe)

    with pytest.raises(TimeoutError):
        asyncio.run(download())


@pytest.mark.parametrize("is_there", [True, False], ids=["replaced", "made"])
def test_a_link_stays_one(client, job_id, tmp_path, is_there):
    """The file that it leads to is written, in its own folder."""
    (tmp_path / "elsewhere").mkdir()
    link, target = tmp_path / "out.mp4", tmp_path / "elsewhere" / "target.mp4"
    link.symlink_to("elsewhere/target.mp4")
    if is_there:
        target.write_bytes(b"an older one")
    client.jobs.download(job_id, link)
    assert link.is_symlink()
    assert target.read_bytes() == OUTPUT
    assert [each.name for each in target.parent.iterdir()] == ["target.mp4"]


@pytest.mark.parametrize("letter", ["x", "é"], ids=ascii)
def test_a_file_can_have_a_name_as_long_as_names_may_be(client, job_id, tmp_path, letter):
    """255 bytes; one longer is told before anything is fetched."""
    path = tmp_path / f"{letter * (251 // len(letter.encode()))}.mp4"
    client.jobs.download(job_id, path)
    assert path.stat().st_size == len(OUTPUT)
    with pytest.raises(OSError, match="File name too long"):
        client.jobs.download("job_none", tmp_path / f"{'x' * 252}.mp4")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_file_that_changed_meanwhile_is_taken_from_its_start(connect, tmp_path):
    """Two halves of two files are no file."""
    answers = (
        Say(200, b"aaaa", {"ETag": '"1"'}, length=8),
        Say(200, b"bbbbbb", {"ETag": '"2"'}),
    )
    with scripted(*answers) as server:
        connect(server.url).jobs.download("job_a", tmp_path / "out.mp4")
        assert (server.got[1][2]["range"], server.got[1][2]["if-range"]) == ("bytes=4-", '"1"')
    assert (tmp_path / "out.mp4").read_bytes() == b"bbbbbb"


def test_a_part_that_does_not_tell_the_size_of_the_whole_goes_where_it_belongs(connect, tmp_path):
    """As some caches answer: it is no whole file, and neither is what comes with it before the end."""
    some = (
        Say(200, b"aaaa", {"ETag": '"1"'}, length=8),
        Say(206, b"bb", {"ETag": '"1"', "Content-Range": "bytes 4-5/*"}),
    )
    rest = Say(206, b"cc", {"Content-Range": "bytes 6-7/*"})
    with scripted(*some, rest) as server:
        connect(server.url).jobs.download("job_a", tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == b"aaaabbcc"


def test_a_part_that_does_not_say_which_is_not_taken_for_the_whole(connect, tmp_path):
    """No file in place of half a one."""
    with (
        scripted(Say(200, b"aaaa", {"ETag": '"1"'}, length=8), Say(206, b"bbbb")) as server,
        pytest.raises(ConnectionFailed, match="does not say which"),
    ):
        connect(server.url, retries=Retries(first_s=0.001)).jobs.download("job_a", tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_an_etag_a_download_begins_anew(connect, tmp_path):
    """Nothing says that it would be the same file."""
    with scripted(Say(200, b"aaaa", length=8), Say(200, b"bbbbbb")) as server:
        connect(server.url).jobs.download("job_a", tmp_path / "out.mp4")
        assert "range" not in server.got[1][2]
    assert (tmp_path / "out.mp4").read_bytes() == b"bbbbbb"


def test_there_is_no_file_before_there_is_an_output(client, service, tmp_path):
    """The engine's own error, and nothing on the disk."""
    with pytest.raises(ResultNotReady):
        client.jobs.download(service.add_job(), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told_before_anything_is_sent(connect, tmp_path):
    """The error is Python's own; nobody listens at that address."""
    with pytest.raises(FileNotFoundError):
        connect("http://127.0.0.1:9").jobs.download("job_a", tmp_path / "none" / "out.mp4")


def test_artifacts_come_one_by_one_or_together(client, service, tmp_path):
    """By the names that the list has."""
    job_id = service.add_job()
    service.finish_extraction(job_id)
    [artifact] = client.jobs.artifacts(job_id)
    assert (artifact.name, artifact.size_bytes, artifact.content_type) == ("style.json", 2, "application/json")
    assert client.jobs.read_artifact(job_id, "style.json") == b"{}"
    client.jobs.download_artifact(job_id, "style.json", tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == "{}"
    assert client.jobs.download_artifacts(job_id, tmp_path / "new" / "all") == (
        tmp_path / "new" / "all" / "style.json",
    )
    with pytest.raises(NotFound):
        client.jobs.download_artifact(job_id, "../../etc/passwd", tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_a_name_that_leads_out_of_the_folder_is_left_alone(connect, tmp_path):
    """Whoever answers in the engine's place cannot write elsewhere."""
    listed = {"artifacts": [{"name": "../evil", "size_bytes": 1, "content_type": "a/b", "storage_url": ""}], "total": 1}
    with scripted(success(listed), Say(200, b"evil")) as server:
        assert connect(server.url).jobs.download_artifacts("job_a", tmp_path / "all") == ()
        assert len(server.got) == 1
    assert not (tmp_path / "evil").exists()
