"""A relay between a client and the real API that cuts connections where it is told to."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Cut:
    """Where one connection ends: after so many bytes of the request, or of the answer; at 0 as soon as that begins."""

    sent: float = float("inf")
    answered: float = float("inf")


@dataclass
class Relay:
    """`cuts`: for the connections to come, one each, then none. `requests`: what was sent on each connection."""

    url: str
    cuts: list[Cut]
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def relaying(url: str, *cuts: Cut) -> Iterator[Relay]:
    """A relay to that API."""
    target = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0))
    relay = Relay(f"http://127.0.0.1:{listener.getsockname()[1]}", list(cuts))

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # closed
                return
            cut = relay.cuts.pop(0) if relay.cuts else Cut()
            number = len(relay.requests)
            relay.requests.append(b"")
            threading.Thread(target=_pump, args=(relay, number, client, target, cut), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield relay
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _pump(relay: Relay, number: int, client: socket.socket, target, cut: Cut) -> None:
    sent = answered = 0
    with client, socket.create_connection((target.hostname, target.port)) as server:
        while True:
            ready, _, _ = select.select([client, server], [], [])
            for source in ready:
                try:
                    piece = source.recv(4096)
                except OSError:
                    return
                if not piece:
                    return
                if source is client:
                    piece, sent = piece[: int(min(len(piece), cut.sent - sent))], sent + len(piece)
                    relay.requests[number] += piece
                    server.sendall(piece)
                else:
                    piece, answered = piece[: int(min(len(piece), cut.answered - answered))], answered + len(piece)
                    client.sendall(piece)
                if sent >= cut.sent or (source is server and answered >= cut.answered):
                    return
