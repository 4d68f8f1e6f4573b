"""What those who look after the engine are told."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack

import psycopg
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from api.rest import data, error
from clipzy.api import checks, health
from clipzy.build import build
from clipzy.storage.revisions import upgrade
from shaped import shape


def test_a_healthy_engine(service):
    """Every part answers; the queue is counted."""
    before = data(service.client.get("/api/v1/health"))
    service.add_job()
    health = data(service.client.get("/api/v1/health"))
    assert health["status"] == "healthy"
    assert (health["database"], health["storage"], health["networks"]) == (True, True, {"beats": True})
    assert health["jobs_queued"] == before["jobs_queued"] + 1
    assert health["version"] == build()
    assert f'clipzy_build_info{{version="{build()}"}} 1.0' in service.client.get("/metrics").text
    assert data(service.client.get("/readyz"))["status"] == "healthy"


@pytest.mark.parametrize("path", ["/api/v1/health", "/livez", "/readyz"])
def test_monitors_may_ask_with_head(client, path):
    """The status of GET, without its body."""
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def _raise():
    raise OSError("no route to Triton")


@pytest.mark.parametrize(
    ("networks", "known"),
    [(lambda: {"beats": True, "motion": False}, {"beats": True, "motion": False}), (_raise, {}), (dict, {})],
    ids=["one away", "all away", "none known"],
)
def test_without_networks_the_engine_is_degraded_and_ready(own_service, networks, known):
    """Uploads, polling and results need no network, and jobs wait for them: the API stays in service."""
    with own_service(networks=networks) as service:
        assert data(service.client.get("/api/v1/health"))["status"] == "degraded"
        ready = data(service.client.get("/readyz"))
        assert (ready["status"], ready["networks"]) == ("degraded", known)
        assert "clipzy_inference_up 0.0" in service.client.get("/metrics").text
        assert data(service.client.get("/livez")) == {"alive": True}


def test_the_log_tells_which_networks_are_not_ready_when_that_changes(own_service):
    """Once each, however often it is asked."""
    now = {"beats": True, "motion": True}
    with own_service(networks=lambda: dict(now)) as service, capture_logs() as lines:
        for changed in ({}, {"motion": False}, {"beats": False}, {"beats": True, "motion": True}):
            now.update(changed)
            for path in ("/readyz", "/api/v1/health"):
                service.client.get(path)
    told = [(line["log_level"], line.get("networks")) for line in lines if "ready" in line["event"]]
    assert told == [("warning", ("motion",)), ("warning", ("beats", "motion")), ("info", None)]


def test_a_part_that_hangs_does_not_hang_the_answer(own_service, monkeypatch):
    """Ten questions while it hangs are answered in time, and ask it once."""
    monkeypatch.setattr(checks, "DEADLINE_S", 0.1)
    asked = []

    def hang():
        asked.append(True)
        time.sleep(1.5)
        return {"beats": True}

    with own_service(networks=hang) as service:
        started = time.monotonic()
        for _ in range(5):
            assert data(service.client.get("/api/v1/health"))["networks"] == {}
        assert time.monotonic() - started < 1.4
        assert len(asked) == 1


def test_without_a_database_the_engine_is_unhealthy(own_service):
    """Health and metrics still answer, and say so."""
    with own_service() as service:
        path = service.services.settings.data_path / "clipzy.db"
        service.store.database.dispose()
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        health = data(service.client.get("/api/v1/health"))
        assert (health["status"], health["database"], health["jobs_queued"]) == ("unhealthy", False, None)
        refused = service.client.get("/readyz")
        assert "database" in error(refused, 503, "SERVICE_UNAVAILABLE")["detail"]
        assert refused.headers["retry-after"]
        assert data(service.client.get("/livez")) == {"alive": True}
        assert "clipzy_database_up 0.0" in service.client.get("/metrics").text


def test_a_database_that_takes_no_writes_makes_the_engine_unhealthy(postgres_database, own_service):
    """As a primary that was demoted: reads go on, every job is refused. Readiness says which it is, and is back with the writes."""
    shape(postgres_database, upgrade)
    name = sa.make_url(postgres_database).database

    def tell_server(*statements):
        with psycopg.connect(postgres_database, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with own_service(database_url=postgres_database) as service:
        assert data(service.client.get("/readyz"))["status"] == "healthy"
        tell_server(
            f'ALTER DATABASE "{name}" SET default_transaction_read_only = on',
            f"SELECT pg_terminate_backend(pid) {others}",
        )
        health = data(service.client.get("/api/v1/health"))
        assert (health["status"], health["database"]) == ("unhealthy", False)
        refused = service.client.get("/readyz")
        assert "database, which takes no writes" in error(refused, 503, "SERVICE_UNAVAILABLE")["detail"]
        assert "clipzy_database_up 0.0" in service.client.get("/metrics").text
        database = service.store.database
        with ExitStack() as held:  # as looks at the backlog: what they open lies in the pool, and stays read-only
            for _ in range(max(1, database.pool.checkedin())):
                held.enter_context(database.connect())
        tell_server(
            "SET default_transaction_read_only = off", f'ALTER DATABASE "{name}" RESET default_transaction_read_only'
        )
        assert data(service.client.get("/readyz"))["status"] == "healthy"


def is_told_to_be_without_storage(service):
    """By health, readiness and metrics alike."""
    assert data(service.client.get("/api/v1/health"))["storage"] is False
    assert "storage" in error(service.client.get("/readyz"), 503, "SERVICE_UNAVAILABLE")["detail"]
    assert "clipzy_storage_up 0.0" in service.client.get("/metrics").text


def test_without_a_bucket_the_engine_is_unhealthy(own_service, s3):
    """The server answers, and has no place for files."""
    with own_service(**s3.settings(s3_bucket_name="never-made")) as service:
        is_told_to_be_without_storage(service)


def test_without_its_folder_the_engine_is_unhealthy(own_service, monkeypatch):
    """As when a volume is unmounted; it is healthy again once the folder is back, without a restart."""
    monkeypatch.setattr(health, "STORAGE_KEPT_S", 0.0)
    with own_service() as service:
        folder = service.services.settings.local_storage_path
        assert data(service.client.get("/readyz"))["storage"] is True
        folder.rename(folder.with_name("away"))
        is_told_to_be_without_storage(service)
        assert not folder.exists()
        folder.with_name("away").rename(folder)
        assert data(service.client.get("/readyz"))["storage"] is True


def test_a_healthy_storage_is_asked_once_in_a_while(own_service, monkeypatch):
    """However often readiness is asked for: each question is a write, or costs money."""
    with own_service() as service:
        asked = []
        check = service.objects.check
        monkeypatch.setattr(service.objects, "check", lambda: asked.append(check()))
        for _ in range(5):
            assert data(service.client.get("/readyz"))["storage"] is True
    assert len(asked) == 1


def test_the_api_needs_no_network_and_no_stage():
    """Its process imports neither torch nor what decodes, analyses or renders, and starts without the queue's library."""
    code = "import sys, clipzy.api.app; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"torch", "dbos", "numba", "cv2", "scipy", "tritonclient"}
    ours = {"clipzy.stages", "clipzy.analysis", "clipzy.networks", "clipzy.inference"}
    assert not {each for each in modules if each in heavy | ours}


def test_metrics_count_requests_and_jobs(own_service):
    """By route, not by path; jobs by status over the whole engine."""
    with own_service() as service:
        job_id = service.add_job()
        service.client.get(f"/api/v1/jobs/{job_id}")
        service.client.get("/nowhere/at/all")
        answer = service.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'clipzy_jobs{status="queued"} 1.0' in answer.text
    assert "clipzy_database_up 1.0" in answer.text
    assert 'clipzy_http_requests_total{method="GET",route="/api/v1/jobs/{job_id}",status="200"}' in answer.text
    assert 'route="none",status="404"' in answer.text
    assert job_id not in answer.text
    assert "nowhere" not in answer.text
