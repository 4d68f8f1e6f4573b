"""Sees whether anybody opens a file or connects to a port: the file and the address that hostile media name."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path
from typing import Self

SECRET = "the canary's secret"
IN_ACCESS, IN_OPEN = 0x1, 0x20  # inotify(7)


class Witness:
    """A canary file that nothing may open, and a port of the loopback that nothing may connect to; any process is seen."""

    def __init__(self, folder: Path) -> None:
        self.canary = folder / "canary.txt"
        self.connections: list[bytes] = []  # what each sent first
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        self.canary.write_text(SECRET)
        libc = ctypes.CDLL(None, use_errno=True)
        self._watch = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watched = libc.inotify_add_watch(self._watch, bytes(self.canary), IN_ACCESS | IN_OPEN)
        assert watched >= 0, os.strerror(ctypes.get_errno())
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._server.close()
        os.close(self._watch)

    @property
    def opened(self) -> bool:
        """Whether the canary was opened since this was last asked."""
        try:
            return bool(os.read(self._watch, 1 << 16))
        except BlockingIOError:
            return False

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(1)
                self.connections.append(connection.recv(100))
