"""Clients that fall silent: hung up on where they owe us something, and nowhere else."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest

from clipzy.api import head_limit

SILENCE_S = 0.6
URL = "/api/v1/videos/upload"
HEAD = f"POST {URL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n"
FORM = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + "x" * 2000


@pytest.fixture
def service(own_service, monkeypatch):
    """An API that waits for two thirds of a second."""
    monkeypatch.setattr(head_limit, "SILENCE_S", SILENCE_S)
    with own_service() as service:
        yield service


def ends(connection, within_s):
    """Whether the other side closes within that time, whatever it says before."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        connection.settimeout(max(until - time.monotonic(), 0.01))
        try:
            if connection.recv(65536) == b"":
                return True
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
    return False


@pytest.mark.parametrize("said", ["", "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n", HEAD, HEAD + FORM], ids=len)
def test_a_client_that_stops_in_the_middle_is_hung_up_on(service, said):
    """Before its request, within its head or its body; of its upload nothing stays, though the connection never broke."""
    before = service.stored_files()
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(said.encode())
        assert ends(connection, 5 * SILENCE_S)
    deadline = time.monotonic() + 60
    while service.stored_files() != before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_head_that_drips_is_not_waited_for(service):
    """Whoever sends a letter now and then holds no connection."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        dripped = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while dripped < 30:
                connection.sendall(b"x")
                dripped += 1
                time.sleep(SILENCE_S / 6)
        assert 5 <= dripped < 30


def test_a_body_that_comes_slowly_is_waited_for(service):
    """As long as something comes."""
    body = b'{"video_id": "vid_none", "priority": 1}'
    head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(head.encode())
        for start in range(0, len(body), 5):
            time.sleep(SILENCE_S / 3)
            connection.sendall(body[start : start + 5])
        assert b"VIDEO_NOT_FOUND" in connection.recv(65536)


def test_a_client_that_waits_for_us_may_be_silent(service):
    """It follows a job that stands still, and then asks something else."""
    path = f"/api/v1/jobs/{service.add_job()}"
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(f"GET {path}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert not ends(connection, 3 * SILENCE_S)
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        for _ in range(2):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert not ends(connection, 2 * SILENCE_S)
