"""The usual frame rate of a video, from its packets' time stamps: the rate while pictures move, whatever pauses and lost frames there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av.error
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from clipzy.media.decoding.containers import open_media, video_stream
from clipzy.media.decoding.packets import select, time_base
from clipzy.style.measurements import SLOWEST_RATE

# Time stamps are read up to here; for the rest the container is believed. 20 000 frames are 11 minutes at 30 a second.
MOST_PACKETS = 20_000
MOST_BYTES = 256 * 2**20
# Rates of film, television and displays, tried where the container names none that fits
COMMON_RATES = tuple(Fraction(n, d) for n, d in (
    (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1), (15, 1), (12, 1), (120, 1),
))  # fmt: skip
SAME_RATE = Fraction(2, 1000)  # a measured rate this near to a common one is taken for it
# Steps this many times as long as the first quartile are pauses: a screen on which nothing moves, or a gap between recordings
PAUSE = 4
REGULAR_SHARE = 0.85  # where so many of the steps have one length, the others are lost pictures
SPREAD = 0.2  # steps of one length differ by this share of it at most
# Steps that are added up where lengths alternate: patterns as of film on a display's grid repeat after 2 to 6 steps
PATTERN, PATTERN_SPREAD = 12, 0.1
# A rate varies if more than MOST_ODD of the steps are off by ODD of their length, or if a picture stays for REAL_PAUSE steps
ODD, MOST_ODD, REAL_PAUSE = Fraction(1, 10), Fraction(1, 100), Fraction(5, 2)

Ticks = NDArray[np.float64]  # whole ones


@dataclass(slots=True)
class Stamps:
    """Time stamps of a stream's packets in ticks, as far as they were read."""

    ticks: list[int] = field(default_factory=list)
    latest: int = 0
    last_length: int = 0  # ticks
    complete: bool = False  # whether the end of the stream was reached

    def leave_out_before(self, first: int) -> None:
        """Leave out what is before the first frame's stamp, up to the first after it in coding order.

        These are pictures that cannot be decoded, as where a recording was cut at an open group; what comes later is of a clock that begins anew.
        """
        led = next((number for number, at in enumerate(self.ticks) if at > first), len(self.ticks))
        self.ticks = [at for at in self.ticks[:led] if at >= first] + self.ticks[led:] or self.ticks


def read_stamps(
    container: InputContainer, stream: VideoStream, *, to_the_end: bool = False, begins: int | None = None
) -> Stamps:
    """Read the packets' time stamps without decoding, up to the limits above or `to_the_end`; ascending.

    `begins`: the first frame's stamp: leading pictures before it are left out.
    """
    select(container, stream)
    stamps = Stamps()
    size = 0
    try:
        for packet in container.demux(stream):
            if packet.size == 0 and packet.dts is None:  # the empty packet that ends the stream
                stamps.complete = True
            elif packet.size and not packet.is_discard:
                _note(packet, stamps)
                size += packet.size
            if not to_the_end and (len(stamps.ticks) >= MOST_PACKETS or size >= MOST_BYTES):
                break
    except av.error.FFmpegError:
        stamps.complete = True  # the file breaks off here: nothing beyond can be used
    if begins is not None:
        stamps.leave_out_before(begins)
    stamps.ticks.sort()  # packets come in decoding order
    return stamps


def _note(packet: Packet[VideoStream], stamps: Stamps) -> None:
    ticks = packet.pts if packet.pts is not None else packet.dts
    if ticks is None:
        ticks = stamps.latest + stamps.last_length
    if not stamps.ticks or ticks >= stamps.latest:
        stamps.latest, stamps.last_length = ticks, packet.duration or stamps.last_length
    stamps.ticks.append(ticks)


def named_rates(stream: VideoStream) -> list[Fraction]:
    """The frame rates that a container gives, the most likely first."""
    return [rate for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate) if rate]


def usual_frame_rate(ticks: Sequence[int], tick: Fraction, named: Sequence[Fraction] = ()) -> tuple[Fraction, bool]:
    """Usual frame rate, and whether the rate varies.

    A rate is constant if every stamp lies on its grid, up to the rounding of the container's clock (Matroska's counts milliseconds). If stamps fit no
    grid, the rate is that of most steps; it still counts as constant while 99 % of the steps are within 10 % of it and no picture stays for long.

    Args:
        ticks: time stamps in ascending order.
        tick: seconds.
        named: rates that the container gives.
    """
    for rate in (*named, *COMMON_RATES) if len(ticks) > 1 else ():
        if all(abs((at - ticks[0]) - Fraction(number) / rate / tick) <= 1 for number, at in enumerate(ticks)):
            return rate, False
    steps = np.diff(np.array(ticks, np.float64))
    steps = steps[steps > 0]
    if not len(steps):
        return (named[0] if named else Fraction(25)), False
    mean = Fraction(ticks[-1] - ticks[0], len(ticks) - 1)
    usual = min(_usual_step(steps), mean)
    if 1 / (usual * tick) > max(COMMON_RATES):  # no screen is so fast: pictures that came late came in heaps
        usual = mean
    odd = np.count_nonzero(np.abs(steps - float(usual)) > max(1.0, float(usual * ODD)))
    varies = odd > MOST_ODD * len(steps) or bool(steps.max() > usual * REAL_PAUSE)
    return _snapped(1 / (usual * tick)), varies


def frame_rate_of(path: Path, stream: VideoStream) -> Fraction:
    """Usual frame rate of a file with an open stream; its stamps are read only if the rates that the container gives differ."""
    named = named_rates(stream)
    if len(named) > 1 and len(set(named)) == 1:  # the average rate is that of the first pictures
        return named[0]
    with open_media(path) as unread:
        stream = video_stream(unread)
        return usual_frame_rate(read_stamps(unread, stream).ticks, time_base(stream), named)[0]


def _usual_step(steps: Ticks) -> Fraction:
    """Ticks from one picture to the next where pictures move."""
    moving = steps[steps <= PAUSE * np.partition(steps, len(steps) // 4)[len(steps) // 4]]
    alike = _alike(moving, SPREAD)
    if len(alike) >= REGULAR_SHARE * len(moving):
        # a picture that comes late is early for the next: both count, and no lost one does
        near = moving[np.abs(moving - np.median(alike)) < np.median(alike) / 2]
        return Fraction(int(near.sum()), len(near))
    together = min(PATTERN, len(moving))
    ends = np.concatenate([np.zeros(1), np.cumsum(moving)])
    runs = _alike(ends[together:] - ends[:-together], PATTERN_SPREAD)
    return Fraction(int(runs.sum()), len(runs) * together)


def _alike(lengths: Ticks, spread: float) -> Ticks:
    """The largest cluster: lengths that differ from its middle by no more than that share, or by the rounding of the clock."""
    ordered: Ticks = np.sort(lengths)
    ends = np.searchsorted(ordered, ordered + _room(ordered, spread), "right")
    first = int(np.argmax(ends - np.arange(len(ordered))))
    middle = ordered[(first + ends[first]) // 2]
    near: Ticks = ordered[np.abs(ordered - middle) <= _room(middle, spread)]
    return near


def _room(lengths: Ticks, spread: float) -> Ticks:
    # a length of one tick may not be confused with two
    return np.where(lengths > 1, np.maximum(lengths * spread, 1), 0)


def _snapped(rate: Fraction) -> Fraction:
    nearest = min(COMMON_RATES, key=lambda common: abs(common - rate))
    if abs(rate / nearest - 1) <= SAME_RATE:
        return nearest
    return max(rate.limit_denominator(1001), SLOWEST_RATE)
