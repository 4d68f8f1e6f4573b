"""Requests that offer to go on in another protocol, as Java's client does with each that it sends without TLS: read as any other."""

from __future__ import annotations

import gc
import json
import logging
import socket

import pytest

from clipzy.api.head_limit import HeadLimit
from probe import eventually

HTTP_2 = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
WEB_SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
JSON = b"Content-Type: application/json\r\n"
BODY = json.dumps({"video_id": "vid_none"}).encode()
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
ANNOUNCED = b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@pytest.mark.parametrize("size", [7, 10_000], ids=["in pieces", "at once"])
@pytest.mark.parametrize("body", [ANNOUNCED, CHUNKED], ids=["announced", "in chunks"])
def test_the_body_of_a_request_with_an_offer_is_read(service, caplog, body, size):
    """On a connection that is used again, with an offer or without one; nobody is warned of what is nothing unusual."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for offer in (HTTP_2, HTTP_2, b"", HTTP_2):
            request = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n" + offer + JSON + body
            for start in range(0, len(request), size):
                connection.sendall(request[start : start + size])
            assert b"VIDEO_NOT_FOUND" in connection.recv(65536)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_requests_with_an_offer_may_come_one_after_the_other(service):
    """However many the client sends before it reads an answer."""
    get = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + HTTP_2 + b"\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(2000 * get + last)
        answered = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answered.count(b'"alive":true') == 2001


def hung_up() -> list[HeadLimit]:
    """What is left of connections that are closed, of any service in this process."""
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is HeadLimit and each.transport.is_closing()]


def test_nothing_stays_of_a_client_that_wanted_a_web_socket(service):
    """It is answered as any other; each left its connection's state behind, looked at for ever."""
    earlier = hung_up()  # of services that have stopped since
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
            connection.sendall(b"GET /api/v1/jobs/job_none HTTP/1.1\r\nHost: localhost\r\n" + WEB_SOCKET + b"\r\n")
            assert b"JOB_NOT_FOUND" in connection.recv(65536)
    assert eventually(lambda: all(each in earlier for each in hung_up()))
