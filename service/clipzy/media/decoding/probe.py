"""Examine a video file: container, codecs, displayed size, exact duration and frame rate; refuse what the engine cannot process."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from clipzy.errors import InvalidVideo
from clipzy.media.decoding.containers import (
    Container,
    check_filename,
    open_media,
    prepare_decoder,
    sniff,
    video_stream,
)
from clipzy.media.decoding.frame_rate import Stamps, named_rates, read_stamps, usual_frame_rate
from clipzy.media.decoding.packets import claimed_duration, first_frame, time_base
from clipzy.media.decoding.sound_tracks import audio_stream
from clipzy.media.orientation import display_size, orientation_of
from clipzy.style.measurements import FASTEST_RATE, SLOWEST_RATE, VideoFacts
from clipzy.style.plan import LONGEST_SIDE

# Motion is measured in pictures of at least 16x16, scaled to a long side of 320: smaller or narrower videos would fail later in the job
SHORTEST_SIDE_PX, MOST_ELONGATED = 16, 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits: seconds of video, and pixels of a displayed side."""

    max_duration_s: float = 4 * 3600.0
    max_dimension_px: int = LONGEST_SIDE


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """The sound stream that is used: FFmpeg's name of the codec, Hz, channels."""

    codec: str
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What is known of a file. `rotation_degrees`: counter-clockwise turn that a player applies, after mirroring if `mirrored`."""

    facts: VideoFacts
    codec: str  # FFmpeg's name of the video codec: h264, hevc, vp9, av1, prores, ...
    bitrate_kbps: int  # of the whole file
    container: Container
    rotation_degrees: int
    mirrored: bool
    audio: AudioFacts | None


def probe(path: Path, limits: Limits | None = None, filename: str | None = None) -> Probe:
    """Examine a file and decode its first picture.

    Args:
        path: the file.
        limits: what to refuse as too long or too large.
        filename: the uploaded name, if `path` has another.

    Raises:
        UnsupportedFormat: the name's ending or the content is none of the accepted containers.
        InvalidVideo: no picture can be decoded, there is no duration, or a limit is exceeded.
    """
    limits = limits or Limits()
    check_filename(filename or path.name)
    kind = sniff(path)
    with open_media(path) as container:
        stream = video_stream(container)
        _check_size(stream.width, stream.height, limits)
        prepare_decoder(stream.codec_context, threads=1)
        first = first_frame(container, stream).frame
        orientation = orientation_of(first)
        width, height = display_size(first.width, first.height, stream.sample_aspect_ratio, orientation)
        _check_size(width, height, limits)
        sound = _sound(container)
        subtitled = bool(container.streams.subtitles)
    duration, rate, count, variable = _timing(path, limits, first.pts)
    return Probe(
        facts=VideoFacts(width, height, duration, rate, count, variable, sound is not None, subtitled),
        codec=stream.codec_context.name,
        bitrate_kbps=round(path.stat().st_size * 8 / duration / 1000),
        container=kind,
        rotation_degrees=orientation.rotation_degrees,
        mirrored=orientation.mirrored,
        audio=sound,
    )


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width <= 0 or height <= 0:
        raise InvalidVideo("the video's pictures have no size")
    if max(width, height) > limits.max_dimension_px:
        raise InvalidVideo(
            f"the video is {width} x {height}; at most {limits.max_dimension_px} pixels a side are accepted"
        )
    if min(width, height) < SHORTEST_SIDE_PX:
        raise InvalidVideo(f"the video is {width} x {height}; at least {SHORTEST_SIDE_PX} pixels a side are needed")
    if max(width, height) > MOST_ELONGATED * min(width, height):
        raise InvalidVideo(f"the video is {width} x {height}; no side may be over {MOST_ELONGATED} times the other")


def _sound(container: InputContainer) -> AudioFacts | None:
    stream = audio_stream(container)
    if stream is None:
        return None
    context = stream.codec_context
    if context is None:  # a codec this build cannot decode: the file has sound all the same
        return AudioFacts("unknown", 0, 0)
    return AudioFacts(context.name, context.sample_rate, context.channels)


def _timing(path: Path, limits: Limits, begins: int | None) -> tuple[Fraction, Fraction, int, bool]:
    """Duration in seconds, usual frame rate, number of frames, and whether the frame rate varies; `begins`: the first frame's stamp, None without one."""
    with open_media(path) as container:
        stream = video_stream(container)
        claimed = claimed_duration(container, stream)
        if claimed is not None:
            _check_duration(claimed, limits)
        stamps = read_stamps(container, stream, to_the_end=claimed is None, begins=begins)
        tick = time_base(stream)
        if not stamps.ticks:
            raise InvalidVideo("the video stream is empty")
        rate, variable = usual_frame_rate(stamps.ticks, tick, named_rates(stream))
        if stamps.complete or claimed is None:
            last = stamps.last_length * tick or 1 / max(rate, SLOWEST_RATE)
            duration = (stamps.ticks[-1] - stamps.ticks[0]) * tick + last
            count = len(stamps.ticks)
        else:
            duration = claimed
            count = stream.frames or _as_many_on(stamps, claimed / tick)
        _check_duration(duration, limits)
        if rate > FASTEST_RATE:
            raise InvalidVideo(
                f"the video claims {float(rate):.0f} frames a second; at most {FASTEST_RATE} are accepted"
            )
        return duration, max(rate, SLOWEST_RATE), count, variable


def _as_many_on(stamps: Stamps, length: Fraction) -> int:
    """Number of frames in `length` ticks, at the rate of those that were read."""
    span = stamps.ticks[-1] - stamps.ticks[0]
    return round(length * (len(stamps.ticks) - 1) / span) if span else len(stamps.ticks)


def _check_duration(duration: Fraction, limits: Limits) -> None:
    if duration <= 0:
        raise InvalidVideo("the video has no duration")
    if duration > limits.max_duration_s:
        raise InvalidVideo(
            f"the video lasts {float(duration):.0f} s; at most {limits.max_duration_s:.0f} s are accepted"
        )
