"""A TCP wire to a server on this machine, to be cut and mended at once, or held: a server that is away, without its slow restart."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

PIECE_BYTES = 1 << 16


class Wire:
    """Relays connections on a port of its own to a server's; `cut` refuses new ones and breaks the present ones."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.passed_bytes = 0  # both ways
        self._most_bytes = float("inf")
        self._flows = threading.Condition()
        self.mend()

    def mend(self) -> None:
        """Relay again, on the same port."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Be away."""
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
            self._listener.close()
            self._listener = None
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def hold_after(self, passed_bytes: int) -> None:
        """Stay silent once so much has passed, until `release`."""
        self._most_bytes = passed_bytes

    def release(self) -> None:
        """Let through what was held, and all that comes."""
        with self._flows:
            self._most_bytes = float("inf")
            self._flows.notify_all()

    @property
    def is_held(self) -> bool:
        """Whether it has fallen silent."""
        return self.passed_bytes > self._most_bytes

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # cut
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                with self._lock:
                    self._open |= {client, server}
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._relay, args=ends, daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                sink.sendall(piece)
                self.passed_bytes += len(piece)
                with self._flows:
                    self._flows.wait_for(lambda: not self.is_held)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open -= {source, sink}
        source.close()
