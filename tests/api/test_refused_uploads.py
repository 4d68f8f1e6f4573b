"""Uploads that are not accepted: each is told why, and nothing of it stays."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from api.rest import data, error
from clipzy.api import uploads
from clipzy.tokens import Scope, new_token
from synth import sine, write_audio

URL = "/api/v1/videos/upload"
BOUNDARY = "x" * 20


@pytest.fixture(autouse=True)
def nothing_stays(service):
    """After each of these tests the storage holds what it held before."""
    before = service.stored_files()
    yield
    assert service.stored_files() == before


def form(*parts: tuple[str, bytes], end: bool = True) -> bytes:
    """A form body: each part its headers' parameters and its content."""
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {parameters}\r\n\r\n".encode() + content + b"\r\n"
        for parameters, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode() * end


def send(client, body, content_type=f"multipart/form-data; boundary={BOUNDARY}"):
    """Post a body as it is."""
    return client.post(URL, content=body, headers={"content-type": content_type})


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("notes.txt", b"hello", "UNSUPPORTED_FORMAT"),
        ("noending", b"hello", "UNSUPPORTED_FORMAT"),
        ("a.mp4", b"#EXTM3U\nhttp://127.0.0.1/secret\n", "UNSUPPORTED_FORMAT"),
        ("a.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "UNSUPPORTED_FORMAT"),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom" + b"\x00" * 500, "INVALID_VIDEO"),
        ("a.mkv", b"\x1a\x45\xdf\xa3" + b"\xff" * 500, "INVALID_VIDEO"),
        ("a.mp4", b"", "INVALID_VIDEO"),
    ],
    ids=["text", "no ending", "playlist", "concat script", "hollow mp4", "hollow mkv", "empty"],
)
def test_what_is_no_video_is_refused(client, name, content, code):
    """By its ending, its first bytes, or by what a decoder finds."""
    error(client.post(URL, files={"file": (name, content)}), 422, code)


def test_a_file_without_pictures_is_no_video(client, tmp_path):
    """Sound alone in an accepted container."""
    path = write_audio(tmp_path / "sound.mp4", sine(440, 0.5))
    error(client.post(URL, files={"file": ("sound.mp4", path.read_bytes())}), 422, "INVALID_VIDEO")


@pytest.mark.parametrize(
    ("limit", "word"),
    [({"max_duration_s": 0.5}, "lasts"), ({"max_dimension_px": 100}, "pixels")],
    ids=["long", "large"],
)
def test_the_operators_limits_hold(own_service, clips, limit, word):
    """A video that is longer or larger than the settings allow is refused with the limit named."""
    with own_service(**limit) as service:
        files = {"file": ("clip.mp4", (clips / "clip.mp4").read_bytes())}
        assert word in error(service.client.post(URL, files=files), 422, "INVALID_VIDEO")["detail"]


@pytest.mark.parametrize(
    "post",
    [
        lambda client: client.post(URL),
        lambda client: client.post(URL, json={"file": "a.mp4"}),
        lambda client: client.post(URL, data={"template_video_id": "vid_1"}),
        lambda client: client.post(URL, files={"webhook_url": (None, "https://example.com")}),
        lambda client: client.post(URL, files={"file": (None, "just text")}),
        lambda client: send(client, form()),
    ],
    ids=["no body", "JSON", "plain form", "other fields alone", "file without name", "empty form"],
)
def test_without_a_file_the_field_is_missing(client, post):
    """However it is left out."""
    fields = error(post(client), 422, "MISSING_FIELD")["fields"]
    assert [each["field"] for each in fields] == ["file"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"webhook_url": "ftp://example.com"}, "webhook_url"),
        ({"webhook_url": "no url"}, "webhook_url"),
        ({"webhook_url": "https://example.com/" + "x" * 3000}, "webhook_url"),
        ({"webhook_url": "https://example.com/" + "x" * 9000}, "webhook_url"),
        ({"template_video_id": "../../etc"}, "template_video_id"),
    ],
    ids=["scheme", "no URL", "long", "very long", "no id"],
)
def test_fields_are_checked(client, clips, fields, name):
    """A field that cannot be meant is named."""
    files = {"file": ("clip.mp4", (clips / "clip.mp4").read_bytes())}
    refused = error(client.post(URL, files=files, data=fields), 422, "VALIDATION_ERROR")
    assert [each["field"] for each in refused["fields"]] == [name]


@pytest.mark.parametrize("name", ["video", "webhookUrl", "<b>"])
@pytest.mark.parametrize("size", [0, 1 << 20], ids=["empty", "a MiB"])
def test_a_field_that_is_not_known_is_named_after_the_file_that_is_missing(client, name, size):
    """Where the file came as `video`, too: a required field that is absent goes before what else is wrong."""
    refused = error(client.post(URL, files={name: ("a.mp4", bytes(size))}), 422, "MISSING_FIELD")
    assert refused["fields"] == [
        {"field": "file", "message": "is required"},
        {"field": name, "message": "is not a known field"},
    ]
    assert f"`{name}`, which is not known; give file" in refused["detail"]


@pytest.mark.parametrize("is_first", [True, False], ids=["before the file", "after it"])
def test_a_field_that_is_not_known_is_refused_beside_a_file(client, clips, is_first):
    """So that a misspelt one does not go unnoticed."""
    parts = [("webhookUrl", (None, "https://x.example")), ("file", ("a.mp4", (clips / "clip.mp4").read_bytes()))]
    refused = error(client.post(URL, files=parts if is_first else parts[::-1]), 422, "VALIDATION_ERROR")
    assert refused["fields"] == [{"field": "webhookUrl", "message": "is not a known field"}]


def test_an_unknown_template_is_not_found(client, clips):
    """A default that no job could use is refused at once."""
    files = {"file": ("clip.mp4", (clips / "clip.mp4").read_bytes())}
    error(client.post(URL, files=files, data={"template_video_id": "vid_gone"}), 404, "VIDEO_NOT_FOUND")


FILE = 'name="file"; filename="a.mp4"'


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        form((FILE, b"abc"), end=False)[:-2],
        form((FILE, b"abc"), (FILE, b"abc")),
        form((FILE, b"abc"), ('name="colour"', b"red")),
        form(('name="webhook_url"', b"\xff\xfe"), (FILE, b"abc")),
        form(('name="webhook_url"', b"a"), ('name="webhook_url"', b"b"), (FILE, b"abc")),
        form(('name="file"; filename=' + "(" * 3000, b"abc")),
        form(('name="file"; filename="' + "a" * 40_000 + '.mp4"', b"abc")),
        b"".join(b"--%s\r\nX-%d: y\r\n\r\n\r\n" % (BOUNDARY.encode(), n) for n in range(1000)),
        f"--{BOUNDARY}\r\nContent-Disposition: attachment; {FILE}\r\n\r\nabc".encode(),
        f"--{BOUNDARY}\r\n".encode() + b"\xff" * 300 + b"\r\n\r\n",
    ],
    ids=[
        "garbage",
        "cut off",
        "two files",
        "unknown field",
        "field not UTF-8",
        "field twice",
        "brackets",
        "endless name",
        "nameless parts",
        "other disposition",
        "header not UTF-8",
    ],
)
def test_a_form_that_is_none_is_refused(client, body):
    """Whatever is wrong with its structure, the answer is a plain refusal."""
    error(send(client, body), 422, "VALIDATION_ERROR")


def test_a_form_without_a_boundary_is_refused(client):
    """The content type has to name it."""
    error(send(client, b"abc", "multipart/form-data"), 422, "VALIDATION_ERROR")


def test_a_file_over_the_limit_is_refused_before_it_is_sent(service):
    """A client that announces too much and waits for 100 Continue is refused without sending a byte."""
    request = _head(2 << 20, "Expect: 100-continue\r\n")
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"FILE_TOO_LARGE" in answer


def test_a_client_that_sends_too_much_can_read_why(client):
    """Though it is refused at once, the connection is not reset under its sending."""
    body = form((FILE, bytes(30 << 20)))
    refused = error(send(client, body), 413, "FILE_TOO_LARGE")
    assert "1 MiB" in refused["detail"]


def test_a_file_of_unknown_length_is_refused_when_it_passes_the_limit(client):
    """Chunked: the bytes are counted as they come, and the rest is not waited for."""
    sent = 0

    def endless():
        nonlocal sent
        yield form((FILE, b""))[: -len(BOUNDARY) - 8]
        while True:
            sent += 1 << 16
            yield bytes(1 << 16)
            assert sent < 256 << 20, "the server never closed"

    refused = send(client, endless())
    error(refused, 413, "FILE_TOO_LARGE")


def test_a_file_of_exactly_the_limit_is_not_too_large(client):
    """One MiB passes the counter (and is then found to be no video); one byte more does not."""
    for size, status, code in ((1 << 20, 422, "UNSUPPORTED_FORMAT"), ((1 << 20) + 1, 413, "FILE_TOO_LARGE")):
        error(send(client, form((FILE, bytes(size)))), status, code)


def test_no_room_is_said_before_anything_is_sent(own_service):
    """An announced size that the disk cannot hold: 507."""
    with (
        own_service(max_file_size_mb=1 << 40) as service,
        socket.create_connection(("127.0.0.1", service.port), 10) as connection,
    ):
        connection.sendall(_head(1 << 58, "Expect: 100-continue\r\n"))
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 507 ")
    assert b"INSUFFICIENT_STORAGE" in answer


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "while it streams"])
def test_uploads_at_once_take_no_more_than_their_room(own_service, announced):
    """What one has announced is kept for it; another that does not fit beside it is refused, and fits once the first is gone."""
    body = form((FILE, bytes(1 << 20)))
    with own_service(max_file_size_mb=1, max_incoming_mb=2) as service:
        before = service.stored_files()
        with socket.create_connection(("127.0.0.1", service.port), 10) as first:
            first.sendall(_head(len(body)) + body[:1000])
            _until(lambda: service.stored_files() != before)
            if announced:
                with socket.create_connection(("127.0.0.1", service.port), 10) as second:
                    second.sendall(_head(len(body), "Expect: 100-continue\r\n"))
                    assert b"INSUFFICIENT_STORAGE" in second.recv(65536)
            else:
                refused = error(send(service.client, iter([body])), 507, "INSUFFICIENT_STORAGE")
                assert "try again later" in refused["detail"]
        _until(lambda: service.stored_files() == before)
        error(send(service.client, body if announced else iter([body])), 422, "UNSUPPORTED_FORMAT")


def test_an_owner_whose_uploads_hardly_come_leaves_room_for_others(own_service):
    """However much is announced: a second one is refused him, and another's is taken."""
    (ann, anns), (bob, bobs) = (new_token(name, Scope.WRITE) for name in ("ann", "bob"))
    body = form((FILE, bytes(1 << 20)))
    with (
        own_service(max_file_size_mb=1, max_incoming_mb=3, api_tokens=f"{anns},{bobs}") as service,
        ExitStack() as open_,
    ):
        before = service.stored_files()

        def send_head(token, more=""):
            connection = open_.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
            connection.sendall(_head(len(body), f"Authorization: Bearer {token}\r\n{more}"))
            return connection

        send_head(ann).sendall(body[:1000])
        _until(lambda: service.stored_files() != before)
        assert b"for other owners" in send_head(ann, "Expect: 100-continue\r\n").recv(65536)
        another = send_head(bob)
        another.sendall(body)
        assert b"UNSUPPORTED_FORMAT" in another.recv(65536)


def test_a_broken_connection_leaves_nothing(service):
    """The client vanishes in the middle of the file; what had arrived is removed within a second."""
    before = service.stored_files()
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(_head(600_000) + form((FILE, bytes(300_000)), end=False))
        _until(lambda: service.stored_files() != before)
    _until(lambda: service.stored_files() == before)


def test_what_a_receiver_that_died_left_goes_while_the_next_one_runs(own_service, monkeypatch):
    """It is too young to be removed when the next one starts, seconds later."""
    monkeypatch.setattr(uploads, "ABANDONED_S", 0.5)
    with own_service() as service:
        left = service.services.settings.local_storage_path / uploads.INCOMING / "0123456789abcdef"
        left.write_bytes(b"half a video")
        _until(lambda: not left.exists())


def test_hostile_names_stay_names(service, clips):
    """A path, a drive, control characters: only a last part of one line is kept, and no file is written by it."""
    content = (clips / "clip.mp4").read_bytes()
    for name, kept in {
        "../../../etc/evil.mp4": "evil.mp4",
        "/etc/evil.mp4": "evil.mp4",
        "C:/Windows/evil.mp4": "evil.mp4",
        "a\x01\x7fb\u202e.mp4": "ab.mp4",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467.mp4": "\U0001f468\u200d\U0001f469\u200d\U0001f467.mp4",
        "käse größe 日本.mp4": "käse größe 日本.mp4",
        "x" * 400 + ".mp4": "x" * 196 + ".mp4",
        "a%2e%2e%2fb.mp4": "a%2e%2e%2fb.mp4",
        "<script>.mp4": "<script>.mp4",
        "a.mp4; rm -rf ~; .mp4": "a.mp4; rm -rf ~; .mp4",
    }.items():
        video = data(send(service.client, form((f'name="file"; filename="{name}"', content))))
        assert video["filename"] == kept
        assert video["storage_url"].endswith(f"/videos/{video['video_id']}/source.mp4")
        data(service.client.delete(f"/api/v1/videos/{video['video_id']}"))


def test_many_uploads_at_once_stay_apart(service, clips):
    """Sixteen at a time, from as many clients: each is stored as it was sent."""
    sent = {kind: (clips / f"clip.{kind}").read_bytes() for kind in ("mp4", "mkv", "webm", "mov")}
    barrier = threading.Barrier(16)

    def one(number):
        kind = list(sent)[number % 4]
        barrier.wait()
        files = {"file": (f"clip.{kind}", sent[kind])}
        return kind, data(service.client.post(URL, files=files))["video_id"]

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(one, range(16)))
    for kind, video_id in done:
        key = service.store.get_video(video_id).storage_key
        assert b"".join(service.objects.stream(key)) == sent[kind]
        data(service.client.delete(f"/api/v1/videos/{video_id}"))


def _head(length, more=""):
    return (
        f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {length}\r\n{more}\r\n"
    ).encode()


def _until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
