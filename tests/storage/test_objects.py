"""Files by key, in a folder and on a real S3 server, through the same calls."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import tempfile
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import obstore
import pytest

from clipzy.errors import ConfigurationError, NotFound, StorageUnavailable
from clipzy.storage import arrival
from clipzy.storage.artifacts import sync
from clipzy.storage.keys import job_prefix, video_key
from clipzy.storage.objects import CHUNK_BYTES, open_objects
from wire import Wire
from workshop import settings_in

KEY = "jobs/job_a/r4nd0m/output.mp4"


@pytest.fixture(params=["local", "s3"])
def objects(request, tmp_path):
    """An empty storage."""
    if request.param == "local":
        return open_objects(settings_in(tmp_path))
    return open_objects(s3_settings(tmp_path, request.getfixturevalue("s3")))


@pytest.fixture
def local(tmp_path):
    """An empty folder as storage."""
    return open_objects(settings_in(tmp_path))


def s3_settings(folder, server, **changes):
    """Of an empty bucket on that server."""
    return settings_in(folder, **server.settings(**changes))


def put(objects, content, key=KEY):
    """Store some bytes."""
    objects.put_stream(key, iter([content]))


def get(objects, key=KEY, *span):
    """The bytes stored under the key."""
    return b"".join(objects.stream(key, *span))


def file_with(folder, content):
    """A file to store."""
    path = folder / "file.mp4"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [b"", b"x", os.urandom(CHUNK_BYTES + 1)], ids=["empty", "one", "over a piece"])
def test_a_file_comes_back_as_it_was(objects, tmp_path, content):
    """Stored, told its size, streamed and fetched, whatever its length; the original is still there."""
    path = file_with(tmp_path, content)
    objects.put_file(KEY, path)
    assert objects.exists(KEY)
    assert objects.size(KEY) == len(content)
    assert get(objects) == content
    objects.fetch(KEY, tmp_path / "fetched" / "output.mp4")
    assert (tmp_path / "fetched" / "output.mp4").read_bytes() == content
    assert path.read_bytes() == content


def test_a_stream_is_stored_whole(objects):
    """What arrives piece by piece, as an upload does."""
    objects.put_stream(KEY, iter([b"one ", b"", b"two ", b"three"]))
    assert get(objects) == b"one two three"


def test_a_moved_file_is_not_there_any_more(objects, tmp_path):
    """Only in the storage."""
    path = file_with(tmp_path, b"pixels")
    objects.put_file(KEY, path, move=True)
    assert not path.exists()
    assert get(objects) == b"pixels"


@pytest.mark.parametrize("fails", [1, 2], ids=["the file", "the folder"])
def test_a_move_that_a_disk_breaks_off_can_be_made_again(local, tmp_path, monkeypatch, fails):
    """What was moved already is moved back: a worker that is patient with its disk tries once more, and finds the file."""
    path, calls = file_with(tmp_path, b"pixels"), iter(range(1, 100))

    def broken(place):
        if next(calls) == fails:
            raise OSError(errno.EIO, "Input/output error")
        sync(place)

    monkeypatch.setattr(arrival, "sync", broken)
    with pytest.raises(StorageUnavailable, match="Input/output error"):
        local.put_file(KEY, path, move=True)
    assert not local.exists(KEY)
    local.put_file(KEY, path, move=True)
    assert get(local) == b"pixels"
    assert not path.exists()


def test_a_file_moves_from_one_mount_of_a_disk_to_another(objects, tmp_path):
    """The volumes of a container mostly lie on one disk of its host, between which nothing can be renamed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = ["mount", "--bind", str(scratch), str(scratch)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a folder")
    try:
        path = file_with(scratch, b"pixels")
        objects.put_file(KEY, path, move=True)
        assert not path.exists()
    finally:
        subprocess.run(["umount", "--lazy", str(scratch)], check=True)
    assert get(objects) == b"pixels"


def test_a_stream_that_breaks_leaves_nothing(objects):
    """An upload that is cut off never becomes visible, not even as a part."""

    def broken():
        yield b"half"
        raise ConnectionError("the client went away")

    with pytest.raises(ConnectionError):
        objects.put_stream(KEY, broken())
    assert not objects.exists(KEY)
    assert objects.list("jobs/job_a/") == ()


def test_a_process_that_is_killed_in_a_stream_leaves_nothing(objects, tmp_path, monkeypatch):
    """What has arrived has no name yet: it goes with the process, and needs no sweep."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    def watching():
        yield b"half, "
        seen.extend(path.name for path in tmp_path.rglob("*") if path.is_file())
        yield b"whole"

    objects.put_stream(KEY, watching())
    assert seen == []
    assert get(objects) == b"half, whole"


@pytest.mark.parametrize(
    ("span", "expected"),
    [((0, 4), b"0123"), ((4,), b"456789"), ((3, 10), b"3456789"), ((10,), b""), ((0, 0), b"")],
    ids=["start", "rest", "to the end", "at the end", "nothing"],
)
def test_a_part_of_a_file_is_streamed(objects, span, expected):
    """For downloads that are resumed and players that jump."""
    put(objects, b"0123456789")
    assert get(objects, KEY, *span) == expected


def test_a_part_is_read_without_a_look_at_the_whole(objects, monkeypatch):
    """Who gives its end knows the size; a file that went away since is said to be missing."""
    put(objects, b"0123456789")
    monkeypatch.setattr(objects, "size", lambda _key: pytest.fail("asked"))
    assert get(objects, KEY, 2, 4) == b"23"
    objects.delete((KEY,))
    with pytest.raises(NotFound, match=KEY):
        get(objects, KEY, 2, 4)


def test_what_is_not_stored_is_said_to_be_missing(objects, tmp_path):
    """By every call that needs it; a fetch leaves no file behind."""
    for call in (objects.size, get_first(objects), lambda key: objects.fetch(key, tmp_path / "f" / "a.mp4")):
        with pytest.raises(NotFound, match=KEY):
            call(KEY)
    assert not objects.exists(KEY)
    assert not list((tmp_path / "f").iterdir())


def get_first(objects):
    """Begins to stream."""
    return lambda key: next(objects.stream(key))


def test_a_fetch_that_is_ended_leaves_nothing(objects, tmp_path):
    """A job may be cancelled while its video is fetched."""
    put(objects, os.urandom(CHUNK_BYTES + 1))

    def cancel():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        objects.fetch(KEY, tmp_path / "f" / "a.mp4", between=cancel)
    assert not list((tmp_path / "f").iterdir())


def test_two_who_fetch_one_file_do_not_meet(objects, tmp_path):
    """A worker that was frozen in it, and the one that took its job over on the same disk: each has its own part, to the end."""
    content = os.urandom(3 * CHUNK_BYTES)
    put(objects, content)
    path = tmp_path / "f" / "a.mp4"

    def gone():
        raise KeyboardInterrupt

    def meanwhile():
        with pytest.raises(KeyboardInterrupt):
            objects.fetch(KEY, path, between=gone)

    objects.fetch(KEY, path, between=meanwhile)
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_keys_are_listed_by_prefix(objects):
    """All of a job's, none of another whose id begins alike."""
    for key in ("jobs/job_a/r/a.json", "jobs/job_a/s/b.json", "jobs/job_ab/r/c.json", video_key("vid_a", "mp4")):
        put(objects, b"x", key)
    assert set(objects.list(job_prefix("job_a"))) == {"jobs/job_a/r/a.json", "jobs/job_a/s/b.json"}
    assert objects.list("jobs/job_x/") == ()


def test_what_is_deleted_is_gone_and_the_rest_stays(objects):
    """Deleting what is not there is no error."""
    for key in ("jobs/job_a/r/a.json", "jobs/job_a/s/b.json", "jobs/job_b/r/c.json"):
        put(objects, b"x", key)
    objects.delete(("jobs/job_a/r/a.json", "jobs/job_a/r/never.json"))
    assert objects.list("jobs/job_a/") == ("jobs/job_a/s/b.json",)
    objects.delete_prefix("jobs/job_a/")
    objects.delete_prefix("jobs/job_a/")
    assert objects.list("jobs/") == ("jobs/job_b/r/c.json",)


def test_many_files_on_s3_are_deleted_by_one_request(s3, tmp_path, monkeypatch):
    """However many a job has."""
    objects, asked, post = open_objects(s3_settings(tmp_path, s3)), [], obstore.delete
    keys = tuple(f"jobs/job_a/r/{number} ü&<.json" for number in range(5))
    for key in keys:
        put(objects, b"x", key)
    monkeypatch.setattr(obstore, "delete", lambda store, paths: asked.append(paths) or post(store, paths))
    objects.delete(keys)
    assert [len(each) for each in asked] == [5]
    assert objects.list("jobs/") == ()


def test_a_url_lets_a_client_read(objects):
    """Without credentials of its own: a file's path locally, a signed address on S3."""
    put(objects, b"pixels")
    url = objects.url(KEY)
    if objects.local_path(KEY) is None:
        assert httpx.get(url, trust_env=False).content == b"pixels"
    else:
        assert url == objects.local_path(KEY).as_uri()


def test_a_deletion_removes_the_folders_it_emptied(local, tmp_path):
    """A folder of storage does not fill up with empty ones."""
    put(local, b"x", "jobs/job_a/r/a.json")
    put(local, b"x", "jobs/job_b/r/b.json")
    local.delete(("jobs/job_a/r/a.json",))
    assert [path.name for path in (tmp_path / "storage" / "jobs").iterdir()] == ["job_b"]


@pytest.mark.parametrize("key", ["../secret", "jobs/../../secret", "/etc/passwd"])
def test_a_key_never_leads_out_of_the_folder(local, tmp_path, key):
    """Whoever made it up finds nothing."""
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(NotFound):
        local.local_path(key)
    with pytest.raises(NotFound):
        local.put_file(key, tmp_path / "secret")


def test_a_local_file_is_as_readable_as_the_folder_allows(local, tmp_path):
    """Not for its owner's eyes alone, as temporary files are: a web server may serve the folder."""
    local.put_file(KEY, file_with(tmp_path, b"x"))
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(local.local_path(KEY).stat().st_mode) == 0o666 & ~umask


def test_keys_for_a_time_take_their_token_from_the_environment(tmp_path, monkeypatch):
    """By its standard name."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "for-an-hour")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    objects = open_objects(settings_in(tmp_path, storage_type="s3", s3_bucket_name="bucket", **keys))
    assert "X-Amz-Security-Token=for-an-hour" in objects.url(KEY)


def test_s3_without_a_bucket_is_refused(tmp_path):
    """With the name of the setting that is missing."""
    with pytest.raises(ConfigurationError, match="S3_BUCKET_NAME"):
        open_objects(settings_in(tmp_path, storage_type="s3"))


def test_a_file_that_is_not_there_is_no_fault_of_the_storage(objects, tmp_path):
    """Nobody would wait for it to come back."""
    with pytest.raises(FileNotFoundError):
        objects.put_file(KEY, tmp_path / "never-made.mp4")


CALLS = {
    "put": lambda objects, folder: objects.put_file(KEY, file_with(folder, b"x")),
    "size": lambda objects, _: objects.size(KEY),
    "read": lambda objects, _: get(objects),
    "fetch": lambda objects, folder: objects.fetch(KEY, folder / "copy"),
    "list": lambda objects, _: objects.list("jobs/"),
    "delete": lambda objects, _: objects.delete((KEY,)),
    "check": lambda objects, _: objects.check(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_storage_that_is_away_says_so_soon(s3, tmp_path, call):
    """In a few tenths of a second, so that whoever waits can look at a cancel meanwhile."""
    wire = Wire(s3.port)
    objects = open_objects(s3_settings(tmp_path, s3, aws_endpoint_url=f"http://127.0.0.1:{wire.port}"))
    put(objects, b"bytes")
    wire.cut()
    with pytest.raises(StorageUnavailable, match="does not answer"):
        call(objects, tmp_path)
    wire.mend()
    call(objects, tmp_path)
    wire.cut()


@pytest.mark.parametrize("name", ["size", "read", "list", "delete", "check"])
def test_a_storage_that_falls_silent_is_away_soon(s3, tmp_path, monkeypatch, name):
    """It took the question, and its answer never comes; a write is given longer, for a long part is silent while it is sent."""
    monkeypatch.setattr("clipzy.storage.objects.SILENCE", timedelta(seconds=0.1))
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        objects = open_objects(s3_settings(tmp_path, s3, aws_endpoint_url=url))
        with pytest.raises(StorageUnavailable, match="does not answer"):
            CALLS[name](objects, tmp_path)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_folder_that_is_away_says_so_and_is_not_made(tmp_path, call):
    """As when its volume is unmounted: what it holds is neither missing nor deleted, and nothing is put in its place."""
    objects = open_objects(settings_in(tmp_path))
    folder = tmp_path / "storage"
    put(objects, b"bytes")
    folder.rename(tmp_path / "away")
    with pytest.raises(StorageUnavailable, match="LOCAL_STORAGE_PATH"):
        call(objects, tmp_path)
    assert not folder.exists()
    (tmp_path / "away").rename(folder)
    call(objects, tmp_path)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_storage_that_refuses_says_so(s3, tmp_path, call):
    """Whatever is asked of it; no key is told."""
    objects = open_objects(s3_settings(tmp_path, s3, aws_secret_access_key="another"))
    with pytest.raises(StorageUnavailable, match="refuses access") as raised:
        call(objects, tmp_path)
    assert "another" not in str(raised.value)


class NoSuchBucket(BaseHTTPRequestHandler):
    """What AWS says to a write or a list; the test server would make the bucket."""

    def do_PUT(self):
        """Read it all and refuse."""
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b"<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"
        self.send_response(404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        """The same."""
        self.do_PUT()

    def do_POST(self):
        """The same."""
        self.do_PUT()

    def log_message(self, *args):
        """Say nothing."""


def test_a_bucket_that_is_not_there_is_told(s3, tmp_path):
    """With the setting to look at."""
    with HTTPServer(("127.0.0.1", 0), NoSuchBucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        objects = open_objects(s3_settings(tmp_path, s3, aws_endpoint_url=f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(StorageUnavailable, match="S3_BUCKET_NAME"):
            put(objects, b"bytes")
        with pytest.raises(StorageUnavailable, match="S3_BUCKET_NAME"):
            objects.check()
        with pytest.raises(StorageUnavailable, match="S3_BUCKET_NAME"):
            objects.delete((KEY,))
        server.shutdown()


def test_a_storage_that_works_passes_its_check(objects, tmp_path):
    """Nothing of it stays."""
    before = set(tmp_path.rglob("*"))
    objects.check()
    assert set(tmp_path.rglob("*")) == before
    assert objects.list("") == ()
