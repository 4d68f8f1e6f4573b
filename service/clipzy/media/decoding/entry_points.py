"""Where in a stream a fresh decoder gives the same pictures as one that has seen everything before: at IDR pictures, told by the packets' NAL units.

H.264 (ITU-T H.264, 7.4.1) and HEVC (ITU-T H.265, 7.4.2). Nothing after an IDR picture refers to anything before it, and everything decoded before it is
shown before it. Key frames of open groups of pictures (recovery points, CRA) do not count, nor do the container's flags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from clipzy.media.decoding.packets import select

H264_SLICES, H264_IDR, H264_SETS, H264_SEI = range(1, 6), 5, {7, 8, 13, 15}, 6
HEVC_SLICES, HEVC_IDR, HEVC_SETS = range(32), {19, 20}, {32, 33, 34}
# FFmpeg reproduces bugs of x264 before that build, and of later ones in lossless video; it knows the build by a note in the first packet alone
FAITHFUL_BUILD = 44
HIGH_444_PREDICTIVE = 244  # profile_idc, the only one that can be lossless
_BUILD = re.compile(rb"x264 - core (\d{1,9})(\d?)")  # Python refuses numbers of thousands of digits
MOST_BYTES = 32 << 20  # of a packet that is parsed, or of a group of packets
MOST_UNITS = 10_000  # of a packet; one slice for each row of blocks makes 512 at most, twice that for two fields


class Undivided(Exception):
    """The stream has to be decoded in order by one decoder; holds the reason."""


def stamped_packets(container: InputContainer, stream: VideoStream) -> Iterator[Packet[Any]]:
    """The packets of a freshly opened file in its order; raises Undivided where it breaks off."""
    select(container, stream)
    packets: Iterator[Packet[Any]] = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as exc:
            raise Undivided(f"the file breaks off: {exc}") from exc
        if packet is None:
            return
        if packet.size:
            yield packet
        elif packet.dts is not None:  # the one without time marks the end
            raise Undivided("a packet is empty")


class EntryPoints:
    """Tells for each packet, in file order, whether a decoder may begin there."""

    def __init__(self, stream: VideoStream) -> None:
        """Raise Undivided for a stream whose entry points are not known."""
        context = stream.codec_context
        extradata = context.extradata or b""
        if context.name not in {"h264", "hevc"} or not extradata or extradata[0] != 1:
            raise Undivided("only H.264 and HEVC whose parameter sets stand in the file's header are divided")
        self._hevc = context.name == "hevc"
        try:
            self._length, sets = _hevc_header(extradata) if self._hevc else h264_header(extradata)
        except IndexError:
            raise Undivided("its parameter sets cannot be read") from None
        self._sets = frozenset(sets)
        if sum(self._kind(each) == (33 if self._hevc else 7) for each in self._sets) != 1:
            raise Undivided("it has not one parameter set for its sequence")
        if not self._hevc and extradata[1] == HIGH_444_PREDICTIVE:
            raise Undivided(
                "it may be lossless, in which decoders imitate faults of encoders whose name they have seen"
            )
        _refuse_old_x264(extradata)

    def at(self, packet: Packet[Any]) -> bool:
        """Whether a packet is an entry point; raises Undivided where it changes the decoding of later ones, or cannot be parsed."""
        if packet.is_corrupt or packet.has_sidedata("new_extradata") or packet.has_sidedata("param_change"):
            raise Undivided("it is damaged, or changes its coding midway")
        if packet.size > MOST_BYTES:
            raise Undivided("a packet is too large to be looked into")
        slices = [each for each in self._units(bytes(packet)) if self._is_slice(each)]
        if not slices:
            raise Undivided("a packet holds no picture")
        return all(self._is_idr(each) for each in slices)

    def _units(self, content: bytes) -> Iterator[bytes]:
        """The first three bytes of each NAL unit of a packet, which are enough for slices."""
        at = count = 0
        while at < len(content):
            count += 1
            if count > MOST_UNITS:
                raise Undivided("a packet has too many parts")
            start = at + self._length
            at = start + int.from_bytes(content[at:start], "big")
            if not start + 2 < at <= len(content):
                raise Undivided("a packet is damaged")
            kind = self._kind(content[start : start + 2])
            if kind in (HEVC_SETS if self._hevc else H264_SETS):
                if content[start:at] not in self._sets:
                    raise Undivided("parameter sets change midway")
            elif kind == H264_SEI and not self._hevc:
                _refuse_old_x264(content[start:at])
            yield content[start : start + 3]

    def _kind(self, unit: bytes) -> int:
        if not self._hevc:
            return unit[0] & 31
        if unit[0] & 1 or unit[1] >> 3:
            raise Undivided("it has several layers")
        return unit[0] >> 1 & 63

    def _is_slice(self, unit: bytes) -> bool:
        return self._kind(unit) in (HEVC_SLICES if self._hevc else H264_SLICES)

    def _is_idr(self, unit: bytes) -> bool:
        if not self._hevc:
            return unit[0] & 31 == H264_IDR
        # the slice header's second bit is no_output_of_prior_pics_flag: pictures before are then never shown
        return self._kind(unit) in HEVC_IDR and not unit[2] & 0x40


def h264_header(extradata: bytes) -> tuple[int, list[bytes]]:
    """How many bytes hold a unit's length, and the parameter sets: AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3."""
    sets: list[bytes] = []
    at = _read_sets(extradata, 6, extradata[5] & 31, sets)
    _read_sets(extradata, at + 1, extradata[at], sets)
    return (extradata[4] & 3) + 1, sets


def _hevc_header(extradata: bytes) -> tuple[int, list[bytes]]:
    """The same of HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3."""
    sets: list[bytes] = []
    at = 23
    for _ in range(extradata[22]):
        count = int.from_bytes(extradata[at + 1 : at + 3], "big")
        found: list[bytes] = []
        kind = extradata[at] & 63
        at = _read_sets(extradata, at + 3, count, found)
        sets += found if kind in HEVC_SETS else []
    return (extradata[21] & 3) + 1, sets


def _read_sets(extradata: bytes, at: int, count: int, sets: list[bytes]) -> int:
    """Read `count` units, each preceded by its length in two bytes, into `sets`; returns where they end."""
    for _ in range(count):
        length = extradata[at] << 8 | extradata[at + 1]
        if length < 3 or at + 2 + length > len(extradata):
            raise IndexError
        sets.append(extradata[at + 2 : at + 2 + length])
        at += 2 + length
    return at


def _refuse_old_x264(content: bytes) -> None:
    found = _BUILD.search(content)
    if found and (found[2] or int(found[1]) < FAITHFUL_BUILD):
        raise Undivided("it was coded by an old x264, whose faults decoders imitate where they have seen its name")
