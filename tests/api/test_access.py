"""Tokens: who may call, and what he sees."""

from __future__ import annotations

import pytest

from api.rest import data, error
from clipzy.errors import ConfigurationError
from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, Token, find_token, new_token, parse_tokens

ANN, ANN_ENTRY = new_token("ann", Scope.WRITE)
ANN_READS, ANN_READS_ENTRY = new_token("ann", Scope.READ)
OPERATOR, OPERATOR_ENTRY = new_token("operator", Scope.METRICS)
BOB, BOB_ENTRY = new_token("bob", Scope.WRITE)
WRITING = [
    ("POST", "/api/v1/videos/upload"),
    ("POST", "/api/v1/jobs"),
    ("POST", "/api/v1/jobs/{job}/cancel"),
    ("DELETE", "/api/v1/jobs/{job}"),
    ("DELETE", "/api/v1/videos/{video}"),
]
ON_A_JOB = ["", "/result", "/events", "/webhook", "/output", "/artifacts", "/artifacts/style.json"]


def bearer(token: str) -> dict[str, str]:
    """Its header."""
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, fresh_database):
    """An API with three tokens of two owners, and one for metrics; Ann has a video, and a job that has ended."""
    from api.rest import serving  # noqa: PLC0415 (beside what it is for)

    entries = f"{ANN_ENTRY},{ANN_READS_ENTRY}\n {BOB_ENTRY},{OPERATOR_ENTRY}"
    with serving(tmp_path_factory.mktemp("guarded"), fresh_database, api_tokens=entries) as service:
        video = service.add_video(owner="ann")
        created = service.client.post("/api/v1/jobs", json={"video_id": video}, headers=bearer(ANN))
        service.finish_extraction(job := data(created)["job_id"])
        service.complete(job, b"pixels")
        yield service, {"job": job, "video": video}


@pytest.mark.parametrize(
    "headers", [{}, bearer("wrong"), {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}], ids=str
)
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/videos", "/metrics", "/api/v1/jobs/job_x", "/nowhere"])
def test_without_a_token_nothing_is_told(guarded, path, headers):
    """401 in the envelope, with the challenge; not even what is there and what is not."""
    refused = guarded[0].client.get(path, headers=headers)
    error(refused, 401, "UNAUTHORIZED")
    assert refused.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", ["/api/v1/health", "/livez", "/readyz", "/docs", "/openapi.json"])
def test_health_and_documentation_are_open(guarded, path):
    """Machines that look after the engine have no token."""
    assert guarded[0].client.get(path).status_code == 200


def test_metrics_are_for_the_operators_token_alone(guarded):
    """They tell how busy everybody is: no owner's token reads them, and who is refused is told which does."""
    assert "clipzy_jobs" in guarded[0].client.get("/metrics", headers=bearer(OPERATOR)).text
    for token in (ANN, ANN_READS):
        refused = guarded[0].client.get("/metrics", headers=bearer(token))
        assert "use one of scope metrics" in error(refused, 403, "FORBIDDEN")["detail"]
        assert 'scope="metrics"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/v1/jobs"), *WRITING], ids=str)
def test_the_operators_token_opens_metrics_alone(guarded, method, path):
    """Whoever finds it in Prometheus' configuration sees nobody's jobs, and changes none."""
    service, names = guarded
    refused = service.client.request(method, path.format(**names), headers=bearer(OPERATOR), content=b"{")
    scope = "read" if method == "GET" else "write"
    assert f"may only read /metrics; use one of scope {scope}" in error(refused, 403, "FORBIDDEN")["detail"]


@pytest.mark.parametrize(("method", "path"), WRITING, ids=str)
def test_a_reading_token_changes_nothing(guarded, method, path):
    """403, before the body is looked at."""
    service, names = guarded
    refused = service.client.request(method, path.format(**names), headers=bearer(ANN_READS), content=b"{")
    error(refused, 403, "FORBIDDEN")


@pytest.mark.parametrize("path", ON_A_JOB)
def test_what_belongs_to_another_is_not_there(guarded, path):
    """The owner's reading token sees all of the job; another owner's nothing."""
    service, names = guarded
    url = f"/api/v1/jobs/{names['job']}{path}"
    error(service.client.get(url, headers=bearer(BOB)), 404, "JOB_NOT_FOUND")
    assert service.client.get(url, headers=bearer(ANN_READS)).status_code == (404 if path == "/webhook" else 200)


def test_another_owner_can_neither_list_use_nor_delete(guarded):
    """Videos and jobs of Ann's are not there for Bob, whichever way he reaches for them."""
    service, names = guarded
    bob = {"headers": bearer(BOB)}
    for kind in ("jobs", "videos"):
        assert data(service.client.get(f"/api/v1/{kind}", **bob))["total"] == 0
        assert data(service.client.get(f"/api/v1/{kind}", headers=bearer(ANN)))["total"] >= 1
    error(service.client.get(f"/api/v1/videos/{names['video']}", **bob), 404, "VIDEO_NOT_FOUND")
    error(service.client.delete(f"/api/v1/videos/{names['video']}", **bob), 404, "VIDEO_NOT_FOUND")
    error(service.client.delete(f"/api/v1/jobs/{names['job']}", **bob), 404, "JOB_NOT_FOUND")
    error(service.client.post(f"/api/v1/jobs/{names['job']}/cancel", **bob), 404, "JOB_NOT_FOUND")
    for role in ("video_id", "template_video_id"):
        error(service.client.post("/api/v1/jobs", json={role: names["video"]}, **bob), 404, "VIDEO_NOT_FOUND")


def test_an_upload_belongs_to_who_sent_it(guarded, clips):
    """He can use it, the other cannot; nor can the other name Ann's as his upload's template."""
    service, names = guarded
    files = {"file": ("a.mp4", (clips / "clip.mp4").read_bytes())}
    upload = "/api/v1/videos/upload"
    mine = data(service.client.post(upload, files=files, headers=bearer(BOB)))["video_id"]
    assert service.store.get_video(mine).owner == "bob"
    error(service.client.get(f"/api/v1/videos/{mine}", headers=bearer(ANN)), 404, "VIDEO_NOT_FOUND")
    fields = {"template_video_id": names["video"]}
    error(service.client.post(upload, files=files, data=fields, headers=bearer(BOB)), 404, "VIDEO_NOT_FOUND")


def test_keys_are_each_owners_own(guarded):
    """The same Idempotency-Key of two owners leads to two jobs."""
    service, _names = guarded
    made = set()
    for owner, token in (("ann", ANN), ("bob", BOB)):
        body = {"video_id": service.add_video(owner=owner)}
        headers = {**bearer(token), "Idempotency-Key": "one"}
        made.add(data(service.client.post("/api/v1/jobs", json=body, headers=headers))["job_id"])
    assert len(made) == 2


def test_without_tokens_everything_is_open(service):
    """A token that is sent all the same does no harm."""
    job_id = service.add_job()
    service.begin(job_id, Stage.VIDEO_ANALYSIS)
    assert data(service.client.get(f"/api/v1/jobs/{job_id}", headers=bearer("any")))["job_id"] == job_id


def test_a_token_is_kept_as_its_hash():
    """The entry leads back to the token's owner and scope, and does not hold the token."""
    assert ANN not in ANN_ENTRY
    [token] = parse_tokens(ANN_ENTRY)
    assert (token.owner, token.scope) == ("ann", Scope.WRITE)
    assert find_token([token], ANN) == token
    assert find_token([token], ANN + "x") is None
    assert find_token([], ANN) is None
    with pytest.raises(ConfigurationError, match="owner"):
        new_token("a:b", Scope.READ)


@pytest.mark.parametrize(
    "setting",
    ["ann", "ann:write", "ann:admin:" + "0" * 64, ":read:" + "0" * 64, "ann:read:secret", "ann:read:" + "G" * 64],
    ids=lambda setting: setting[:16],
)
def test_a_setting_that_cannot_be_read_stops_the_start(setting):
    """It is named with the entry's number; what stands in it, perhaps a secret, is not repeated."""
    with pytest.raises(ConfigurationError, match="entry 2 of API_TOKENS") as caught:
        parse_tokens(f"{BOB_ENTRY}, {setting}")
    assert "secret" not in str(caught.value)
    assert BOB_ENTRY[-64:] not in str(caught.value)


def test_one_token_has_one_entry():
    """The same hash twice leaves open whose it is."""
    with pytest.raises(ConfigurationError, match="twice"):
        parse_tokens(f"{ANN_ENTRY},{ANN_ENTRY.replace('ann', 'eve')}")
    assert isinstance(parse_tokens("\n"), tuple)
    assert Token("a", Scope.READ, "0") != Token("a", Scope.WRITE, "0")


def test_one_owner_cannot_fill_the_queue_for_another(own_service):
    """503 once more of his jobs wait than places are left, in words that say so; the other's job goes in."""
    with own_service(max_queued_jobs=2, api_tokens=f"{ANN_ENTRY},{BOB_ENTRY}") as service:
        asked = [("ann", ANN), ("ann", ANN), ("bob", BOB)]
        first, second, third = (
            service.client.post(
                "/api/v1/jobs", json={"video_id": service.add_video(owner=owner)}, headers=bearer(token)
            )
            for owner, token in asked
        )
        assert (first.status_code, third.status_code) == (200, 200)
        assert "of your jobs" in error(second, 503, "QUEUE_FULL")["detail"]
        assert int(second.headers["retry-after"]) > 0


def test_an_owner_who_is_alone_has_all_of_the_queue(own_service):
    """Several tokens of his, and those of others who may only look, take nothing of it from him."""
    _, eve_reads = new_token("eve", Scope.READ)
    with own_service(max_queued_jobs=2, api_tokens=f"{ANN_ENTRY},{ANN_READS_ENTRY},{eve_reads}") as service:
        for status in (200, 200, 503):
            body = {"video_id": service.add_video(owner="ann")}
            assert service.client.post("/api/v1/jobs", json=body, headers=bearer(ANN)).status_code == status
