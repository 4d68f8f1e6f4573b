"""The API while its object storage is away: 503 with Retry-After, and nothing done by halves."""

import itertools
import threading
from contextlib import contextmanager

import httpx
import pytest
import sqlalchemy as sa

from api.rest import data, error
from clipzy.errors import StorageUnavailable
from clipzy.jobs.records import now
from clipzy.jobs.tombstones import work_off
from clipzy.storage.objects import CHUNK_BYTES
from clipzy.storage.tables import tombstones

AWAY = "the object storage does not answer; try again later"


@pytest.fixture
def service(own_service, s3, wire):
    """An API whose files are in a bucket at the end of that wire."""
    with own_service(**s3.settings(aws_endpoint_url=f"http://127.0.0.1:{wire.port}")) as service:
        yield service


def is_away(response):
    """The refusal, which asks to come again."""
    assert error(response, 503, "SERVICE_UNAVAILABLE")["detail"] == AWAY
    assert response.headers["retry-after"]


def test_an_upload_is_refused_whole(service, wire, clips):
    """Neither a row nor a file of it stays; sent again when the storage is back, it is taken."""
    wire.cut()

    def send():
        with (clips / "clip.mp4").open("rb") as file:
            return service.client.post("/api/v1/videos/upload", files={"file": ("clip.mp4", file)})

    is_away(send())
    assert data(service.client.get("/api/v1/videos"))["total"] == 0
    assert not any(path.is_file() for path in service.services.settings.data_path.glob(".incoming/*"))
    wire.mend()
    video_id = data(send())["video_id"]
    assert [key.split("/")[1] for key in service.objects.list("videos/")] == [video_id]


def test_an_upload_whose_row_is_in_doubt_keeps_its_file_only_with_the_row(service, clips, monkeypatch):
    """The database goes away after the file was stored: it may have the row, and where it has none a sweep deletes the file."""

    def away(*_, **__):
        raise sa.exc.OperationalError("INSERT", {}, Exception("server closed the connection unexpectedly"))

    monkeypatch.setattr(service.store, "add_video", away)
    with (clips / "clip.mp4").open("rb") as file:
        sent = service.client.post("/api/v1/videos/upload", files={"file": ("clip.mp4", file)})
    error(sent, 503, "SERVICE_UNAVAILABLE")
    assert len(service.objects.list("videos/")) == 1
    with service.store.database.begin() as connection:
        connection.execute(sa.update(tombstones).values(due_at=now()))
    assert work_off(service.store.database, service.objects, threading.Event()) == 1
    assert service.objects.list("videos/") == ()


def test_what_cannot_be_deleted_whole_stays(service, wire):
    """A video and a job are there with their files until the storage is back, and then go with them."""
    job_id = service.rendered(b"pixels")
    video_id = data(service.client.get(f"/api/v1/jobs/{job_id}"))["video_id"]
    addresses = (f"/api/v1/jobs/{job_id}", f"/api/v1/videos/{video_id}")
    wire.cut()
    for address in addresses:
        is_away(service.client.delete(address))
    wire.mend()
    for address in addresses:
        data(service.client.get(address))
        data(service.client.delete(address))
    assert service.objects.list("videos/") == service.objects.list("jobs/") == ()


def test_what_is_not_there_to_be_deleted_is_not_found(service, wire):
    """Whatever the storage does: it is asked for nothing that is not the caller's."""
    wire.cut()
    error(service.client.delete("/api/v1/jobs/job_gone"), 404, "JOB_NOT_FOUND")
    error(service.client.delete("/api/v1/videos/vid_gone"), 404, "VIDEO_NOT_FOUND")


def test_a_storage_that_goes_away_in_between_keeps_no_deletion_from_its_end(service, wire, monkeypatch):
    """The row is gone, and the files follow: the answer is that of any deletion, and a sweep finds what is left."""
    job_id = service.rendered(b"pixels")
    video_id = data(service.client.get(f"/api/v1/jobs/{job_id}"))["video_id"]
    delete = service.objects.delete

    def late(keys):
        wire.cut()
        delete(keys)

    monkeypatch.setattr(service.objects, "delete", late)
    for address in (f"/api/v1/jobs/{job_id}", f"/api/v1/videos/{video_id}"):
        data(service.client.delete(address))
        wire.mend()
        assert service.client.get(address).status_code == 404
    monkeypatch.undo()
    assert service.objects.list("videos/") != () != service.objects.list("jobs/")
    with service.store.database.begin() as connection:
        connection.execute(sa.update(tombstones).values(due_at=now()))
    assert work_off(service.store.database, service.objects, threading.Event()) == 2
    assert service.objects.list("videos/") == service.objects.list("jobs/") == ()


def test_a_download_asks_to_come_again(service, wire):
    """It has not begun, so that it can be refused in the envelope."""
    job_id = service.rendered(b"pixels")
    wire.cut()
    is_away(service.client.get(f"/api/v1/jobs/{job_id}/output"))
    wire.mend()
    assert service.client.get(f"/api/v1/jobs/{job_id}/output").content == b"pixels"


@pytest.fixture
def failing(own_service, monkeypatch):
    """An API whose storage fails from the n-th piece of a file on, with a job that has an output of two."""

    @contextmanager
    def failing(n):
        def stream(*given):
            yield from itertools.islice(whole(*given), n)
            raise StorageUnavailable(AWAY)

        with own_service() as service:
            whole = service.objects.stream
            service.job_id = service.rendered(bytes(CHUNK_BYTES + 1))
            monkeypatch.setattr(service.objects, "stream", stream)
            yield service

    return failing


def test_a_download_that_fails_at_its_first_piece_has_not_begun(failing):
    """Whole or in part, it can be refused in the envelope; HEAD needs no piece."""
    with failing(0) as service:
        output = f"/api/v1/jobs/{service.job_id}/output"
        is_away(service.client.get(output))
        is_away(service.client.get(output, headers={"Range": "bytes=5-9"}))
        assert service.client.head(output).headers["content-length"] == str(CHUNK_BYTES + 1)


def test_a_download_that_fails_later_breaks_off_in_words(failing, caplog):
    """Its client sees that it is not whole, and the log has a line, without a trace."""
    with failing(1) as service:
        with pytest.raises(httpx.RemoteProtocolError):
            service.client.get(f"/api/v1/jobs/{service.job_id}/output")
        data(service.client.get("/livez"))
    assert "an answer breaks off" in caplog.text
    assert AWAY in caplog.text
    assert "Traceback" not in caplog.text
