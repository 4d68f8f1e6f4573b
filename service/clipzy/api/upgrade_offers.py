"""Reads requests that offer to go on in another protocol as any other: HTTP/1.1 alone is spoken here (RFC 9110, section 7.8).

The server's parser takes what follows the head of such a request for the other protocol's, its body too. Clients that would rather speak
HTTP/2, as Java's does by itself wherever there is no TLS, would be told that they had sent none.
"""

from __future__ import annotations

from collections.abc import Iterable

from httptools import HttpParserUpgrade, HttpRequestParser

OFFER = b"upgrade"


class Parser(HttpRequestParser):
    """The server's parser. `without_offer`: the head of the request whose offer is not taken, which is read anew before what follows it."""

    without_offer: bytes | None = None

    def feed_data(self, data: bytes | memoryview) -> None:  # type: ignore[override] # as uvicorn feeds it
        """Read the next bytes."""
        rest = memoryview(data)
        while True:
            try:
                super().feed_data(rest)
            except HttpParserUpgrade as offer:
                if self.without_offer is None:
                    raise
                head, self.without_offer = self.without_offer, None
                super().feed_data(head)
                rest = rest[offer.args[0] :]
            else:
                return


def head_without_offer(method: bytes, target: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of a request, as it would be sent by a client that offers nothing. `headers`: with their names in small letters."""
    kept = (b"%s: %s\r\n" % (name, value) for name, value in headers if name != OFFER)
    return b"%s %s HTTP/%s\r\n%s\r\n" % (method, target, version.encode(), b"".join(kept))
