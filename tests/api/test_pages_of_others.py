"""What a page of another site can do to an engine without tokens, through the browser of whoever looks at it: nothing."""

from __future__ import annotations

import socket

import pytest

from api.rest import data, error
from clipzy.api.hosts import own_names
from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.tokens import Scope, new_token

PAGE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def cancelled(service, **headers):
    """The answer to a cancel with these headers."""
    return service.client.post(f"/api/v1/jobs/{service.add_job()}/cancel", headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        PAGE,
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site", "Host": "localhost:8000"},
        {"Origin": "http://localhost:1e9", "Host": "localhost:8000"},
        {"Origin": "https://evil.example", "X-Forwarded-Host": "app.example, evil.example"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_a_page_of_another_site_changes_nothing(service, headers):
    """Whatever its browser says of it; also one on another port of the same machine."""
    job = service.add_job()
    refused = service.client.post(f"/api/v1/jobs/{job}/cancel", headers=headers)
    assert "CORS_ORIGINS" in error(refused, 403, "FORBIDDEN")["detail"]
    assert service.store.get_job(job).status == "queued"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8000", "Host": "localhost:8000"},
        {"Origin": "http://LOCALHOST", "Host": "localhost:80"},
        {"Origin": "https://[::1]:8443", "Host": "[::1]:8443"},
        {"Origin": "https://app.example:8443", "Host": "127.0.0.1", "X-Forwarded-Host": "app.example:8443"},
        {"Origin": "https://app.example:8443", "Host": "127.0.0.1", "X-Forwarded-Host": "app.example, inner"},
        {"Origin": "https://app.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
def test_whoever_is_no_page_and_the_engines_own_pages_pass(service, headers):
    """Those behind a proxy too, whatever it calls the engine, with or without the port."""
    assert data(cancelled(service, **headers))["status"] == "cancelled"


def test_a_form_of_another_site_uploads_nothing(service, clips):
    """It is refused before its file is read."""
    before = service.store.list_videos().total
    form = {"file": ("a.mp4", (clips / "clip.mp4").read_bytes())}
    refused = service.client.post("/api/v1/videos/upload", files=form, headers=PAGE)
    error(refused, 403, "FORBIDDEN")
    assert service.store.list_videos().total == before


def test_a_page_of_a_named_origin_may_change_things(own_service):
    """And no other."""
    with own_service(cors_origins="https://app.example") as service:
        asked = {"Sec-Fetch-Site": "cross-site"}
        assert data(cancelled(service, Origin="https://app.example", **asked))["status"] == "cancelled"
        error(cancelled(service, Origin="https://app.example:444", **asked), 403, "FORBIDDEN")


@pytest.mark.parametrize("setting", ["cors_origins", "api_tokens"])
def test_where_all_may_call_or_tokens_do_it_nothing_is_refused(own_service, setting):
    """No browser adds a token by itself."""
    token, entry = new_token("ann", Scope.WRITE)
    with own_service(**{setting: {"cors_origins": "*", "api_tokens": entry}[setting]}) as service:
        headers = {**PAGE, "Authorization": f"Bearer {token}", "Host": "localhost"}
        error(service.client.post("/api/v1/jobs/job_none/cancel", headers=headers), 404, "JOB_NOT_FOUND")


def answered(service, host, path="/api/v1/videos"):
    """Whether the engine answers under that name; else it says why not."""
    answer = service.client.get(path, headers={"Host": host})
    if answer.status_code != 200:
        assert "ALLOWED_HOSTS" in error(answer, 421, "HOST_NOT_ALLOWED")["detail"]
    return answer.status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "localhost.", "a.localhost:1", "127.0.0.1", "10.1.2.3:80", "[::1]:8000"]
)
def test_an_engine_on_the_loopback_answers_to_localhost_and_addresses(service, host):
    """No page has one of those for a name of its own."""
    assert answered(service, host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "rebound.evil.example:8000",
        "evillocalhost",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a:b:c",
    ],
)
def test_an_engine_on_the_loopback_answers_to_no_other_name(service, host):
    """Which a page can have led here, to read everything; probes are answered to all."""
    assert not answered(service, host)
    assert not answered(service, host, "/")
    assert answered(service, host, "/livez")
    assert answered(service, host, "/readyz")


def test_a_name_that_is_repeated_is_none(service):
    """Both have to be ours."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(b"GET /api/v1/videos HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 421 ")


def test_an_engine_answers_to_the_names_it_was_given(own_service):
    """With tokens or without, and still to its addresses."""
    with own_service(allowed_hosts="app.example, *.b.example") as service:
        hosts = ("app.example:8000", "APP.example", "x.b.example", "y.x.b.example", "127.0.0.1", "localhost")
        assert all(answered(service, host) for host in hosts)
        assert not any(answered(service, host) for host in ("b.example", "x.app.example", "xb.example", "evil.example"))


@pytest.mark.parametrize(
    ("changes", "has_tokens", "names"),
    [
        ({}, False, frozenset()),
        ({"api_host": "::1"}, False, frozenset()),
        ({"api_host": "localhost"}, False, frozenset()),
        ({}, True, None),
        ({"api_host": "0.0.0.0"}, False, None),
        ({"api_host": "192.168.1.7"}, False, None),
        ({"allowed_hosts": "*"}, False, None),
        ({"allowed_hosts": "*, a.example"}, False, None),
        ({"allowed_hosts": " A.example,,*.b.example "}, True, frozenset({"a.example", "*.b.example"})),
        ({"allowed_hosts": "app", "api_host": "0.0.0.0"}, False, frozenset({"app"})),
    ],
)
def test_which_names_an_engine_goes_by(changes, has_tokens, names):
    """Those that are given; without any it is closed where only this machine is to reach it, and no token keeps pages out."""
    assert own_names(Settings(_env_file=None, **changes), has_tokens=has_tokens) == names


@pytest.mark.parametrize("setting", ["https://a.example", "a.example:8000", "a*.example", "a.example/", "*."])
def test_a_name_that_none_can_be_is_refused_at_the_start(setting):
    """With the setting's name."""
    with pytest.raises(ConfigurationError, match="ALLOWED_HOSTS"):
        own_names(Settings(_env_file=None, allowed_hosts=setting), has_tokens=True)
