"""Is told of a job's end in place of asking: receives one webhook, and believes it only when it is signed.

`python receive_webhook.py VIDEO_ID PORT`; CLIPZY_URL and CLIPZY_TOKEN say which engine, CLIPZY_WEBHOOK_SECRET is its
WEBHOOK_SECRET, or for an owner of tokens the secret that `clipzy webhook-secret OWNER` prints. The engine must be allowed to call this address (WEBHOOK_ALLOWED_NETWORKS).
"""

from __future__ import annotations

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from clipzy_client import Client, WebhookEvent, verify_webhook
from clipzy_client.errors import SignatureInvalid


class Receiver(HTTPServer):
    """Listens on this machine until the first webhook that is true."""

    event: WebhookEvent | None = None


class Handler(BaseHTTPRequestHandler):
    """Answers at once: the engine waits ten seconds, and a slow answer counts as none."""

    server: Receiver

    def do_POST(self) -> None:
        """Take a webhook in."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            self.server.event = verify_webhook(body, dict(self.headers), os.environ["CLIPZY_WEBHOOK_SECRET"])
            status = 204
        except SignatureInvalid as error:
            print(f"refused: {error}", file=sys.stderr)
            status = 401
        self.send_response(status)
        self.end_headers()


def main(video_id: str, port: str) -> None:
    """Create a job that tells of its end, and listen for that."""
    url = os.environ.get("CLIPZY_URL", "http://localhost:8000")
    with (
        Receiver(("127.0.0.1", int(port)), Handler) as receiver,
        Client(url, token=os.environ.get("CLIPZY_TOKEN")) as client,
    ):
        client.jobs.create(video_id=video_id, webhook_url=f"http://127.0.0.1:{receiver.server_port}/")
        while receiver.event is None:
            receiver.handle_request()
        print(f"{receiver.event.job_id} is {receiver.event.status} after {receiver.event.processing_time_seconds} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
