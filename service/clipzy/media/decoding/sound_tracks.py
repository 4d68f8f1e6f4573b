"""Which of a file's sound tracks is used: the one that a player would choose, or the next where that one is silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import cast

import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from clipzy.media.decoding.containers import open_media, prepare_decoder
from clipzy.media.decoding.packets import time_base
from clipzy.media.decoding.samples import as_float

# What recorders write of an input with nothing in it; a microphone in a silent room is far over it. One step of 16 bits
SILENT = 2.0**-15
# A track is listened to at its beginning and at so many places after, for as many seconds: a muted one of hours need not be read whole
BEGINNING_S, PLACES, PLACE_S = 10, 31, 1
LATE_S = 2  # by which sound lies behind pictures in a file, at the most
UNKNOWN_LENGTH_S = 60  # nor can a file be sought in that does not say how long it is
LONGEST_NAME = 40
# with which writers fill in the name that nobody gave
_NO_NAMES = ("handle", "core media", "iso media")


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The stream of sound that is used of a file by `open_media`, None without any.

    Of those that can be decoded, where there are any, the one that the file names as its default, else the first; but one that is silent gives
    way to one that is not. It is the same whenever the same file is opened.
    """
    streams = container.streams.audio
    able = _able(container)
    if len(able) < 2:
        return next(iter(able or streams), None)
    path = Path(container.name.removeprefix("file:"))
    known = path.stat()
    chosen = _chosen(_File(path, known.st_size, known.st_mtime_ns))
    return next(stream for stream in able if stream.index == chosen)


def tracks_warning(container: InputContainer) -> str | None:
    """A sentence for the user that names the track that is used and those that are not, None where there is no choice."""
    able, used = _able(container), audio_stream(container)
    if len(able) < 2 or used is None:
        return None
    numbers = {stream.index: number for number, stream in enumerate(container.streams.audio, 1)}
    named = {stream.index: f"{numbers[stream.index]}{_described(stream)}" for stream in able}
    left = [named[stream.index] for stream in able if stream is not used]
    why = "" if used.index == able[0].index else f", for track {named[able[0].index]} is silent"
    others = " and ".join([", ".join(left[:-1]), left[-1]] if len(left) > 1 else left)
    return (
        f"of {len(able)} sound tracks the file's track {named[used.index]} is used{why}; left out: {others}; "
        "to use another, send the file with that track alone, or with all of them mixed"
    )


def _able(container: InputContainer) -> list[AudioStream]:
    """Those that can be decoded, in the order in which players would choose them."""
    able = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return sorted(able, key=lambda stream: not stream.disposition & Disposition.default)


def _described(stream: AudioStream) -> str:
    """What the file tells of a track, in brackets: its name and its language."""
    name = stream.metadata.get("title") or stream.metadata.get("handler_name", "")
    if any(word in name.lower() for word in _NO_NAMES):
        name = ""
    name = "".join(sign for sign in name if sign.isprintable()).strip()[:LONGEST_NAME]
    language = stream.language or "und"
    told = ", ".join(each for each in (name, "" if language == "und" else language) if each)
    return f" ({told})" if told else ""


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was at a time: another one of its name is not taken for it."""

    path: Path
    size: int  # bytes
    changed_ns: int


@lru_cache(maxsize=64)  # a reader opens its file again for each leap
def _chosen(file: _File) -> int:
    """The index of the stream that is used of a file that has some that can be decoded: of all that sound wherever it is listened, the first."""
    with open_media(file.path) as container:
        able = _able(container)
        for stream in able:
            prepare_decoder(stream.codec_context, threads=1)
        begins = Fraction(container.start_time or 0, av.time_base)
        silent = len(able)  # so many from the first on, as far as was heard
        for start, length in _places(Fraction(max(container.duration or 0, 0), av.time_base)):
            if start:
                try:
                    container.seek(int((begins + start) / time_base(able[0])), stream=able[0])
                except (av.error.FFmpegError, OverflowError):
                    continue
            # all at once: each for itself they would have a file of many that are silent read as many times
            silent = _silent_before(container, able[:silent], begins + start + length)
            if silent == 0:
                break
        return able[silent % len(able)].index


def _places(duration: Fraction) -> Iterator[tuple[Fraction, int]]:
    """Where to listen, and for how long, in seconds; a file's length is 0 where it is not known."""
    yield Fraction(0), BEGINNING_S if duration else UNKNOWN_LENGTH_S
    for number in range(1, PLACES + 1):
        start = duration * number / (PLACES + 1)
        if start > BEGINNING_S - PLACE_S:
            yield start, PLACE_S


def _silent_before(container: InputContainer, tracks: Sequence[AudioStream], until: Fraction) -> int:
    """How many of those tracks come before the first that holds anything from here to that second of the container's clock.

    By the packets of pictures and all tracks: where a track has none the file would be read to its end in search of them.
    """
    silent = len(tracks)
    try:
        for packet in container.demux(*container.streams.video, *container.streams.audio):
            base = packet.stream.time_base
            if packet.pts is not None and base is not None and packet.pts * base > until + LATE_S:
                break
            number = next((at for at, stream in enumerate(tracks[:silent]) if stream is packet.stream), None)
            if number is not None and _heard(tracks[number], cast("Packet[AudioStream]", packet)):
                silent = number
                if silent == 0:
                    break
    except av.error.FFmpegError:  # it breaks off here
        pass
    return silent


def _heard(stream: AudioStream, packet: Packet[AudioStream]) -> bool:
    try:
        frames = stream.decode(packet)
    except av.error.FFmpegError:  # damaged, as whoever reads all of it will tell
        return False
    # what is no number is no silence either
    return any(frame.samples and not np.abs(as_float(frame)).max() <= SILENT for frame in frames)
