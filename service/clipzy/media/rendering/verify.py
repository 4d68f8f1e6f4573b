"""Check a rendered file before it is published: complete, in time, and readable to its end.

Every packet's time stamp is checked, but only the first and the last group of pictures are decoded: encoders fail at the start or when flushed, and decoding
everything would cost a fifth of the rendering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

from av.container import InputContainer
from av.video.stream import VideoStream

from clipzy.errors import InvalidVideo, MediaError, UnsupportedFormat
from clipzy.machine.processors import available_processors
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import Damage, decoded, time_base
from clipzy.media.decoding.sound_tracks import audio_stream

MOST_THREADS = 4  # of the decoder of two groups of pictures


@dataclass(frozen=True, slots=True)
class Expected:
    """What the file has to be. `size`: (width, height) pixels; `rate`: frames a second.

    If known, `digest`: SHA-256 of the sound's packets; `keys`: times of all key frames in seconds.
    """

    size: tuple[int, int]
    rate: Fraction
    frames: int
    sound: bool
    digest: bytes | None = None
    keys: tuple[Fraction, ...] | None = None

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.rate


@dataclass(frozen=True, slots=True)
class _Stamps:
    """A stream's presentation times in ticks of `tick` seconds, and the seconds of its key frames and its end."""

    tick: Fraction
    times: list[int]  # none for sound
    keys: list[Fraction]
    end: Fraction

    def are_even(self, rate: Fraction) -> bool:
        """Whether there is exactly one picture every 1/`rate` seconds from 0 on."""
        # integers, since a long film has a million pictures
        ticks, frames = (1 / (rate * self.tick)).as_integer_ratio()
        return all(at * frames == number * ticks for number, at in enumerate(sorted(self.times)))


def verify(path: Path, expected: Expected) -> None:
    """Raise MediaError unless the file is as expected."""
    try:
        with open_media(path) as container:
            keys = _check_stamps(container, expected)
        with open_media(path) as container:
            _check_pictures(container, keys, expected)
    except (InvalidVideo, UnsupportedFormat) as exc:
        raise MediaError(f"the rendered file cannot be read back: {exc}") from exc


def _check_stamps(container: InputContainer, expected: Expected) -> list[Fraction]:
    video, audio = video_stream(container), audio_stream(container)
    _require((video.width, video.height) == expected.size, f"is {video.width}x{video.height}")
    _require((audio is not None) == expected.sound, "has no sound" if expected.sound else "has sound")
    digest = sha256()
    stamps = _stamps(container, video.index, None if audio is None else audio.index, digest.update)
    pictures = stamps[video.index]
    _require(len(pictures.times) == expected.frames, f"has {len(pictures.times)} of {expected.frames} frames")
    _require(pictures.are_even(expected.rate), "does not keep its frame rate")
    _require(bool(pictures.keys) and pictures.keys[0] == 0, "does not begin with a whole picture")
    if expected.keys is not None:
        # FFmpeg marks further I pictures as key frames in streams with a single reference frame, as lossless ones are: the file's index has the true number
        listed = sum(entry.is_keyframe for entry in video.index_entries)
        same = listed == len(expected.keys) and set(expected.keys) <= set(pictures.keys)
        _require(same, "has its key frames elsewhere than they were coded")
    for stream in stamps.values():
        apart = abs(stream.end - expected.duration)
        _require(apart <= 1 / expected.rate, f"has a stream that ends {float(apart):.3f} s off")
    _require(expected.digest in {None, digest.digest()}, "has another sound than was coded for it")
    return pictures.keys


def _stamps(
    container: InputContainer, seen: int, heard: int | None, listen: Callable[[bytes], object]
) -> dict[int, _Stamps]:
    """By stream index; `times` for the stream `seen` alone. `listen` gets every packet of the stream `heard`."""
    times: list[int] = []
    keys: list[int] = []
    ends = {stream.index: 0 for stream in container.streams}
    for packet in container.demux():
        at, index = packet.pts, packet.stream_index
        if at is None:  # the empty packet at the end of each stream
            continue
        if index == heard:
            listen(bytes(packet))
        if index == seen:
            times.append(at)
            if packet.is_keyframe:
                keys.append(at)
        ends[index] = max(ends[index], at + (packet.duration or 0))
    found = {}
    for stream in container.streams:
        tick, index = stream.time_base or Fraction(1), stream.index
        of_pictures = (times, [at * tick for at in keys]) if index == seen else ([], [])
        found[index] = _Stamps(tick, *of_pictures, ends[index] * tick)
    return found


def _check_pictures(container: InputContainer, keys: list[Fraction], expected: Expected) -> None:
    stream = video_stream(container)
    # without deblocking, since nobody sees the pictures; few threads, since the encoders' memory is not all freed yet
    prepare_decoder(stream.codec_context, min(available_processors(), MOST_THREADS), smoothed="none")
    first_end = keys[1] if len(keys) > 1 else expected.duration
    for begin, end in {(keys[0], first_end), (keys[-1], expected.duration)}:
        container.seek(int(begin / time_base(stream)), stream=stream)
        damage = Damage()
        count = sum(begin <= at < end for at in _decoded_times(container, stream, damage, end))
        wanted = round((end - begin) * expected.rate)
        _require(
            count == wanted and not damage.sentences(""),
            f"gives {count} of {wanted} pictures from {float(begin):.2f} s on",
        )


def _decoded_times(container: InputContainer, stream: VideoStream, damage: Damage, end: Fraction) -> Iterator[Fraction]:
    """Times of the pictures up to `end`."""
    tick = time_base(stream)
    for _, frames in decoded(container, stream, damage):
        for frame in frames:
            at = (frame.pts or 0) * tick
            if at >= end:
                return
            yield at


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise MediaError(f"the rendered file {otherwise}; this should not happen, try again and tell the operator")
