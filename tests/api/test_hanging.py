"""The API while its storage takes questions and never answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BufferedWriter, FileIO
from pathlib import Path

import httpx
import pytest

from api.rest import data, error
from clipzy.api import checks, stored, turns
from ports import free_port

API = """
import sys, time
from clipzy import wiring
from clipzy.api import server
from clipzy.jobs import deletion
from clipzy.settings import Settings

def hang(*_):
    print("asked", flush=True)
    time.sleep(600)

deletion.delete_job = hang
server.GRACEFUL_S, wiring.HANGING_S = 1, 0.1
wiring.serve_api(Settings(_env_file=None))
"""


@pytest.fixture
def hanging(own_service, monkeypatch):
    """An API whose storage hangs once `begin_hanging` is called; `asked` counts the questions to it."""
    monkeypatch.setattr(stored, "WAITING_S", 0.2)
    monkeypatch.setattr(checks, "DEADLINE_S", 0.2)
    released, asked = threading.Event(), threading.Semaphore(0)

    def hang(*_):
        asked.release()
        assert released.wait(30)
        return 1

    with own_service() as service:

        def begin():
            monkeypatch.setattr(service.objects, "size", hang)
            monkeypatch.setattr(service.objects, "check", hang)

        service.begin_hanging, service.hang, service.asked, service.released = begin, hang, asked, released
        try:
            yield service
        finally:
            released.set()


def test_a_storage_that_hangs_holds_up_nothing_that_can_do_without(hanging):
    """However many downloads wait for it: jobs are polled, probes answered, and further downloads asked to come again."""
    file, job = f"/api/v1/videos/{hanging.add_video()}/file", f"/api/v1/jobs/{hanging.add_job()}"
    hanging.begin_hanging()
    client, limits = hanging.client, httpx.Limits(max_connections=None)
    with (
        ThreadPoolExecutor(stored.MOST_THREADS) as pool,
        httpx.Client(trust_env=False, limits=limits, timeout=60) as many,
    ):
        downloads = [pool.submit(many.get, hanging.url + file) for _ in range(stored.MOST_THREADS)]
        try:
            assert all(hanging.asked.acquire(timeout=10) for _ in downloads)
            assert data(client.get(job))["status"] == "queued"
            assert data(client.get("/livez")) == {"alive": True}
            assert data(client.get("/api/v1/health"))["storage"] is False
            error(client.get("/readyz"), 503, "SERVICE_UNAVAILABLE")
            assert "clipzy_storage_up 0.0" in client.get("/metrics").text
            late = client.get(file)
            error(late, 503, "SERVICE_UNAVAILABLE")
            assert late.headers["retry-after"]
        finally:
            hanging.released.set()
        assert {each.result().status_code for each in downloads} == {200}


def test_an_upload_whose_disk_hangs_at_its_last_bytes_holds_up_nothing(own_service, clips, monkeypatch):
    """They are written as the file is closed."""
    begun, released, opened = threading.Event(), threading.Event(), Path.open

    class Hanging(BufferedWriter):
        def close(self):
            begun.set()
            assert released.wait(30)
            super().close()

    with own_service() as service, ThreadPoolExecutor(1) as pool, monkeypatch.context() as patch:
        form = {"file": ("clip.mp4", (clips / "clip.mp4").read_bytes())}
        patch.setattr(
            Path, "open", lambda path, mode: Hanging(FileIO(path, "x")) if mode == "xb" else opened(path, mode)
        )
        upload = pool.submit(httpx.post, f"{service.url}/api/v1/videos/upload", files=form, timeout=60)
        try:
            assert begun.wait(20)
            assert data(service.client.get("/livez")) == {"alive": True}
        finally:
            released.set()
        assert data(upload.result())["metadata"]["width"] > 0


@pytest.fixture
def narrow(monkeypatch):
    """As on a machine with one processor, with two threads for the storage."""
    monkeypatch.setattr(turns, "available_processors", lambda: 1)
    monkeypatch.setattr(stored, "MOST_THREADS", 2)


@pytest.mark.usefixtures("narrow")
def test_a_storage_that_takes_no_file_holds_up_no_probe(hanging, clips, monkeypatch):
    """As many uploads are stored at once as the storage has threads, however few processors there are; those beyond are asked to come again."""
    file = (clips / "clip.mp4").read_bytes()

    def send():
        return httpx.post(f"{hanging.url}/api/v1/videos/upload", files={"file": ("clip.mp4", file)}, timeout=60)

    put = hanging.objects.put_file
    monkeypatch.setattr(hanging.objects, "put_file", lambda *given, **how: hanging.hang() and put(*given, **how))
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(send) for _ in range(2)]
        try:
            assert all(hanging.asked.acquire(timeout=20) for _ in sent)
            error(send(), 503, "SERVICE_UNAVAILABLE")
            assert data(hanging.client.get("/livez")) == {"alive": True}
        finally:
            hanging.released.set()
        assert all(data(each.result())["video_id"] for each in sent)


@pytest.mark.usefixtures("narrow")
def test_a_storage_that_gives_no_video_holds_up_no_thumbnail(hanging, clips, monkeypatch):
    """While one is fetched, others are made of what is at hand."""
    first, second = (hanging.add_video((clips / "clip.mp4").read_bytes()) for _ in range(2))
    local_path, fetch = hanging.objects.local_path, hanging.objects.fetch
    slow = hanging.store.get_video(first).storage_key
    monkeypatch.setattr(hanging.objects, "local_path", lambda key: None if key == slow else local_path(key))
    monkeypatch.setattr(hanging.objects, "fetch", lambda *given: hanging.hang() and fetch(*given))

    def picture(video_id):
        return httpx.get(f"{hanging.url}/api/v1/videos/{video_id}/thumbnail", timeout=60)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(picture, first)
        try:
            assert hanging.asked.acquire(timeout=20)
            assert picture(second).status_code == 200
        finally:
            hanging.released.set()
        assert waiting.result().status_code == 200


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_process_whose_threads_hang_ends_when_it_is_asked_to(tmp_path, number, code):
    """With the code of one that has done its work, or was interrupted: nothing that it waits for comes to an end, which its client is told."""
    port = free_port()
    environment = {
        "API_PORT": str(port),
        "DATA_PATH": str(tmp_path / "data"),
        "LOCAL_STORAGE_PATH": str(tmp_path / "s"),
    }
    api = subprocess.Popen(
        [sys.executable, "-c", API], env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            _wait_until_alive(client)
            with ThreadPoolExecutor(1) as pool:
                deleting = pool.submit(client.delete, "/api/v1/jobs/job_a")
                assert "asked\n" in api.stdout  # read up to there, past the log
                api.send_signal(number)
                assert api.wait(30) == code
                error(deleting.result(), 503, "SERVICE_UNAVAILABLE")
    finally:
        api.kill()
        api.wait(30)
        api.stdout.close()


def _wait_until_alive(client):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            return data(client.get("/livez"))
        time.sleep(0.05)
    raise AssertionError("the API did not start")
