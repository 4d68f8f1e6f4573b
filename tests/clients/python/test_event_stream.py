"""Server-sent events out of bytes, however they are cut."""

from __future__ import annotations

import pytest

from clipzy_client.event_stream import EventReader, ServerSentEvent

STREAM = (
    b': a comment\r\nretry: 2000\r\nid: 1\r\ndata: {"a":\r\ndata: "\xe2\x80\xa8"}\r\n\r\n'
    b"data:second\n\nevent: other\nid: 3\r\rid: 4\rdata: third\r\rdata: never ended"
)
EVENTS = [
    ServerSentEvent("1", '{"a":\n"\u2028"}'),
    ServerSentEvent("1", "second"),
    ServerSentEvent("4", "third"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_the_same_however_the_stream_is_cut(size):
    """Between the bytes of a line end or of a character too; U+2028 ends no line; a half event is none."""
    reader = EventReader()
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [event for piece in pieces for event in reader.feed(piece)] == EVENTS
    assert reader.retry_s == 2.0


def test_the_last_id_goes_on_over_a_new_connection():
    """An event without an id has that of the one before."""
    assert list(EventReader("7").feed(b"data: a\n\n")) == [ServerSentEvent("7", "a")]


def test_nonsense_is_passed_over():
    """Fields that are not known, ids with zeros, pauses that are none."""
    reader = EventReader("7")
    assert list(reader.feed(b"id: a\0b\nretry: soon\nfoo\n:\ndata\n\n")) == [ServerSentEvent("7", "")]
    assert reader.retry_s is None
