"""Read one stream's packets and decode them, stepping over damage and counting it."""

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

# In search of a first picture: packets read, and seconds of this thread's processor time, which large pictures that are damaged cost
PATIENCE_PACKETS, PATIENCE_S = 500, 5.0
LONGEST_S = 24 * 3600  # nothing that is edited lasts a day: a time stamp beyond it is damaged, or a lie
# Seconds that a seek aims before its goal, one after the other: it may lead to a key frame that is decoded before the goal, but shown after it, with
# pictures before it that nothing can be made of (open groups); one that is off by more leads nowhere
AIMS_S = (0, 2, 8, 32)
REORDERING = {"h264", "hevc"}  # MPEG-4's pictures carry a clock of their own
PALETTED = "pal8"  # FFmpeg's name of pictures whose codes are places in a table of colours
# with which a sentence on damage begins
COUNT = re.compile(r"^(?:\d+|one of the) ")
AUDIBLE_HZ = (1000, 768_000)  # no recorder samples more slowly or faster, and FFmpeg's filters fail far beyond


@dataclass(slots=True)
class Damage:
    """What could not be read of a stream."""

    packets: int = 0  # refused by the decoder
    frames: int = 0  # decoded, but known to be incomplete
    broken_off: bool = False  # the container could not be read to its end
    stamps: int = 0  # of sound, that would put it beyond the end of everything

    def __add__(self, other: Damage) -> Damage:
        """What two readers of the same stream could not read."""
        return Damage(
            self.packets + other.packets,
            self.frames + other.frames,
            self.broken_off or other.broken_off,
            self.stamps + other.stamps,
        )

    def sentences(self, what: str) -> list[str]:
        """One sentence for a person about each kind of damage; `what` names the pieces, as in "video frames"."""
        found = []
        if self.packets:
            count, were = (f"{self.packets} {what}", "were") if self.packets > 1 else (f"one of the {what}", "was")
            found.append(f"{count} could not be decoded and {were} left out")
        if self.frames:
            found.append(f"{self.frames} {what} are damaged" if self.frames > 1 else f"one of the {what} is damaged")
        if self.broken_off:
            found.append(f"the file breaks off before its end; the {what} after that point are missing")
        if self.stamps:
            found.append(f"time stamps of {what} that cannot be right were passed over")
        return found


def untold(sentences: Iterable[str], told: Iterable[str]) -> list[str]:
    """Those sentences that tell of other kinds of damage than were told, whatever their counts.

    Each reader of a stream counts the pieces that it came by: two tell the same damage with two numbers.
    """
    known = {_kind(sentence) for sentence in told}
    return [sentence for sentence in sentences if _kind(sentence) not in known]


def _kind(sentence: str) -> str:
    """A sentence on damage as it would be of many pieces, without their number."""
    kind, is_damage = COUNT.subn("", sentence)
    return kind.replace(" is damaged", " are damaged").replace(" and was left", " and were left") if is_damage else kind


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """The first picture that can be decoded; its time is second zero of everything measured in the video."""

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
    """Frames in presentation order with the byte of the file reached (-1: unknown), one item a packet; ends where the file does.

    A packet that the decoder refuses yields no frames and is counted in `damage`, as are sound at a rate that cannot be and a container
    that breaks off. Frames whose stamps say nothing have none. `since`: of sound, seconds of the container's clock; what ends before is passed over,
    so that a decoder begins at the same packet however far before it a leap has led.
    """
    select(container, stream)
    vague = _is_vague(container, stream)
    packets: Iterator[Packet[Any]] = container.demux(stream)
    if since is not None:
        packets = _from(packets, int(since / time_base(stream)))
    breaks_off = False  # here: another leap may have led before
    while not breaks_off:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            breaks_off = damage.broken_off = True
            packet = None  # makes the decoder hand out what it still holds
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
    """Those from the last one on at which a decoder may begin (some codecs of sound have others, too) and that is not after that tick."""
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
    """Whether only the stamps of key frames are right: AVI says when a picture is decoded, and these codecs do not say themselves when it is shown."""
    reorders = isinstance(stream, VideoStream) and stream.codec_context.has_b_frames
    return container.format.name == "avi" and reorders and stream.codec_context.name in REORDERING


def audible(sample_rate: int) -> bool:
    """Whether sound at that rate (Hz) can be worked with; headers say anything from nothing to 2**31."""
    return AUDIBLE_HZ[0] <= sample_rate <= AUDIBLE_HZ[1]


def select(container: InputContainer, stream: VideoStream | AudioStream) -> None:
    """Let the reader pass over all other streams."""
    for other in container.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all


def seek(container: InputContainer, stream: VideoStream | AudioStream, at: Fraction) -> None:
    """Go to the last entry point of a freshly opened file at or before that second of its clock.

    Raises av.error.FFmpegError where the file's index is damaged, OverflowError where the clock runs beyond 64 bits.
    """
    if isinstance(stream, VideoStream) and stream.codec_context.pix_fmt == PALETTED:
        # QuickTime's and AVI's readers give the colours with the very first packet and never again; a decoder that has seen it keeps them
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
