"""Sections of a stream that are made in parallel and joined in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from av.packet import Packet

from clipzy.media.channel import Channel, Crew, Load

Make = Callable[[range, Callable[[], None]], "Iterable[Packet[Any]]"]


def joined(
    crew: Crew,
    sections: Sequence[range],
    make: Make,
    *,
    at_once: int,
    beside: int,
    most_bytes: int,
    ahead: int | None = None,
) -> Iterator[Packet[Any]]:
    """The packets of all sections, in order.

    Args:
        crew: whose threads make them.
        sections: of a video, by frame numbers.
        make: gives the packets of a section, and calls its argument once it needs no more pictures.
        at_once: sections that take pictures in parallel.
        beside: further sections that finish meanwhile.
        most_bytes: of packets that wait to be taken; at that many no further section begins; 0: one section after the other.
        ahead: packets of one section that may wait, None: all.
    """
    fed: Channel[None] = crew.channel(at_once)
    there: Channel[None] = crew.channel(at_once + beside)
    load = crew.load()

    def begun() -> Iterator[Channel[Packet[Any]]]:
        for section in sections:
            load.wait_below(most_bytes)
            there.put(None)
            fed.put(None)
            made = _weighed(make(section, fed.take), load, there.take)
            yield crew.feed("encode pictures", made, ahead or len(section))

    for made in crew.feed("begin sections", begun(), len(sections)):
        for packet in made:
            load.add(-packet.size)
            yield packet


def _weighed(packets: Iterable[Packet[Any]], load: Load, made: Callable[[], None]) -> Iterator[Packet[Any]]:
    """The same packets, added to the load; `made` is called after the last."""
    for packet in packets:
        load.add(packet.size)
        yield packet
    made()
