"""What comes with a body in chunks and is none: passed over while it is little, and never kept."""

from __future__ import annotations

import json
import socket
from contextlib import suppress

import pytest

from api.rest import error

MOST_SENT = 8 << 20  # far more than sockets hold on the way
TRAILERS = b"".join(b"a%d: b\r\n" % number for number in range(6000))
NAME = b"a" * 60_000
HEAD = b"Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "filler"),
    [(b"0\r\n", TRAILERS), (b'1\r\n"\r\n0\r\n', TRAILERS), (b"0\r\n", NAME), (b"1;a=", NAME)],
    ids=["trailers", "trailers of a body", "one trailer", "an extension"],
)
@pytest.mark.parametrize("asked", [b"GET /livez", b"POST /api/v1/jobs"], ids=["answered", "awaited"])
def test_what_follows_a_body_without_end_is_cut_off(service, asked, begun, filler):
    """Trailers, one of them, and what is written beside a chunk's length; whether or not an answer is given before."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(asked + b" HTTP/1.1\r\n" + HEAD + begun)
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while sent < MOST_SENT:
                connection.sendall(filler)
                sent += len(filler)
    assert sent < MOST_SENT


def test_a_few_trailers_are_passed_over(service):
    """The request is answered as without them, and they are no headers of it."""
    body = json.dumps({"video_id": "vid_none"}).encode()
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        for _ in range(2):
            connection.sendall(b"POST /api/v1/jobs HTTP/1.1\r\n" + HEAD + b"%x\r\n%s\r\n0\r\n" % (len(body), body))
            connection.sendall(b"x-request-id: after-the-body\r\nx-checksum: 1\r\n\r\n")
            answer = connection.recv(65536)
            assert b"VIDEO_NOT_FOUND" in answer
            assert b"after-the-body" not in answer


def test_a_body_in_many_chunks_is_taken(service):
    """What is written around them counts for nothing while the body goes on."""
    body = json.dumps({"video_id": "x" * 20_000}).encode()
    pieces = [body[at : at + 1] for at in range(len(body))]
    error(
        service.client.post("/api/v1/jobs", content=iter(pieces), headers={"content-type": "application/json"}),
        422,
        "VALIDATION_ERROR",
    )
