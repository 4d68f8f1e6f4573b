"""What every answer has, and every error."""

from __future__ import annotations

import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from api.rest import STYLE_JSON, data, error


def test_unknown_addresses_are_not_found(client):
    """In the envelope."""
    for path in ("/api", "/api/v1", "/api/v1/jobs/a/b/c", "/api/v1/jobs/", "/favicon.ico"):
        error(client.get(path), 404, "NOT_FOUND")


def test_an_address_with_a_slash_too_many_is_told_so(client):
    """Redirects would lose bodies, and are not followed by curl."""
    for path in ("/api/v1/jobs/", "/api/v1/jobs/job_x/result/", "/api/v1/videos/upload//"):
        assert "slash" in error(client.post(path, json={}), 404, "NOT_FOUND")["detail"]
    assert "slash" not in error(client.get("/nowhere/"), 404, "NOT_FOUND")["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/jobs", "GET, POST"),
        ("PATCH", "/api/v1/jobs/job_x", "DELETE, GET"),
        ("GET", "/api/v1/jobs/job_x/cancel", "POST"),
        ("DELETE", "/api/v1/jobs/job_x/output", "GET, HEAD"),
        ("GET", "/api/v1/videos/upload", "POST"),
        ("DELETE", "/api/v1/videos/upload", "POST"),
    ],
    ids=str,
)
def test_wrong_methods_are_told_the_right_ones(client, method, path, allowed):
    """405 with Allow, of all routes on the path together."""
    refused = client.request(method, path)
    error(refused, 405, "METHOD_NOT_ALLOWED")
    assert refused.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{", "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"video_id": ' + b"9" * 10_000 + b"}", "application/json"),
        (b'{"video_id": "\\ud800"}', "application/json"),
        (b'{"video_id": "vid_x", "config": {"strength": NaN}}', "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"video_id": "vid_x"}', "text/plain"),
    ],
    ids=["cut off", "not UTF-8", "deep", "long number", "half a character", "NaN", "list", "null", "other type"],
)
def test_what_is_no_job_in_json_is_refused(client, content, kind):
    """Whatever is wrong with the body, the answer is a plain refusal."""
    refused = client.post("/api/v1/jobs", content=content, headers={"content-type": kind})
    assert refused.status_code == 422, refused.text
    assert refused.json()["error"]["code"] in {"VALIDATION_ERROR", "MISSING_FIELD"}
    assert "Traceback" not in refused.text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None], ids=str)
def test_json_that_is_not_sent_as_json_is_told_so(client, kind):
    """As by curl's -d without a header: the commonest slip of all."""
    headers = {} if kind is None else {"content-type": kind}
    refused = error(
        client.post("/api/v1/jobs", content=b'{"video_id": "vid_x"}', headers=headers), 422, "VALIDATION_ERROR"
    )
    assert "Content-Type: application/json" in refused["detail"]
    assert [each["field"] for each in refused["fields"]] == ["body"]


def test_json_that_is_broken_is_told_where(client):
    """And what is wrong there."""
    headers = {"content-type": "application/json"}
    refused = error(client.post("/api/v1/jobs", content=b"{'video_id': 1}", headers=headers), 422, "VALIDATION_ERROR")
    assert "double quotes" in refused["detail"]
    assert refused["detail"].endswith("at character 1")


def test_an_id_that_is_none_is_told_in_words(client):
    """Not by the pattern that it does not match."""
    for refused in (client.post("/api/v1/jobs", json={"video_id": ""}), client.get("/api/v1/jobs?video_id=a%20b")):
        assert error(refused, 422, "VALIDATION_ERROR")["fields"][0]["message"].startswith("must be an id")


def test_a_body_that_is_no_object_is_told_so(client):
    """In JSON's words, not in Python's."""
    assert error(client.post("/api/v1/jobs", json=[]), 422, "VALIDATION_ERROR")["detail"] == "body: must be an object"
    body = {"video_id": "vid_x", "config": {"render": "no"}}
    assert "true, false or 'plan'" in error(client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")["detail"]
    body["config"] = "high"
    refused = error(client.post("/api/v1/jobs", json=body), 422, "VALIDATION_ERROR")
    assert refused["detail"] == "config: must be an object"


@pytest.mark.parametrize(
    ("config", "words"),
    [({"strength": "0.5"}, "a number"), ({"seed": "7"}, "a whole number"), ({"color": "false"}, "true or false")],
    ids=["number", "whole number", "boolean"],
)
def test_what_is_written_as_a_text_is_told_as_such(client, config, words):
    """The commonest slip of whoever writes JSON by hand."""
    refused = error(client.post("/api/v1/jobs", json={"video_id": "vid_1", "config": config}), 422, "VALIDATION_ERROR")
    (name,) = config
    assert refused["detail"] == f"config.{name}: must be {words}, without quotation marks"


def test_an_empty_body_is_missing(client):
    """It is the body that is named."""
    assert error(client.post("/api/v1/jobs"), 422, "MISSING_FIELD")["fields"] == [
        {"field": "body", "message": "is required"}
    ]


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_bodies_are_bounded(client, announced):
    """More than eight MiB of JSON are not read."""
    body = json.dumps({"video_id": "x" * (9 << 20)}).encode()
    pieces = body if announced else (body[at : at + 65536] for at in range(0, len(body), 65536))
    refused = client.post("/api/v1/jobs", content=pieces, headers={"content-type": "application/json"})
    error(refused, 413, "FILE_TOO_LARGE")


def test_an_internal_error_hides_its_trace(own_service):
    """500 in the envelope, with the request id, without a word of what happened."""

    def stumble(*_):
        raise ZeroDivisionError("secret detail")

    with own_service(cors_origins="https://app.example") as service:
        service.store.list_jobs = stumble
        refused = service.client.get("/api/v1/jobs", headers={"origin": "https://app.example"})
    error(refused, 500, "INTERNAL_ERROR")
    assert "secret" not in refused.text
    assert "Traceback" not in refused.text
    assert refused.headers["x-request-id"]
    assert refused.headers["access-control-allow-origin"] == "https://app.example"


def test_a_database_that_is_away_is_no_internal_error(own_service):
    """503 with Retry-After: the client may try again."""
    with own_service() as service:
        path = service.services.settings.data_path / "clipzy.db"
        service.store.database.dispose()
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        refused = service.client.get("/api/v1/jobs")
        error(refused, 503, "SERVICE_UNAVAILABLE")
        assert refused.headers["retry-after"]


@pytest.mark.parametrize("given", ["abc-123", "0af7651916cd43dd8448eb211c80319c"])
def test_the_clients_request_id_is_echoed(client, given):
    """On answers and on errors."""
    for path in ("/livez", "/nowhere"):
        assert client.get(path, headers={"x-request-id": given}).headers["x-request-id"] == given


def test_each_request_is_one_line_in_the_log(client, caplog):
    """With its id and those that its path names, method, path, status and time; probes are not logged at this level."""
    with caplog.at_level(logging.INFO):
        client.get("/api/v1/jobs/job_gone", headers={"x-request-id": "mine"})
        client.get("/livez")
    [line] = [json.loads(record.message) for record in caplog.records if record.name.startswith("clipzy")]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/jobs/job_gone", 404)
    assert (line["request_id"], line["job_id"]) == ("mine", "job_gone")
    assert line["ms"] > 0


def test_a_jobs_creation_is_told_under_its_id_and_its_requests(service, caplog):
    """Once: a repeated request that leads to the same job creates none."""
    body = {"video_id": service.add_video()}
    with caplog.at_level(logging.INFO):
        answers = [
            service.client.post("/api/v1/jobs", json=body, headers={"x-request-id": name, "Idempotency-Key": "logged"})
            for name in ("first", "again")
        ]
    [job_id] = {data(answer)["job_id"] for answer in answers}
    lines = [json.loads(record.message) for record in caplog.records if record.name.startswith("clipzy")]
    created = [(line["job_id"], line["request_id"]) for line in lines if line["event"] == "job created"]
    assert created == [(job_id, "first")]


@pytest.mark.parametrize("given", ["", "a b", 'x"y', "<b>", "a" * 129], ids=["none", "space", "quote", "tag", "long"])
def test_a_request_id_that_is_unfit_is_replaced(client, given):
    """By one of ours, another each time."""
    made = {client.get("/livez", headers={"x-request-id": given}).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    assert given not in made


def test_browsers_are_told_to_be_careful(client):
    """The security headers are on every answer, errors too."""
    for path in ("/livez", "/nowhere", "/api/v1/jobs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_only_the_origins_of_the_settings_may_call(own_service):
    """A listed origin passes the preflight and sees our headers; another does not."""
    with own_service(cors_origins="https://app.example, https://b.example") as service:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        for origin, status in (("https://b.example", 200), ("https://evil.example", 403)):
            answer = service.client.options("/api/v1/jobs", headers={"origin": origin, **asked})
            assert answer.status_code == status
        answer = service.client.get("/api/v1/jobs", headers={"origin": "https://app.example"})
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
        refused = service.client.get("/api/v1/jobs", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    ("origin", "method", "header", "why"),
    [
        ("https://evil.example", "GET", "range", "its origin"),
        ("https://app.example", "PUT", "range", "its method"),
        ("https://app.example", "GET", "x-own", "its headers"),
    ],
    ids=["origin", "method", "header"],
)
def test_a_refused_preflight_is_in_the_envelope(own_service, origin, method, header, why):
    """As every other error, with what is not allowed."""
    asked = {"origin": origin, "access-control-request-method": method, "access-control-request-headers": header}
    with own_service(cors_origins="https://app.example") as service:
        refused = service.client.options("/api/v1/jobs", headers=asked)
    assert why in error(refused, 403, "FORBIDDEN")["detail"]
    assert "Access-Control-Request-Method" in refused.headers["vary"]


def test_a_page_may_ask_whether_what_it_has_is_new(own_service):
    """By If-None-Match, which the downloads' answers invite to."""
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}
    with own_service(cors_origins="https://app.example") as service:
        answer = service.client.options("/api/v1/jobs/job_a/output", headers={"origin": "https://app.example", **asked})
    assert answer.status_code == 200
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]


def test_without_origins_no_page_may_call(client):
    """The default."""
    assert "access-control-allow-origin" not in client.get("/livez", headers={"origin": "https://a.example"}).headers


def test_a_refused_connection_can_be_used_again(client):
    """A small body that was refused unread does not spoil the next request."""
    for _ in range(3):
        error(client.post("/api/v1/nowhere", content=b"x" * 1000), 404, "NOT_FOUND")
        data(client.get("/livez"))


def test_a_client_that_leaves_is_no_error(service):
    """Half a request and a closed connection: the next one is served."""
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
            connection.sendall(
                b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            )
    data(service.client.get("/livez"))


def test_slow_requests_do_not_hold_up_others(own_service):
    """Thirty that wait for the database's lock leave the event loop free."""
    with own_service() as service:
        blocked = service.store.database.connect()
        blocked.exec_driver_sql("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(30) as pool:
            video = {"video_id": "vid_x"}
            waiting = [pool.submit(service.client.delete, "/api/v1/videos/vid_x", params=video) for _ in range(30)]
            data(service.client.get("/livez", timeout=2))
            blocked.rollback()
            blocked.close()
            for each in waiting:
                error(each.result(), 404, "VIDEO_NOT_FOUND")


def test_a_head_without_end_is_cut_off(service):
    """More than 64 KiB before a body begins: refused, and the server lives; a large token still passes."""
    host, port = "127.0.0.1", service.port
    for filler in (b"x: " + b"y" * (80 << 10), b"".join(b"x%d: y\r\n" % number for number in range(20_000))):
        with socket.create_connection((host, port), timeout=10) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n")
            answer = b""
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(filler)
                answer = connection.recv(1000)
            assert not answer.startswith(b"HTTP/1.1 200")
    assert service.client.get("/livez", headers={"x-large": "y" * (16 << 10)}).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({f"unknown{number}": 1 for number in range(100_000)}, 1),
        ({"video_id": "vid_a", "config": {"style": {**STYLE_JSON, "detected_beats": [{}] * 40_000}}}, 3),
    ],
    ids=["keys", "beats"],
)
def test_a_body_full_of_errors_is_answered_soon_and_shortly(client, body, fields):
    """What is wrong is told once, not a hundred thousand times."""
    refused = client.post("/api/v1/jobs", json=body)
    error(refused, 422, refused.json()["error"]["code"])
    assert len(refused.json()["error"]["fields"]) <= max(fields, 50)
    assert len(refused.content) < 20_000


def test_a_database_whose_connections_are_all_taken_is_no_internal_error(own_service):
    """503 with Retry-After, as where it is away."""

    def exhausted(*_, **__):
        raise sa.exc.TimeoutError("QueuePool limit reached")

    with own_service() as service:
        service.store.list_jobs = exhausted
        error(service.client.get("/api/v1/jobs"), 503, "SERVICE_UNAVAILABLE")
