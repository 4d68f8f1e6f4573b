"""Whether a program may listen at an address of this machine."""

from __future__ import annotations

import errno
import os
import socket

TAKEN = "it is taken by another program"


def hindrance(host: str, port: int) -> str | None:
    """Why nobody can listen there now; None where one can.

    Args:
        host: a name or an address, IPv6 with or without brackets. Of a name's addresses one that is free is enough,
            but none of them may be taken: who asks by the name might find the other program.
        port: of TCP.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as exc:
        return exc.strerror or str(exc)
    refusals = [_refusal(family, address) for family, _, _, _, address in found]
    if errno.EADDRINUSE in refusals:
        return TAKEN
    return None if None in refusals else os.strerror(refusals[0] or 0)


def _refusal(family: int, address: tuple[str | int | bytes, ...]) -> int | None:
    """The error's number."""
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            # with it a port that was just left is free; one that somebody listens on is refused all the same
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as exc:
        return exc.errno
    return None
