"""A worker's own server: metrics for Prometheus, probes for Kubernetes."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

import httpx
import pytest

from clipzy.build import build
from clipzy.errors import ConfigurationError
from clipzy.jobs.worker_server import Pulse, serving_metrics
from ports import free_port
from workshop import settings_in


@pytest.fixture
def pulse():
    """Of a worker that counts as lost after a second."""
    return Pulse(1.0)


@pytest.fixture
def ask(tmp_path, pulse):
    """Asks a server that runs for a path."""
    with (
        serving_metrics(settings_in(tmp_path, metrics_port=free_port()), pulse) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client.get


def test_metrics_are_in_prometheus_text_format(ask):
    """The process's own, and the disks."""
    answer = ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    for line in (
        "# TYPE clipzy_jobs_running gauge",
        "# TYPE process_cpu_seconds_total",
        f'clipzy_build_info{{version="{build()}"}} 1.0',
    ):
        assert line in answer.text
    assert 'clipzy_disk_free_bytes{folder="data"}' in answer.text


def test_whoever_hangs_up_before_the_answer_leaves_no_trace_in_the_log(ask, capfd):
    """As a Prometheus whose time is up; the next is answered."""
    address = ask("/livez").url
    for _ in range(3):
        with socket.create_connection((address.host, address.port)) as connection:
            # closed with a reset, at once
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    deadline = time.monotonic() + 60
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ask("/livez").is_success
    assert "Traceback" not in capfd.readouterr().err


def test_a_worker_is_alive_as_long_as_it_answers(ask):
    """Whatever its database does."""
    assert ask("/livez").status_code == 200


def test_a_worker_is_ready_while_the_database_hears_of_it(ask, pulse, monkeypatch):
    """Not before its first sign of life, not after too long a silence, and not when it stops."""
    starting = ask("/readyz")
    assert (starting.status_code, starting.text) == (503, "starting or stopping\n")
    pulse.beat()
    assert ask("/readyz").status_code == 200
    later = time.monotonic() + 2
    monkeypatch.setattr("clipzy.jobs.worker_server.time.monotonic", lambda: later)
    assert "not heard of this worker for 2 s" in ask("/readyz").text
    monkeypatch.undo()
    pulse.beat()
    pulse.stop()
    assert ask("/readyz").status_code == 503


def test_there_is_nothing_else(ask):
    """A 404 that names what there is."""
    answer = ask("/jobs")
    assert answer.status_code == 404
    assert "/metrics" in answer.text


@pytest.mark.parametrize(("host", "asked"), [("::1", "[::1]"), ("::", "[::1]"), ("::", "127.0.0.1")])
def test_the_address_may_be_one_of_ipv6(tmp_path, pulse, host, asked):
    """As on a cluster that has no other; all addresses of IPv6 are those of IPv4, too."""
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        settings = settings_in(tmp_path, metrics_host=host, metrics_port=free_port())
        with serving_metrics(settings, pulse) as port:
            assert httpx.get(f"http://{asked}:{port}/livez", trust_env=False).status_code == 200
            return
    pytest.skip("this machine has no IPv6")


def test_without_a_port_nothing_is_served(tmp_path, pulse):
    """As by default."""
    with serving_metrics(settings_in(tmp_path), pulse) as port:
        assert port is None


@pytest.mark.parametrize(
    ("host", "advice"), [("127.0.0.1", "METRICS_PORT of its own, or 0"), ("192.0.2.1", "check METRICS_HOST")]
)
def test_a_port_that_cannot_be_had_is_told_with_advice(tmp_path, pulse, host, advice):
    """A second worker of the machine, or an address that is not this machine's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_in(tmp_path, metrics_host=host, metrics_port=taken.getsockname()[1])
        with pytest.raises(ConfigurationError, match=advice), serving_metrics(settings, pulse):
            pass


def test_the_port_is_free_again_at_once(tmp_path, pulse):
    """For the next start of the same worker."""
    settings = settings_in(tmp_path, metrics_port=free_port())
    for _ in range(2):
        with serving_metrics(settings, pulse) as port:
            assert httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False).status_code == 200
