"""Uploads through both clients."""

from __future__ import annotations

import asyncio
import io
import os
import time
import tracemalloc
from datetime import UTC

import pytest

from clients.python.relay import Cut, relaying
from clipzy_client import AsyncClient
from clipzy_client.errors import (
    ConnectionFailed,
    FileTooLarge,
    InvalidRequest,
    VideoInUse,
    VideoNotFound,
)
from clipzy_client.multipart import UploadBody


def test_an_upload_comes_back_as_the_engine_sees_it(client, clip):
    """Name, size and what the engine read from the file, typed."""
    video = client.videos.upload(clip)
    assert (video.filename, video.file_size_bytes) == ('a "clip".mp4', clip.stat().st_size)
    assert (video.metadata.width, video.metadata.height, video.metadata.codec) == (160, 90, "h264")
    assert video.uploaded_at.tzinfo == UTC
    assert client.videos.get(video.video_id).metadata == video.metadata


def test_an_open_file_can_be_sent_too(client, clip, tmp_path):
    """By its own name or another; one without a name needs one."""
    with clip.open("rb") as file:
        file.seek(100)
        video = client.videos.upload(file)
        assert not file.closed
    assert (video.filename, video.file_size_bytes) == ('a "clip".mp4', clip.stat().st_size)
    (tmp_path / "upload").write_bytes(clip.read_bytes())
    assert client.videos.upload(tmp_path / "upload", filename="named.mp4").filename == "named.mp4"
    held = io.BytesIO(clip.read_bytes())
    assert client.videos.upload(held, filename="held.mp4").file_size_bytes == clip.stat().st_size
    with pytest.raises(ValueError, match="give `filename`"):
        client.videos.upload(held)
    with clip.open(encoding="latin-1") as text, pytest.raises(ValueError, match="'rb'"):
        client.videos.upload(text)


def test_an_open_file_is_sent_again_from_its_start(connect, service, long_clip):
    """Where the connection broke halfway."""
    with relaying(service.url, Cut(sent=3000)) as relay, long_clip.open("rb") as file:
        video = connect(relay.url).videos.upload(file)
        assert len(relay.requests) == 2
    assert video.file_size_bytes == long_clip.stat().st_size


def test_an_upload_can_be_had_back(client, clip, tmp_path):
    """The very bytes, and a small picture of it."""
    video = client.videos.upload(clip)
    path = client.videos.download(video.video_id, tmp_path / "back.mp4")
    assert path.read_bytes() == clip.read_bytes()
    picture = client.videos.download_thumbnail(video.video_id, tmp_path / "small.jpg").read_bytes()
    assert picture.startswith(b"\xff\xd8")
    with pytest.raises(VideoNotFound):
        client.videos.download("vid_none", tmp_path / "none.mp4")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back.mp4", "small.jpg"]


def test_an_upload_remembers_its_defaults(client, service, clip):
    """The template and the webhook that came with the file count for the jobs on it."""
    template = client.videos.upload(clip)
    video = client.videos.upload(clip, template_video_id=template.video_id, webhook_url="https://example.com/hook")
    job = client.jobs.create(video_id=video.video_id)
    assert job.template_video_id == template.video_id
    assert service.store.get_job(job.job_id).webhook_url == "https://example.com/hook"


def test_a_name_that_is_no_utf_8_is_sent_with_a_sign_in_its_place(client, clip, tmp_path):
    """A file system takes any bytes; its video is of more worth than its name."""
    path = tmp_path / os.fsdecode(b"bad\xff.mp4")
    path.write_bytes(clip.read_bytes())
    assert client.videos.upload(path).filename == "bad?.mp4"


def test_progress_is_told_up_to_the_last_byte(client, clip):
    """From nothing to everything, never back."""
    seen = []
    client.videos.upload(clip, on_progress=lambda done, total: seen.append((done, total)))
    size = clip.stat().st_size
    assert seen[0] == (0, size)
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)


def test_an_upload_is_streamed_from_its_file(tmp_path):
    """Of a body of 64 MiB there is never more than a piece in memory."""
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(64 << 20)
    body = UploadBody(path, {}, None)
    tracemalloc.start()
    try:
        sent = sum(len(piece) for piece in body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == body.content_length > 64 << 20
    assert most < 2 << 20


def test_a_file_that_is_too_large_is_refused_by_name(client, tmp_path):
    """Also while it is still being sent."""
    path = tmp_path / "huge.mp4"
    path.write_bytes(bytes(10 << 20))
    with pytest.raises(FileTooLarge) as caught:
        client.videos.upload(path)
    assert (caught.value.code, caught.value.status) == ("FILE_TOO_LARGE", 413)
    assert caught.value.request_id.startswith("req_")


def test_a_file_that_is_not_there_is_not_sent(client, tmp_path):
    """The error is Python's own."""
    with pytest.raises(FileNotFoundError):
        client.videos.upload(tmp_path / "none.mp4")


@pytest.mark.parametrize("change", [300_000, -6_000_000], ids=["longer", "shorter"])
def test_a_file_that_changes_its_size_while_it_is_sent_is_told(connect, service, long_clip, tmp_path, change):
    """As an error of the file, at once; the engine keeps nothing."""
    path, before = tmp_path / "growing.mp4", service.store.list_videos(1, 1).total
    path.write_bytes(long_clip.read_bytes())

    def on_progress(_done, total):
        os.truncate(path, total + change)

    with relaying(service.url) as relay:
        with pytest.raises(OSError, match=r"changed its size while it was sent: 'growing\.mp4'"):
            connect(relay.url).videos.upload(path, on_progress=on_progress)
        assert len(relay.requests) == 1
    assert service.store.list_videos(1, 1).total == before


def test_a_pipe_is_not_sent(client, tmp_path):
    """Nobody knows how long it is."""
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(OSError, match="copy it to a file first"):
        client.videos.upload(tmp_path / "pipe.mp4")


def test_an_upload_that_broke_halfway_is_sent_again(connect, service, long_clip):
    """The engine keeps nothing of the first half, so that there is one video in the end."""
    before = service.store.list_videos(1, 1).total
    with relaying(service.url, Cut(sent=3000)) as relay:
        video = connect(relay.url).videos.upload(long_clip)
        assert len(relay.requests) == 2
    assert service.store.list_videos(1, 1).total == before + 1
    assert video.file_size_bytes == long_clip.stat().st_size


def test_an_upload_that_may_have_arrived_is_not_sent_again(connect, service, clip):
    """The answer was lost: whether there is a video is not guessed at."""
    before = service.store.list_videos(1, 1).total
    with relaying(service.url, Cut(answered=0)) as relay:
        with pytest.raises(ConnectionFailed) as caught:
            connect(relay.url).videos.upload(clip)
        assert len(relay.requests) == 1
    assert caught.value.request_id.encode() in relay.requests[0]
    assert service.store.list_videos(1, 1).total == before + 1


def test_every_upload_is_gone_through_once(connect, own_service):
    """Over all pages, newest first, also while others are uploaded."""
    with own_service() as service:
        client = connect(service.url)
        uploaded = [service.add_video() for _ in range(5)]
        found = []
        for video in client.videos.iterate(page_size=2):
            found.append(video.video_id)
            if len(found) == 1:
                service.add_video()
        assert found == uploaded[::-1]
        page = client.videos.list(page=2, page_size=4)
        assert (page.total, page.page, [video.video_id for video in page.videos]) == (6, 2, uploaded[1::-1])


def test_every_upload_is_gone_through_while_they_are_deleted(connect, own_service):
    """What is behind moves up to pages that were seen, and is not passed over."""
    with own_service() as service:
        client = connect(service.url)
        for _ in range(7):
            service.add_video()
        for video in client.videos.iterate(page_size=2):
            client.videos.delete(video.video_id)
        assert client.videos.list().total == 0


def test_uploads_are_found_by_their_ids(client, service):
    """Those of them that there are; no ids at all are refused, which to the engine would mean every upload."""
    wanted = [service.add_video() for _ in range(3)]
    service.add_video()
    asked = [*wanted, "vid_of_old_times"]
    assert [video.video_id for video in client.videos.iterate(video_ids=asked, page_size=2)] == wanted[::-1]
    page = client.videos.list(video_ids=asked[1:])
    assert (page.total, [video.video_id for video in page.videos]) == (2, wanted[:0:-1])
    for none in ([], wanted[0]):
        with pytest.raises(ValueError, match="video_ids must be a list of ids"):
            client.videos.list(video_ids=none)


def test_an_upload_that_is_called_off_ends_as_it_was_told(service):
    """Also in the middle of a piece that takes its time to be read."""

    class Slow(io.RawIOBase):
        name = "slow.mp4"

        def seek(self, _offset, whence=0):
            return 1_000_000 if whence == os.SEEK_END else 0

        def read(self, _size=-1):
            time.sleep(0.4)
            return b"x"

    async def upload():
        async with AsyncClient(service.url) as client, asyncio.timeout(0.2):
            await client.videos.upload(Slow())

    with pytest.raises(TimeoutError):
        asyncio.run(upload())


def test_a_deleted_video_is_gone(client, service):
    """And one in use stays."""
    video_id = service.add_video()
    job_id = service.add_job(video_id=video_id)
    with pytest.raises(VideoInUse):
        client.videos.delete(video_id)
    client.jobs.cancel(job_id)
    assert client.videos.delete(video_id) is None
    with pytest.raises(VideoNotFound):
        client.videos.get(video_id)


def test_what_is_wrong_with_a_parameter_is_named(client):
    """Its path and why."""
    with pytest.raises(InvalidRequest) as caught:
        client.videos.list(page_size=1000)
    assert [each.field for each in caught.value.fields] == ["page_size"]
