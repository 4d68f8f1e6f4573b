"""Reads server-sent events out of bytes as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# nothing else ends a line: `str.splitlines` would cut JSON at U+2028
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """`event_id`: the last id that was named, empty where there was none."""

    event_id: str
    data: str


class EventReader:
    """Takes the bytes of one stream.

    `retry_s`: what the server asked to wait before connecting again; None without. `is_alive`: whether an event came, or a comment, with
    which servers show that they live while there is nothing to tell.
    """

    def __init__(self, last_event_id: str = "") -> None:
        self.retry_s: float | None = None
        self.is_alive = False
        self._event_id = last_event_id
        self._data: list[str] = []
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[ServerSentEvent]:
        """The events that are complete with this piece."""
        text = self._rest + piece
        begin = 0
        for end in _LINE_END.finditer(text):
            if end.end() == len(text) and end.group() == b"\r":
                break  # perhaps the first half of a line end
            event = self._line(text[begin : end.start()].decode(errors="replace"))
            begin = end.end()
            if event is not None:
                yield event
        self._rest = text[begin:]

    def _line(self, line: str) -> ServerSentEvent | None:
        if not line:
            data, self._data = self._data, []
            self.is_alive |= bool(data)
            return ServerSentEvent(self._event_id, "\n".join(data)) if data else None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                self.is_alive = True
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._event_id = value
            case "retry" if value.isdecimal():
                self.retry_s = int(value) / 1000
        return None
