"""Ignores the header Upgrade, as servers may (RFC 9110, section 7.8): only HTTP/1.1 is spoken here.

The server's parser takes all that follows the head of such a request for the other protocol's, its body too. Clients that offer HTTP/2, as
Java's does by itself wherever there is no TLS, would be told that they had sent no body.
"""

from __future__ import annotations

from collections.abc import Iterable

from httptools import HttpParserUpgrade, HttpRequestParser

OFFER = b"upgrade"


class Parser(HttpRequestParser):
    """The server's parser. `without_offer`: the head of such a request without that header, to be read before what follows."""

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
    """The head of a request without its header Upgrade. `headers`: with names in lower case."""
    kept = (b"%s: %s\r\n" % (name, value) for name, value in headers if name != OFFER)
    return b"%s %s HTTP/%s\r\n%s\r\n" % (method, target, version.encode(), b"".join(kept))
