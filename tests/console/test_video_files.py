"""An upload's own file, and the small picture of it."""

from __future__ import annotations

import errno
import io
import os
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from PIL import Image

from api.rest import data, error
from clipzy.api.room import Room
from clipzy.api.uploads import INCOMING
from clipzy.media.guard import guarded
from clipzy.storage.keys import thumbnail_key
from clipzy.tokens import Scope, new_token
from servers import ACCESS_KEY, SECRET_KEY
from synth import numbered_frames, write_video


def upload(client, path, **form):
    """Send a video; its id."""
    answer = client.post("/api/v1/videos/upload", files={"file": (path.name, path.read_bytes())}, data=form)
    return data(answer)["video_id"]


def test_the_file_is_what_was_sent_whole_and_in_parts(service, clip):
    """Byte for byte, with the content type of its container."""
    path = f"/api/v1/videos/{upload(service.client, clip)}/file"
    whole = service.client.get(path)
    assert (whole.content, whole.headers["content-type"]) == (clip.read_bytes(), "video/mp4")
    part = service.client.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, clip.read_bytes()[10:20])


@pytest.mark.parametrize(
    ("size", "rotation", "seen"),
    [((1280, 720), 0, (480, 270)), ((160, 90), 0, (160, 90)), ((640, 360), 90, (270, 480))],
    ids=["large", "small", "turned"],
)
def test_a_thumbnail_is_small_and_upright(service, tmp_path, size, rotation, seen):
    """At most 480 pixels long, never enlarged."""
    video = write_video(tmp_path / "clip.mp4", numbered_frames(6, size), rate=Fraction(6), rotation=rotation)
    answer = service.client.get(f"/api/v1/videos/{upload(service.client, video)}/thumbnail")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.size == seen


def test_a_thumbnail_is_made_once(service, clip, monkeypatch):
    """Those who ask at the same time and later get the same bytes; the client that has it is not sent it again."""
    path = f"/api/v1/videos/{upload(service.client, clip)}/thumbnail"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: service.client.get(path), range(3)))
    assert len({answer.content for answer in answers}) == 1
    monkeypatch.setattr("clipzy.api.thumbnails.guarded", lambda *_: pytest.fail("made again"))
    again = service.client.get(path, headers={"If-None-Match": answers[0].headers["etag"]})
    assert again.status_code == 304


def test_a_thumbnail_goes_with_its_video(service, clip):
    """Nothing of a deleted video stays."""
    video_id = upload(service.client, clip)
    assert service.client.get(f"/api/v1/videos/{video_id}/thumbnail").status_code == 200
    assert service.objects.exists(thumbnail_key(video_id))
    data(service.client.delete(f"/api/v1/videos/{video_id}"))
    assert service.objects.list(f"videos/{video_id}/") == ()
    error(service.client.get(f"/api/v1/videos/{video_id}/thumbnail"), 404, "VIDEO_NOT_FOUND")


@pytest.mark.parametrize("after", [True, False], ids=["the picture comes too late", "the file is gone"])
def test_a_video_deleted_while_its_thumbnail_is_made_leaves_nothing(service, clip, monkeypatch, after):
    """It is said to be gone, and a picture that was made all the same is thrown away."""
    video_id = upload(service.client, clip)

    def deleting(*args):
        if after:
            picture = guarded(*args)
        data(service.client.delete(f"/api/v1/videos/{video_id}"))
        return picture if after else guarded(*args)

    monkeypatch.setattr("clipzy.api.thumbnails.guarded", deleting)
    error(service.client.get(f"/api/v1/videos/{video_id}/thumbnail"), 404, "VIDEO_NOT_FOUND")
    assert service.objects.list(f"videos/{video_id}/") == ()


def test_a_file_without_pictures_is_said_to_be_so(service):
    """422 in the envelope, and nothing is kept."""
    video_id = service.add_video(b"no video at all")
    error(service.client.get(f"/api/v1/videos/{video_id}/thumbnail"), 422, "INVALID_VIDEO")
    assert not service.objects.exists(thumbnail_key(video_id))


def test_a_video_whose_file_is_gone_has_no_thumbnail(service, clip):
    """404, rather than a fault of ours."""
    video_id = upload(service.client, clip)
    service.objects.delete((service.store.get_video(video_id).storage_key,))
    error(service.client.get(f"/api/v1/videos/{video_id}/thumbnail"), 404, "NOT_FOUND")


def test_another_owners_video_is_not_shown(own_service, clip):
    """Neither its file nor its picture."""
    (ann, ann_entry), (bob, bob_entry) = new_token("ann", Scope.WRITE), new_token("bob", Scope.READ)
    with own_service(api_tokens=f"{ann_entry},{bob_entry}") as service:
        service.client.headers["Authorization"] = f"Bearer {ann}"
        video_id = upload(service.client, clip)
        for name in ("file", "thumbnail"):
            path = f"/api/v1/videos/{video_id}/{name}"
            assert service.client.get(path).status_code == 200
            error(service.client.get(path, headers={"Authorization": f"Bearer {bob}"}), 404, "VIDEO_NOT_FOUND")
            error(service.client.get(path, headers={"Authorization": ""}), 401, "UNAUTHORIZED")


@pytest.fixture
def s3_service(s3, own_service):
    """An API whose files are in a bucket."""
    bucket = {
        "storage_type": "s3",
        "s3_bucket_name": s3.new_bucket(),
        "aws_endpoint_url": s3.url,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
    }
    with own_service(**bucket) as service:
        yield service


def incoming(service):
    """What lies in the folder that is swept of what broken uploads left."""
    return list((service.services.settings.data_path / INCOMING).iterdir())


def test_a_thumbnail_is_made_of_what_lies_in_s3(s3_service, clip, monkeypatch):
    """The video is fetched for it, to the volume that has room for videos, and does not stay there."""
    seen = []

    def watching(*args):
        seen.extend(incoming(s3_service))
        return guarded(*args)

    path = f"/api/v1/videos/{upload(s3_service.client, clip)}/thumbnail"
    monkeypatch.setattr("clipzy.api.thumbnails.guarded", watching)
    assert s3_service.client.get(path).content == s3_service.client.get(path).content
    assert s3_service.client.get(path).headers["content-type"] == "image/jpeg"
    assert [fetched.suffix for fetched in seen] == [".mp4"]
    assert incoming(s3_service) == []


def test_a_video_is_fetched_only_where_uploads_leave_it_room(s3_service, clip, monkeypatch):
    """Both lie on one disk, and share what may be under way there."""
    path = f"/api/v1/videos/{upload(s3_service.client, clip)}/thumbnail"
    with monkeypatch.context() as patch:
        patch.setattr(s3_service.server.config.app.state.thumbnails, "_room", Room(1))
        error(s3_service.client.get(path), 507, "INSUFFICIENT_STORAGE")
    assert incoming(s3_service) == []
    assert s3_service.client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [(errno.ENOSPC, 507, "INSUFFICIENT_STORAGE"), (errno.EROFS, 503, "SERVICE_UNAVAILABLE")],
    ids=["full", "read-only"],
)
def test_a_disk_that_a_video_cannot_be_fetched_to_is_said_to_be_so(s3_service, clip, monkeypatch, number, status, code):
    """Rather than a fault of ours; nothing of the video stays, and the picture is made once the disk takes it."""
    path = f"/api/v1/videos/{upload(s3_service.client, clip)}/thumbnail"

    def broken(_key):
        yield b"half"
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(s3_service.objects, "stream", broken)
        error(s3_service.client.get(path), status, code)
    assert incoming(s3_service) == []
    assert s3_service.client.get(path).status_code == 200


def test_a_storage_too_full_for_a_thumbnail_is_said_to_be_so(service, clip, monkeypatch):
    """As where the video cannot be fetched."""
    path = f"/api/v1/videos/{upload(service.client, clip)}/thumbnail"

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(service.objects, "put_stream", full)
        error(service.client.get(path), 507, "INSUFFICIENT_STORAGE")
