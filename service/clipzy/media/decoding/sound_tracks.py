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
from clipzy.media.decoding.packets import container_duration, time_base
from clipzy.media.decoding.samples import as_float

# Peaks: of a muted track, one step of 16 bits; and of an open input with amplifier noise alone, -60 dBFS, which a microphone in a room exceeds
SILENT, FAINT = 2.0**-15, 2.0**-10
# A track is listened to at its beginning and at PLACES later places, for so many seconds: hours of muted sound need not be read whole
BEGINNING_S, PLACES, PLACE_S = 10, 31, 1
LATE_S = 2  # the most by which sound lags behind pictures in a file
UNKNOWN_LENGTH_S = 60  # of a file without a duration, which cannot be sought in
LONGEST_NAME = 40
# default names that writers fill in
_NO_NAMES = ("handle", "core media", "iso media")


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The sound stream that is used of a file opened by `open_media`, None if it has none.

    Of those that can be decoded, the file's default one, else the first; but a silent one gives way to one that is not, and one that is next to silent
    to one that is clearly heard. The choice is the same whenever the same file is opened.
    """
    streams = container.streams.audio
    able = _able(container)
    if len(able) < 2:
        return next(iter(able or streams), None)
    chosen = _choice(container).index
    return next(stream for stream in able if stream.index == chosen)


def _choice(container: InputContainer) -> _Choice:
    path = Path(container.name.removeprefix("file:"))
    known = path.stat()
    return _chosen(_File(path, known.st_size, known.st_mtime_ns))


def tracks_warning(container: InputContainer) -> str | None:
    """A sentence for the user that names the track in use and those left out, None where there is no choice."""
    able, used = _able(container), audio_stream(container)
    if len(able) < 2 or used is None:
        return None
    numbers = {stream.index: number for number, stream in enumerate(container.streams.audio, 1)}
    named = {stream.index: f"{numbers[stream.index]}{_described(stream)}" for stream in able}
    left = [named[stream.index] for stream in able if stream is not used]
    why = "" if used is able[0] else f", for track {named[able[0].index]} is {_choice(container).others}"
    others = " and ".join([", ".join(left[:-1]), left[-1]] if len(left) > 1 else left)
    return (
        f"of {len(able)} sound tracks the file's track {named[used.index]} is used{why}; left out: {others}; "
        "to use another, send the file with that track alone, or with all of them mixed"
    )


def _able(container: InputContainer) -> list[AudioStream]:
    """The streams that can be decoded, in the order in which a player would choose them."""
    able = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return sorted(able, key=lambda stream: not stream.disposition & Disposition.default)


def _described(stream: AudioStream) -> str:
    """A track's name and language, in brackets."""
    name = stream.metadata.get("title") or stream.metadata.get("handler_name", "")
    if any(word in name.lower() for word in _NO_NAMES):
        name = ""
    name = "".join(sign for sign in name if sign.isprintable()).strip()[:LONGEST_NAME]
    language = stream.language or "und"
    told = ", ".join(each for each in (name, "" if language == "und" else language) if each)
    return f" ({told})" if told else ""


@dataclass(frozen=True, slots=True)
class _File:
    """A file at a point in time: another file of the same name is not taken for it."""

    path: Path
    size: int  # bytes
    changed_ns: int


@dataclass(frozen=True, slots=True)
class _Choice:
    """The index of the stream in use, and what is wrong with the one that players would choose, if that is another."""

    index: int
    others: str


@lru_cache(maxsize=64)  # a reader opens its file again for each seek
def _chosen(file: _File) -> _Choice:
    """The first stream that is heard clearly at any of the places, else the first that is heard at all, else the first."""
    with open_media(file.path) as container:
        able = _able(container)
        for stream in able:
            prepare_decoder(stream.codec_context, threads=1)
        begins = Fraction(container.start_time or 0, av.time_base)
        peaks = [0.0] * len(able)  # so far
        faint = len(able)  # number of streams from the first on that have not been clearly heard
        for start, length in _places(container_duration(container)):
            if start:
                try:
                    container.seek(int((begins + start) / time_base(able[0])), stream=able[0])
                except (av.error.FFmpegError, OverflowError):
                    continue
            # all at once, so that a file of many silent tracks is read only once
            _listen(container, able[:faint], begins + start + length, peaks)
            faint = next((at for at, peak in enumerate(peaks) if peak > FAINT), faint)
            if faint == 0:
                break
        heard = (at for least in (FAINT, SILENT) for at, peak in enumerate(peaks) if peak > least)
        return _Choice(able[next(heard, 0)].index, "next to silent" if peaks[0] > SILENT else "silent")


def _places(duration: Fraction) -> Iterator[tuple[Fraction, int]]:
    """Where to listen, and for how long, in seconds; `duration`: 0 if unknown."""
    yield Fraction(0), BEGINNING_S if duration else UNKNOWN_LENGTH_S
    for number in range(1, PLACES + 1):
        start = duration * number / (PLACES + 1)
        if start > BEGINNING_S - PLACE_S:
            yield start, PLACE_S


def _listen(container: InputContainer, tracks: Sequence[AudioStream], until: Fraction, peaks: list[float]) -> None:
    """Raise the peaks of these tracks by what they hold from here to that second of the container's clock, up to the first that is clearly heard.

    Packets of the video and all tracks are read: where a track has none, the file would be read to its end in search of them.
    """
    tracks = list(tracks)
    try:
        for packet in container.demux(*container.streams.video, *container.streams.audio):
            base = packet.stream.time_base
            if packet.pts is not None and base is not None and packet.pts * base > until + LATE_S:
                break
            number = next((at for at, stream in enumerate(tracks) if stream is packet.stream), None)
            if number is None:
                continue
            peaks[number] = max(peaks[number], _peak(tracks[number], cast("Packet[AudioStream]", packet)))
            if peaks[number] > FAINT:
                del tracks[number:]
                if not tracks:
                    break
    except av.error.FFmpegError:  # the file breaks off here
        pass


def _peak(stream: AudioStream, packet: Packet[AudioStream]) -> float:
    """The largest magnitude in a packet; infinite for NaN, which is not silence either."""
    try:
        frames = stream.decode(packet)
    except av.error.FFmpegError:  # damage; told by those who read the whole sound
        return 0.0
    peaks = [float(np.abs(as_float(frame)).max()) for frame in frames if frame.samples]
    return max((np.inf if np.isnan(peak) else peak for peak in peaks), default=0.0)
