"""A tiny server that answers as it was told, for what the real API cannot be made to say."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Say:
    """One answer. `body`: JSON where it is not bytes; `length`: announced in place of the body's own.

    `hold_s`: seconds that the connection then stays open and silent; without `head` before anything of the answer is sent.
    """

    status: int = 200
    body: object = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    hold_s: float = 0.0
    head: bool = True


@dataclass
class Scripted:
    """`got`: method, path, headers and body of each request."""

    url: str = ""
    answers: list[Say] = field(default_factory=list)
    got: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


def success(data) -> Say:
    """The engine's envelope."""
    return Say(body={"success": True, "message": "so be it", "data": data})


def refusal(status: int, code: str, **headers: str) -> Say:
    """The engine's envelope of an error."""
    body = {"success": False, "message": code, "error": {"detail": "not now", "code": code}}
    return Say(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@contextmanager
def scripted(*answers: Say) -> Iterator[Scripted]:
    """A server that says these, the last one for ever."""
    server_said = Scripted(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            """Say what is next."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server_said.got.append((self.command, self.path, headers, body))
            answers = server_said.answers
            say = answers.pop(0) if len(answers) > 1 else answers[0]
            if not say.head:
                time.sleep(say.hold_s)
                self.close_connection = True
                return
            content = say.body if isinstance(say.body, bytes) else json.dumps(say.body).encode()
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) if say.length is None else say.length))
            self.end_headers()
            self.wfile.write(content)
            time.sleep(say.hold_s)
            self.close_connection = say.length is not None

        def do_POST(self):
            """The same."""
            self.do_GET()

        def do_DELETE(self):
            """The same."""
            self.do_GET()

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server_said.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server_said
    finally:
        server.shutdown()
        server.server_close()
