"""Lets a test in another language move the real API's jobs, cut its connections and script its answers.

POST / with `{"do": name, "given": [...]}` answers `{"came": value}`, or `{"error": text}` with status 500.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

from api.rest import Service
from clients.python.hands import working
from clients.python.relay import Cut, relaying
from clients.python.scripted import Say, scripted
from clipzy.errors import RequestError
from clipzy.jobs.lifecycle import Stage
from clipzy.tokens import Scope, new_token

OwnService = Callable[..., AbstractContextManager[Service]]


class Bridge:
    """What a test may ask for. What it opens is closed with the bridge; things it opened are named by numbers."""

    def __init__(self, service: Service, own_service: OwnService, stack: ExitStack) -> None:
        self._services = [service]
        self._own_service = own_service
        self._stack = stack
        self._opened: list[Any] = []

    def own_service(self, settings: dict[str, Any]) -> dict[str, Any]:
        """An API of the test's own; later calls are about that one."""
        self._services.append(self._stack.enter_context(self._own_service(**settings)))
        return {"url": self.service.url}

    def hands(self) -> None:
        """Let somebody bring every job to its end."""
        self._stack.enter_context(working(self.service))

    def add_video(self) -> str:
        """A video that was uploaded."""
        return self.service.add_video()

    def add_job(self, **body: str) -> str:
        """A queued job."""
        return self.service.add_job(**body)

    def rendered(self, size: int) -> str:
        """A completed job with an output of so many bytes, those of `output`."""
        return self.service.rendered(output(size))

    def begin(self, job_id: str, stage: str = "video_analysis") -> None:
        """Let a stage begin."""
        self.service.begin(job_id, Stage(stage))

    def progress(self, job_id: str, percent: int) -> None:
        """Let a job report progress."""
        self.service.progress(job_id, percent)

    def finish_extraction(self, job_id: str) -> None:
        """Let a job find its style."""
        self.service.finish_extraction(job_id)

    def fail(self, job_id: str, code: str) -> None:
        """Let a job end badly."""
        self.service.fail(job_id, code=code)

    def videos(self) -> int:
        """How many videos there are."""
        return self.service.store.list_videos(1, 1).total

    def jobs_on(self, video_id: str) -> list[str]:
        """The jobs on a video."""
        return [job.job_id for job in self.service.store.list_jobs(1, 100, video_id=video_id).items]

    def job(self, job_id: str) -> dict[str, Any]:
        """What is kept of a job and not answered."""
        job = self.service.store.get_job(job_id)
        return {"webhook_url": job.webhook_url, "quality": job.config.quality, "strength": job.config.strength}

    def token(self, scope: str) -> list[str]:
        """A token, and its entry for API_TOKENS."""
        return list(new_token("alice", Scope(scope)))

    def codes(self) -> dict[str, int]:
        """Every code that the engine answers, with its status."""
        return codes(RequestError)

    def sign(self, secret: str, message_id: str, at_s: int, body: str) -> str:
        """A signature by the library that the engine signs with."""
        return Webhook(secret).sign(message_id, datetime.fromtimestamp(at_s, UTC), body)

    def relay(self, url: str, cuts: list[dict[str, int]]) -> dict[str, Any]:
        """A relay to that URL which cuts connections."""
        relay = self._stack.enter_context(relaying(url, *(Cut(**each) for each in cuts)))
        return {"id": self._keep(relay), "url": relay.url}

    def relayed(self, number: int) -> list[str]:
        """What was sent on each connection of a relay, byte by byte."""
        return [sent.decode("latin-1") for sent in self._opened[number].requests]

    def script(self, answers: list[dict[str, Any]]) -> dict[str, Any]:
        """A server that answers as it is told."""
        server = self._stack.enter_context(scripted(*(_say(**each) for each in answers)))
        return {"id": self._keep(server), "url": server.url}

    def asked(self, number: int) -> list[dict[str, Any]]:
        """What a scripted server was asked."""
        got = self._opened[number].got
        return [{"method": method, "path": path, "headers": headers} for method, path, headers, _ in got]

    @property
    def service(self) -> Service:
        """The API that is asked."""
        return self._services[-1]

    def _keep(self, opened: object) -> int:
        self._opened.append(opened)
        return len(self._opened) - 1


def codes(kind: type[RequestError]) -> dict[str, int]:
    """Those of a class of errors and of all below it."""
    below = {code: status for each in kind.__subclasses__() for code, status in codes(each).items()}
    return {kind.code: kind.status} | below


def output(size: int) -> bytes:
    """So many bytes, the same for both sides: no piece of them is like another."""
    return b"".join(number.to_bytes(4) for number in range(size // 4 + 1))[:size]


def _say(body: object = "", **rest: Any) -> Say:
    return Say(body=body.encode("latin-1") if isinstance(body, str) else body, **rest)


@contextmanager
def bridging(service: Service, own_service: OwnService) -> Iterator[str]:
    """A bridge; its URL."""
    with ExitStack() as stack:
        bridge, lock = Bridge(service, own_service, stack), threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Do what is asked for."""
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    with lock:
                        given = asked["given"]
                        named = (
                            given.pop() if given and isinstance(given[-1], dict) and asked["do"] == "add_job" else {}
                        )
                        status, answer = 200, {"came": getattr(bridge, asked["do"])(*given, **named)}
                except Exception as exc:  # noqa: BLE001 (told to the test)
                    status, answer = 500, {"error": repr(exc)}
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
