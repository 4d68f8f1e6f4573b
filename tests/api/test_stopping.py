"""The API while it is asked to stop: what is under way ends, and what takes too long is refused so that clients come again."""

from __future__ import annotations

import json
import socket
from http.client import HTTPResponse

HEAD = (
    "POST /api/v1/videos/upload HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: mine\r\nExpect: 100-continue\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n"
)
FORM = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + "x" * 2000
LONG_S = 60  # a test that waits for it fails before


def test_an_upload_that_outlasts_the_grace_is_asked_to_come_again(own_service):
    """In the envelope, under its id, while it still sends; nothing of it stays."""
    with own_service(grace_s=0) as service:
        with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
            connection.sendall(HEAD.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # it is being read
            connection.sendall(FORM.encode())
            service.stop()
            answer = HTTPResponse(connection)
            answer.begin()
            assert (answer.status, answer.headers["X-Request-ID"], answer.headers["Connection"]) == (
                503,
                "mine",
                "close",
            )
            assert answer.headers["Retry-After"]
            body = json.loads(answer.read())
            assert body["success"] is False
            assert body["error"]["code"] == "SERVICE_UNAVAILABLE"
            connection.sendall(b"x" * 100_000)  # is read and thrown away, or the answer could be lost
        kept = service.services.settings.data_path.parent
    assert not [path for path in kept.rglob("*") if path.parent.name == ".incoming"]


def test_streams_of_events_hold_up_no_stop(own_service):
    """They end whole, so that clients connect again at once."""
    with own_service(grace_s=LONG_S) as service:
        with service.client.stream("GET", f"/api/v1/jobs/{service.add_job()}/events") as events:
            lines = events.iter_lines()
            assert next(lines)
            service.stop()
            list(lines)  # fails where it is cut
        service.gone()


def test_connections_that_nobody_uses_outlast_those_of_proxies(own_service):
    """Proxies such as nginx keep theirs for 60 s, and may send no POST again that meets one which is closed; a stop closes them at once."""
    with own_service(grace_s=LONG_S) as service:
        assert service.server.config.timeout_keep_alive > 60
        with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.read()
            service.stop()
            assert connection.recv(1) == b""
        service.gone()
