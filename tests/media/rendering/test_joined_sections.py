"""Sections made side by side: joined in order, as many at once as may be, and no more waits than may."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest

from clipzy.media.channel import Crew
from clipzy.media.rendering.joined_sections import joined

SECTIONS = [range(start, start + 5) for start in range(0, 40, 5)]
PATIENCE_S = 5.0


class Making:
    """Makes sections of packets of ten bytes; those in `slow` end when they are let."""

    def __init__(self, slow=()):
        self.lock, self.feeding, self.there, self.begun = threading.Lock(), 0, 0, []
        self.most_feeding = self.most_there = 0
        self.let = {start: threading.Event() for start in slow}
        self.ending = {start: threading.Event() for start in slow}

    def __call__(self, section, fed):
        """A section's packets; all its pictures are there before the last two."""
        with self.lock:
            self.begun.append(section.start)
            self.feeding, self.there = self.feeding + 1, self.there + 1
            self.most_feeding = max(self.most_feeding, self.feeding)
            self.most_there = max(self.most_there, self.there)
        for number in section:
            if number == section.stop - 2:
                with self.lock:
                    self.feeding -= 1
                fed()
                if section.start in self.let:
                    self.ending[section.start].set()
                    assert self.let[section.start].wait(PATIENCE_S)
            yield SimpleNamespace(size=10, number=number)
        with self.lock:
            self.there -= 1


def soon(seen):
    """Wait until it is so."""
    ends = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize(("at_once", "beside"), [(1, 0), (1, 1), (3, 0), (3, 2), (8, 8)])
def test_packets_come_in_order_from_as_many_sections_as_may_be(at_once, beside):
    """However many are made at once."""
    making = Making()
    with Crew() as crew:
        packets = list(joined(crew, SECTIONS, making, at_once=at_once, beside=beside, most_bytes=1000))
    assert [packet.number for packet in packets] == list(range(40))
    assert making.begun == sorted(making.begun)
    assert making.most_feeding <= at_once
    assert making.most_there <= at_once + beside


def test_a_section_begins_when_another_has_its_pictures():
    """Whichever it is, and before that is done, as far as there may be more."""
    making = Making(slow=(0, 5))
    with Crew() as crew:
        packets = joined(crew, SECTIONS, making, at_once=2, beside=1, most_bytes=1000)
        assert next(packets).number == 0
        soon(lambda: making.ending[0].is_set() and making.ending[5].is_set())
        # one place beside the two, which the others take in turn
        soon(lambda: making.begun == [0, 5, 10, 15, 20, 25, 30, 35])
        for let in making.let.values():
            let.set()
        assert [packet.number for packet in packets] == list(range(1, 40))


def test_no_more_begin_than_may_wait():
    """Where nobody takes the packets, as while the sound is awaited: those of four sections, here."""
    making = Making()
    with Crew() as crew:
        packets = joined(crew, SECTIONS, making, at_once=1, beside=0, most_bytes=190)
        assert next(packets).number == 0
        soon(lambda: making.begun == [0, 5, 10, 15] and making.there == 0)
        time.sleep(0.05)
        assert making.begun == [0, 5, 10, 15]
        assert [packet.number for packet in packets] == list(range(1, 40))


@pytest.mark.parametrize("most_bytes", [0, 1, 10])
def test_sections_go_on_where_no_memory_is_left(most_bytes):
    """One begins when nothing waits any more."""
    making = Making()
    with Crew() as crew:
        packets = joined(crew, SECTIONS, making, at_once=2, beside=2, most_bytes=most_bytes)
        ended = crew.feed("take packets", packets, capacity=100)
        soon(lambda: len(making.begun) == len(SECTIONS))
        assert [packet.number for packet in ended] == list(range(40))


def test_an_error_in_a_section_ends_all():
    """And is raised to who takes the packets."""

    def failing(section, fed):
        if section.start == 10:
            raise OSError("the disk is full")
        yield from Making()(section, fed)

    with pytest.raises(OSError, match="the disk is full"), Crew() as crew:
        list(joined(crew, SECTIONS, failing, at_once=2, beside=2, most_bytes=1000))
