"""Places on the loopback for servers of tests."""

from __future__ import annotations

import random
import socket

BELOW_OTHERS = range(20000, 32000, 2)  # where systems take no ports for connections, nor for `free_port`


def free_port() -> int:
    """A TCP port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def free_pair() -> int:
    """One that nobody listens on, and the next one neither: of `clipzy triton`, which takes both."""
    for port in random.sample(BELOW_OTHERS, 100):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two ports in a row are free")
