"""Read and decode one stream's packets, stepping over damage and counting it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, overload

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from clipzy.errors import InvalidVideo
from clipzy.machine.memory import check_memory

# Limits of the search for a first picture: packets, and processor seconds of this thread, since large damaged pictures take long
PATIENCE_PACKETS, PATIENCE_S = 500, 5.0
LONGEST_S = 24 * 3600  # no footage lasts a day: a time stamp beyond that is wrong
# Seconds before the goal that seeks aim at, tried in turn: a seek may land on a key frame that is decoded before the goal but shown after it, with
# undecodable pictures before it (open groups)
AIMS_S = (0, 2, 8, 32)
REORDERING = {"h264", "hevc"}  # MPEG-4 Visual stores times in its pictures
PALETTED = "pal8"  # FFmpeg's pixel format with a palette
# how a sentence on damage begins
COUNT = re.compile(r"^(?:\d+|one of the) ")
AUDIBLE_HZ = (1000, 768_000)  # of all recorders; far beyond, FFmpeg's filters fail


@dataclass(slots=True)
class Damage:
    """What could not be read of a stream."""

    packets: int = 0  # refused by the decoder
    frames: int = 0  # decoded, but known to be incomplete
    broken_off: bool = False  # the container could not be read to its end
    stamps: int = 0  # time stamps of sound that lie beyond any end

    def __add__(self, other: Damage) -> Damage:
        """The damage that two readers of a stream met together."""
        return Damage(
            self.packets + other.packets,
            self.frames + other.frames,
            self.broken_off or other.broken_off,
            self.stamps + other.stamps,
        )

    def sentences(self, what: str) -> list[str]:
        """One sentence for the user about each kind of damage; `what` names the pieces, as in "video frames"."""
        found = []
        if self.packets:
            count, were = (f"{self.packets} {what}", "were") if self.packets > 1 else (f"one of the {what}", "was")
            found.append(f"{count} could not be decoded and {were} left out")
        if self.frames:
            found.append(f"{self.frames} {what} are damaged" if self.frames > 1 else f"one of the {what} is damaged")
        if self.broken_off:
            found.append(f"the file breaks off before its end; the {what} after that point are missing")
        if self.stamps:
            found.append(f"impossible time stamps of {what} were ignored")
        return found


def untold(sentences: Iterable[str], told: Iterable[str]) -> list[str]:
    """The sentences on kinds of damage that were not told yet, whatever their counts.

    Two readers of a stream may count the same damage differently.
    """
    known = {_kind(sentence) for sentence in told}
    return [sentence for sentence in sentences if _kind(sentence) not in known]


def _kind(sentence: str) -> str:
    """A sentence on damage in the plural and without its number."""
    kind, is_damage = COUNT.subn("", sentence)
    return kind.replace(" is damaged", " are damaged").replace(" and was left", " and were left") if is_damage else kind


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """The first picture that can be decoded; its time is second zero of all measurements."""

    frame: VideoFrame
    time: Fraction  # seconds on the container's clock


@overload
def decoded(
    container: InputContainer, stream: VideoStream, damage: Damage
) -> Iterator[tuple[int, list[VideoFrame]]]: ...
@overload
def decoded(
    container: InputContainer, stream: AudioStream, damage: Damage, since: Fraction | None = None
) -> Iterator[tuple[int, list[AudioFrame]]]: ...
def decoded(
    container: InputContainer,
    stream: VideoStream | AudioStream,
    damage: Damage,
    since: Fraction | None = None,
) -> Iterator[tuple[int, list[VideoFrame] | list[AudioFrame]]]:
    """Frames in presentation order, with the byte position in the file (-1: unknown); one item a packet.

    A packet that the decoder refuses gives no frames and is counted in `damage`, as are sound at an impossible rate and a container that breaks off.
    Frames with meaningless stamps get none. `since`: of sound, seconds on the container's clock; earlier packets are skipped, so that decoding begins
    at the same packet wherever a seek has landed.
    """
    select(container, stream)
    vague = _is_vague(container, stream)
    packets: Iterator[Packet[Any]] = container.demux(stream)
    if since is not None:
        packets = _from(packets, int(since / time_base(stream)))
    breaks_off = False  # in this read; `damage` may know of an earlier one
    while not breaks_off:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            breaks_off = damage.broken_off = True
            packet = None  # flushes the decoder
        if packet is None and not breaks_off:
            return
        frames: list[VideoFrame] | list[AudioFrame] = []
        try:
            frames = stream.decode(packet)
        except av.error.FFmpegError as exc:
            check_memory(exc)
            damage.packets += 1
        if any(isinstance(frame, AudioFrame) and not audible(frame.sample_rate) for frame in frames):
            frames = []
            damage.packets += 1
        damage.frames += sum(frame.is_corrupt for frame in frames)
        for frame in frames if vague else ():
            if isinstance(frame, VideoFrame) and not frame.key_frame:
                frame.pts = None
        yield -1 if packet is None or packet.pos is None else packet.pos, frames


def _from(packets: Iterator[Packet[Any]], since: int) -> Iterator[Packet[Any]]:
    """The packets from the last key packet at or before that tick; in some sound codecs not every packet is one."""
    held: list[Packet[Any]] = []
    for packet in packets:
        if packet.is_keyframe and packet.pts is not None and packet.pts <= since:
            held.clear()
        held.append(packet)
        if packet.pts is None or packet.pts > since:
            break
    yield from held
    yield from packets


def _is_vague(container: InputContainer, stream: VideoStream | AudioStream) -> bool:
    """Whether only key frames have correct stamps: AVI stores decoding times, and these codecs store no presentation times themselves."""
    reorders = isinstance(stream, VideoStream) and stream.codec_context.has_b_frames
    return container.format.name == "avi" and reorders and stream.codec_context.name in REORDERING


def audible(sample_rate: int) -> bool:
    """Whether a sample rate (Hz) is possible; damaged headers say anything from 0 to 2**31."""
    return AUDIBLE_HZ[0] <= sample_rate <= AUDIBLE_HZ[1]


def select(container: InputContainer, stream: VideoStream | AudioStream) -> None:
    """Have the reader skip all other streams."""
    for other in container.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all


def seek(container: InputContainer, stream: VideoStream | AudioStream, at: Fraction) -> None:
    """Seek a freshly opened file to the last entry point at or before that second of its clock.

    Raises av.error.FFmpegError where the file's index is damaged, OverflowError where the clock runs beyond 64 bits.
    """
    if isinstance(stream, VideoStream) and stream.codec_context.pix_fmt == PALETTED:
        # the readers of QuickTime and AVI give the palette with the first packet only; a decoder that has seen it keeps it
        stream.decode(next(container.demux(stream)))
    container.seek(int(at / time_base(stream)), stream=stream)


def first_frame(container: InputContainer, stream: VideoStream) -> FirstFrame:
    """Decode the first picture of a freshly opened file; raises InvalidVideo when none can be decoded."""
    begun_s = time.thread_time()
    for number, (_, frames) in enumerate(decoded(container, stream, Damage())):
        if frames:
            ticks = frames[0].pts if frames[0].pts is not None else (stream.start_time or 0)
            return FirstFrame(frames[0], ticks * time_base(stream))
        if number >= PATIENCE_PACKETS or time.thread_time() - begun_s >= PATIENCE_S:
            break
    raise InvalidVideo("no picture of the video can be decoded; the file is damaged or coded in an unsupported way")


def time_base(stream: VideoStream | AudioStream) -> Fraction:
    """The length of one tick of a stream's clock in seconds."""
    if not stream.time_base:
        raise InvalidVideo("the file is damaged: a stream has no clock")
    return stream.time_base


def claimed_duration(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """A stream's length in seconds as the container has it, that of the whole file where it names none; None without either."""
    if stream.duration and stream.duration > 0:
        return stream.duration * time_base(stream)
    return container_duration(container) or None


def container_duration(container: InputContainer) -> Fraction:
    """A file's length in seconds as its container has it; 0 where it names none, as recorders leave it that write as they go or crash."""
    return Fraction(max(container.duration or 0, 0), av.time_base)
