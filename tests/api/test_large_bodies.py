"""Bodies of megabytes: checked as small ones are, while others are answered."""

from __future__ import annotations

import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from api.rest import STYLE_JSON, data, error
from clipzy.api import bodies, large_bodies
from clipzy.api.bodies import MOST_BYTES
from clipzy.api.large_bodies import MOST_COMING_BYTES, MOST_FOR_ONE_BYTES, BodyChecks
from clipzy.api.schemas import own_data
from clipzy.errors import ServiceUnavailable

PADDING = " " * (200 << 10)
JSON = {"content-type": "application/json"}
# the densest that a valid body can be
KEY = b'{"at":"0","crop":{"x":0,"y":0,"width":1,"height":1}},'


@pytest.fixture
def held(service, monkeypatch):
    """Begins a large request that is not done being checked before the context ends. `most_bytes`: of all that come in."""

    @contextmanager
    def holding(most_bytes=MOST_COMING_BYTES):
        begun, may_end = threading.Event(), threading.Event()

        def slow(*_):
            if not begun.is_set():
                begun.set()
                assert may_end.wait(20)
            return False

        monkeypatch.setattr(own_data, "_depth_over", slow)
        monkeypatch.setattr(large_bodies, "MOST_COMING_BYTES", most_bytes)
        with ThreadPoolExecutor(1) as pool:

            def begin(body):
                created = pool.submit(service.client.post, "/api/v1/jobs", content=body, headers=JSON)
                assert begun.wait(10)
                return created

            try:
                yield begin
            finally:
                may_end.set()

    return holding


def test_others_are_answered_while_a_large_body_is_checked(service, held):
    """However long that takes; then its own answer comes."""
    body = f'{{"video_id": "{service.add_video()}", "metadata": {{"order": 1}}{PADDING}}}'
    with held() as begin:
        created = begin(body)
        data(service.client.get("/livez", timeout=5))
    assert data(created.result())["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"config": {"quality": "ultra"}, "video": 1}', JSON),
        ("{}", JSON),
        ("[]", JSON),
        ("null", JSON),
        ('{"video_id": ', JSON),
        ('{"video_id": "vid_x"}', {"content-type": "text/plain"}),
        ('{"video_id": "vid_x"}', {**JSON, "idempotency-key": "é".encode()}),
    ],
    ids=["fields", "nothing", "a list", "null", "half", "text", "header"],
)
def test_a_large_body_is_refused_as_a_small_one(client, body, headers):
    """In the same words."""
    small = client.post("/api/v1/jobs", content=body, headers=headers)
    large = client.post("/api/v1/jobs", content=PADDING + body, headers=headers)
    refused, as_large = (error(each, 422, each.json()["error"]["code"]) for each in (small, large))
    assert [each["field"] for each in as_large.get("fields", [])] == [
        each["field"] for each in refused.get("fields", [])
    ]
    assert as_large["code"] == refused["code"]


def test_a_large_style_is_taken(service):
    """With all its beats, in order."""
    beats = [{"timestamp_ms": number, "confidence": 0.9, "frequency": "bass"} for number in range(5_000)]
    style = {**STYLE_JSON, "detected_beats": beats}
    job_id = service.add_job(video_id=service.add_video(), config={"style": style})
    given = service.store.get_job(job_id).config.style
    assert [beat.timestamp_ms for beat in given.detected_beats] == list(range(5_000))


@pytest.mark.parametrize("item", [b"[],", b'{"":0},', b"0,"], ids=["lists", "objects", "numbers"])
def test_a_body_of_more_than_any_valid_one_holds_is_refused(client, item):
    """Before it is read: in memory it would be many times as large as it comes."""
    body = b'{"metadata":{"a":[' + item * ((MOST_BYTES - 100) // len(item)) + b"0]}}"
    refused = error(client.post("/api/v1/jobs", content=body, headers=JSON), 422, "VALIDATION_ERROR")
    assert "must hold at most 335,544 objects" in refused["detail"]


def test_a_body_may_hold_what_a_valid_one_can():
    """Keys of a moving crop, as many as a body can name."""
    large_bodies._check_numbers(KEY * (MOST_BYTES // len(KEY)))


def test_large_bodies_come_in_up_to_what_memory_is_for(service, held):
    """One more is refused before it is read, and may be sent again; small ones pass."""
    body = f'{{"video_id": "{service.add_video()}", "metadata": {{"order": 1}}{PADDING}}}'
    with held(most_bytes=len(body) + 1000) as begin:
        created = begin(body)
        refused = service.client.post("/api/v1/jobs", content=body, headers=JSON)
        assert error(refused, 503, "SERVICE_UNAVAILABLE")["detail"].startswith("too many large requests")
        assert refused.headers["retry-after"] == "10"
        assert service.add_job()
    assert data(created.result())["status"] == "queued"


def test_one_owners_large_bodies_leave_room_for_those_of_others():
    """Half of it; all of it is theirs who need no token."""
    checks = BodyChecks()
    with checks._room("ann", MOST_FOR_ONE_BYTES):
        with pytest.raises(ServiceUnavailable, match="of yours"), checks._room("ann", 1):
            pass
        with checks._room("bob", MOST_FOR_ONE_BYTES), pytest.raises(ServiceUnavailable), checks._room("eve", 1):
            pass
    with checks._room(None, MOST_COMING_BYTES):
        pass
    assert not checks._coming


def drip(port, body, *, piece, pause_s):
    """After how many seconds a job's request is answered whose body comes in pieces with a pause before each, and the answer; what is left then is not sent."""
    head = "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), piece):
            if select.select([connection], [], [], pause_s)[0]:
                break
            connection.sendall(body[start : start + piece])
        said = connection.recv(65536)
        took_s = time.monotonic() - begun
        while more := connection.recv(65536):
            said += more
    return took_s, said


def test_a_large_body_that_trickles_is_not_waited_for(service, monkeypatch):
    """Its room is for others then; one that comes at a pace has all the time it needs, and a small one any."""
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.5)
    monkeypatch.setattr(bodies, "LEAST_BYTES_PER_S", 200 << 10)
    monkeypatch.setattr(bodies, "LINGER_S", 0.2)
    monkeypatch.setattr(large_bodies, "MOST_COMING_BYTES", 300 << 10)
    slow, paced, small = (f'{{"video_id": "{service.add_video()}"{more}}}'.encode() for more in (PADDING, PADDING, ""))
    took_s, refused = drip(service.port, slow, piece=100, pause_s=0.05)
    assert 0.5 <= took_s < 5
    assert refused.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"REQUEST_TIMEOUT"' in refused
    assert b"connection: close" in refused.lower()
    took_s, taken = drip(service.port, paced, piece=10 << 10, pause_s=0.04)
    assert took_s > 0.7
    assert taken.startswith(b"HTTP/1.1 200 ")
    took_s, taken = drip(service.port, small, piece=6, pause_s=0.1)
    assert took_s > 0.7
    assert taken.startswith(b"HTTP/1.1 200 ")
