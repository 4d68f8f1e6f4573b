"""How often a caller may ask."""

from __future__ import annotations

import asyncio

import pytest

from api.rest import error
from clipzy.api import rate_limit
from clipzy.api.access import Access
from clipzy.api.rate_limit import RateLimit
from clipzy.tokens import Scope, new_token


def test_a_bucket_empties_and_fills():
    """A minute's worth at once, then one every twelve seconds at five a minute; the other caller has his own."""
    limit = RateLimit(5)
    assert [limit.take("a", 0.0).remaining for _ in range(5)] == [4, 3, 2, 1, 0]
    refused = limit.take("a", 0.0)
    assert (refused.retry_after_s, refused.reset_s) == (12, 60)
    assert limit.take("a", 11.9).retry_after_s == 1
    passed = limit.take("a", 12.0)
    assert (passed.retry_after_s, passed.remaining) == (0, 0)
    assert limit.take("b", 12.0).remaining == 4
    assert limit.take("a", 1000.0).remaining == 4


def test_only_so_many_callers_are_remembered(monkeypatch):
    """Who has not asked for longest is forgotten: memory stays bounded."""
    monkeypatch.setattr(rate_limit, "MOST_CALLERS", 2)
    limit = RateLimit(2)
    for caller in ("a", "b", "a", "c"):
        limit.take(caller, 0.0)
    assert limit.take("a", 0.0).retry_after_s > 0
    assert limit.take("b", 0.0).remaining == 1


def test_too_many_requests_are_told_when_to_come_back(own_service):
    """Every answer counts down; then 429 with Retry-After, while health is always answered."""
    with own_service(rate_limit_per_minute=3) as service:
        answers = [service.client.get("/api/v1/jobs/job_gone") for _ in range(3)]
        assert [each.headers["ratelimit-remaining"] for each in answers] == ["2", "1", "0"]
        assert {each.status_code for each in answers} == {404}
        refused = service.client.get("/api/v1/jobs")
        error(refused, 429, "RATE_LIMITED")
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["ratelimit-limit"] == "3"
        assert 40 <= int(refused.headers["ratelimit-reset"]) <= 60
        health = service.client.get("/api/v1/health")
        assert health.status_code == 200
        assert "ratelimit-limit" not in health.headers


def test_each_token_has_its_own_allowance(own_service):
    """Who sends none, or a wrong one, is counted by address and does not use up another's."""
    (ann, ann_entry), (bob, bob_entry) = new_token("ann", Scope.READ), new_token("bob", Scope.READ)
    with own_service(rate_limit_per_minute=1, api_tokens=f"{ann_entry},{bob_entry}") as service:

        def ask(token):
            return service.client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"}).status_code

        assert [ask("x"), ask("y"), ask(ann), ask(bob), ask(ann)] == [401, 429, 200, 200, 429]


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/livez"])
def test_without_a_limit_nothing_is_counted(client, path):
    """No header speaks of one."""
    assert "ratelimit-limit" not in client.get(path).headers


def asked_by(*clients, path="/api/v1/jobs"):
    """Status of a request of each client's in turn, where one a minute is allowed."""

    async def answer(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    access, told = Access(answer, (), RateLimit(1)), []

    async def ask(client):
        async def send(message):
            if message["type"] == "http.response.start":
                told.append(message["status"])

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": client}
        await access(scope, None, send)

    for client in clients:
        asyncio.run(ask(client))
    return told


@pytest.mark.parametrize(
    ("one", "other", "statuses"),
    [
        ("192.0.2.1", "192.0.2.2", [200, 200]),
        ("2001:db8::1", "2001:db8::ffff:2", [200, 429]),
        ("2001:db8::1", "2001:db8:0:1::1", [200, 200]),
        ("/run/clipzy.sock", "/run/other.sock", [200, 429]),
    ],
    ids=["IPv4", "one /64", "two /64", "no network"],
)
def test_who_sends_no_token_is_counted_by_the_network_he_has(one, other, statuses):
    """A host may take as many addresses of an IPv6 /64 as it likes: they are one caller's."""
    assert asked_by((one, 1), (other, 2)) == statuses
    assert asked_by((one, 1), (one, 2)) == [200, 429]


def test_only_the_api_itself_is_counted():
    """What Prometheus asks is not."""
    assert asked_by(*[("192.0.2.1", 1)] * 3, path="/metrics") == [200, 200, 200]
    assert asked_by(None, None) == [200, 429]
