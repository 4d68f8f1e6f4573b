"""Limits a request's head and trailers, which the server would collect without end, and how long a client may be silent.

A client whose machine or line is gone does not close its connection. Without a limit the connection, and what has arrived of an
upload, would stay for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from clipzy.api.upgrade_offers import OFFER, Parser, head_without_offer
from clipzy.telemetry import log

MOST_BYTES = 64 << 10  # eight times what common servers take, for tokens and cookies of proxies
# In the middle of a request, or before the first; as nginx has it (client_header_timeout, client_body_timeout).
SILENCE_S = 60.0
LOOKS = 4  # at a connection, in that time
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class HeadLimit(HttpToolsProtocol):
    """uvicorn's fast HTTP protocol, which closes a connection whose request has more than 64 KiB of head, or stalls.

    A head has 60 s to come in whole; of a body something must come every 60 s. Extensions of chunks, and trailers, are dropped, and
    limited as a head is.
    """

    parser: Parser

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 (uvicorn's own)
        super().__init__(*args, **options)
        self.parser = Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        self._in_head = True
        self._bytes_besides = 0  # that came in a row and are no body
        # until the end of a request; what then follows is our answer, and uvicorn's own patience with the next request
        self._is_owed = True
        self._heard_at = 0.0
        self._next_look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client is there, which has sent nothing yet."""
        super().connection_made(transport)
        self._heard_at = self.loop.time()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._is_owed, self._heard_at = True, True, self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which nobody here reads and the server would keep: those are dropped."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; the body is limited elsewhere."""
        if self.parser.should_upgrade() and any(name == OFFER for name, _ in self.headers):
            self.parser.without_offer = head_without_offer(
                self.parser.get_method(), self.url, self.parser.get_http_version(), self.headers
            )
            return
        self._in_head = False
        self._come_further()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body has come."""
        self._come_further()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has come in whole."""
        if self.parser.without_offer is not None:
            return
        self._is_owed = False
        self._come_further()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Count what is no body. It is not refused in the envelope: there is no request yet, or no longer one, to be answered."""
        self._bytes_besides += len(data)
        super().data_received(data)
        if self._bytes_besides > MOST_BYTES and not self.transport.is_closing():
            if self._in_head or not self.cycle.response_started:
                self.transport.write(_REFUSAL)
            self.transport.close()

    def _come_further(self) -> None:
        self._bytes_besides, self._heard_at = 0, self.loop.time()

    def _look_later(self) -> None:
        self._next_look = self.loop.call_later(SILENCE_S / LOOKS, self._look)

    def _look(self) -> None:
        moment = self.loop.time()
        if self.flow.read_paused:  # it is we who do not listen
            self._heard_at = moment
        if self._is_owed and moment - self._heard_at >= SILENCE_S:
            log.info("a client that fell silent is hung up on", client=self.client[0] if self.client else None)
            self.transport.close()
            return
        self._look_later()
