"""A worker's own small server: /metrics for Prometheus, /livez and /readyz for probes.

On METRICS_PORT, a thread beside the work. Liveness asks nothing but whether the process answers: a worker that hangs
falls silent in the database and loses its jobs to the others, and a probe that looked at the database would have all
workers restarted with it.
"""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.telemetry import log
from clipzy.telemetry.disks import Disks
from clipzy.telemetry.gpus import Gpus
from clipzy.telemetry.metrics import tell_build

SILENCE_S = 10.0  # of a client
PLAIN = "text/plain; charset=utf-8"


class Pulse:
    """Whether a worker takes jobs; told by its main thread, read by the probes."""

    def __init__(self, lost_after_s: float) -> None:
        """`lost_after_s`: silence after which the others count the worker as lost."""
        self._lost_after_s = lost_after_s
        self._beat: float | None = None

    def beat(self) -> None:
        """The worker is at work, and the database knows it."""
        self._beat = time.monotonic()

    def stop(self) -> None:
        """The worker takes no more jobs."""
        self._beat = None

    @property
    def ailment(self) -> str | None:
        """Why the worker takes no jobs, None when it does."""
        beat = self._beat
        if beat is None:
            return "starting or stopping"
        silence_s = time.monotonic() - beat
        if silence_s <= self._lost_after_s:
            return None
        return f"the database has not heard of this worker for {silence_s:.0f} s"


@contextmanager
def serving_metrics(settings: Settings, pulse: Pulse) -> Iterator[int | None]:
    """Serve while inside; yields the port, None where METRICS_PORT is 0 and nothing is served.

    Raises:
        ConfigurationError: the port cannot be listened on.
    """
    if not settings.metrics_port:
        yield None
        return
    tell_build()
    server = _listen(settings, pulse)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
    thread.start()
    log.info("metrics are served", host=settings.metrics_host, port=server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a reader that hangs holds up no stop
    # with SO_REUSEADDR a port that was just left is free; one that somebody listens on is refused all the same
    allow_reuse_address = True

    def __init__(self, place: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET  # the library asks for IPv4 alone
        super().__init__(place, handler)

    def handle_error(self, *_asked: object) -> None:
        """Log what went wrong with an answer, unless the client has hung up; the library would print a trace."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            log.exception("a question to the worker's own server could not be answered")


def _listen(settings: Settings, pulse: Pulse) -> _Server:
    host, port = settings.metrics_host, settings.metrics_port
    try:
        return _Server((host, port), _handler(settings, pulse))
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            advice = "is another worker running there? Give each worker of a machine a METRICS_PORT of its own, or 0"
            raise ConfigurationError(
                f"the worker cannot serve metrics on {host}:{port}, which is taken; {advice}"
            ) from exc
        raise ConfigurationError(
            f"the worker cannot serve metrics on {host}:{port}: {exc.strerror or exc}; check METRICS_HOST and METRICS_PORT"
        ) from exc


def _handler(settings: Settings, pulse: Pulse) -> type[BaseHTTPRequestHandler]:
    own = CollectorRegistry(auto_describe=False)
    own.register(Gpus())
    own.register(Disks(settings))

    class Handler(BaseHTTPRequestHandler):
        timeout = SILENCE_S
        server_version = "clipzy"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(HTTPStatus.OK, generate_latest(REGISTRY) + generate_latest(own), CONTENT_TYPE_LATEST)
            elif path == "/livez":
                self._answer(HTTPStatus.OK, b"alive\n")
            elif path == "/readyz":
                ailment = pulse.ailment
                status = HTTPStatus.OK if ailment is None else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, f"{ailment or 'ready'}\n".encode())
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"there are /metrics, /livez and /readyz\n")

        do_HEAD = do_GET  # noqa: N815 (the library's name for it)

        def _answer(self, status: HTTPStatus, body: bytes, kind: str = PLAIN) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing: asked every few seconds by machines; a line for each would bury the others."""

    return Handler
