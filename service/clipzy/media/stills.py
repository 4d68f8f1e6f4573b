"""Single pictures of a video, and pictures composed of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from clipzy.errors import MediaError
from clipzy.machine.memory import check_memory
from clipzy.media.colour.colour_tags import peak_of
from clipzy.media.decoding.containers import open_media, prepare_decoder, video_stream
from clipzy.media.decoding.packets import AIMS_S, Damage, decoded, first_frame, seek, select, time_base
from clipzy.media.orientation import display_size, orientation_of
from clipzy.media.pictures import Scaler, fitted_size

Picture = NDArray[np.uint8]  # (height, width, 3) RGB
# of a stream, by a time on the container's clock, after a seek so many seconds before it
_Find = Callable[[InputContainer, VideoStream, Fraction, int | None], VideoFrame | None]
JPEG_QUALITY = 90
# of a decoder for one picture: each thread holds one, and sixteen of 8K take more memory than a guarded process may
MOST_THREADS = 2
# 4K; a picture of 8K HEVC with 10 bits takes 130 MB, and its decoder holds at least seven, more than a guarded process may
MOST_PIXELS = 4096 * 2304
DIVIDER_SHARE, LABEL_SHARE = 0.006, 0.045  # of the height


@dataclass(frozen=True, slots=True)
class _Start:
    """The time of a file's first picture in seconds on the container's clock, its peak luminance in cd/m², and its number of pixels."""

    time: Fraction
    peak: float
    pixels: int


def frame_at(path: Path, time: Fraction, long_side: int | None = None, *, frugal: bool = False) -> Picture:
    """The picture that is on the screen at a time, upright, with square pixels.

    Args:
        path: one of the accepted containers.
        time: seconds from the first frame; beyond the end: the last frame.
        long_side: pixels; larger pictures are made as small as that.
        frugal: of pictures larger than 4K the key picture at or before that time, for which a decoder holds no others.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        UnsupportedFormat, InvalidVideo: the file cannot be opened.
        MediaError: the pictures about that time cannot be decoded.
    """
    start = _start(path)
    how = (_key_picture, 1) if frugal and start.pixels > MOST_PIXELS else (_shown_at, MOST_THREADS)
    for early in (*AIMS_S, None):  # None: read from the start, if the index is wrong or missing
        found = _found(path, *how, start.time + max(time, Fraction(0)), early)
        if found is not None:
            return _upright(*found, start.peak, long_side)
    raise MediaError(f"no picture can be decoded at {float(time):.3f} s")


def save_picture(picture: Picture, path: Path) -> None:
    """Write a picture as PNG or JPEG, by its suffix."""
    Image.fromarray(picture).save(path, quality=JPEG_QUALITY)


def side_by_side(before: Picture, after: Picture) -> Picture:
    """Two pictures side by side at the lower height, with a white line between, and labelled."""
    height = min(before.shape[0], after.shape[0])
    left, right = _labelled(_to_height(before, height), "before"), _labelled(_to_height(after, height), "after")
    divider = np.full((height, max(2, round(height * DIVIDER_SHARE)), 3), 255, np.uint8)
    return np.concatenate([left, divider, right], axis=1)


def contact_sheet(pictures: Sequence[Picture], columns: int, width: int) -> Picture:
    """Pictures of one size in a grid of `width` pixels, row by row; the rest of the last row is black."""
    height = round(pictures[0].shape[0] * (width // columns) / pictures[0].shape[1])
    small = [
        np.asarray(Image.fromarray(p).resize((width // columns, height), Image.Resampling.LANCZOS)) for p in pictures
    ]
    small += [np.zeros_like(small[0])] * (-len(small) % columns)
    rows = [np.concatenate(small[at : at + columns], axis=1) for at in range(0, len(small), columns)]
    return np.concatenate(rows, axis=0)


def _start(path: Path) -> _Start:
    """What is known from the first picture; it and its decoder are gone again, since another is to follow."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads=1)
        first = first_frame(container, stream)
        return _Start(first.time, peak_of(first.frame), first.frame.width * first.frame.height)


def _found(
    path: Path, find: _Find, threads: int, at: Fraction, early: int | None
) -> tuple[VideoFrame, Fraction | None] | None:
    """What `find` finds after a seek, and the shape of its pixels. The decoder, which holds more pictures, is gone by then."""
    with open_media(path) as container:
        stream = video_stream(container)
        prepare_decoder(stream.codec_context, threads)
        if early is not None:
            try:
                seek(container, stream, at - early)
            except (av.error.FFmpegError, OverflowError):
                return None
        frame = find(container, stream, at, early)
        return None if frame is None else (frame, stream.sample_aspect_ratio)


def _key_picture(container: InputContainer, stream: VideoStream, at: Fraction, early: int | None) -> VideoFrame | None:
    """The next key picture; None if it cannot be decoded, or is later than `at` after a seek."""
    select(container, stream)
    try:
        packet = next(packet for packet in container.demux(stream) if packet.is_keyframe)
        # the decoder gives a picture back only once it knows of others, or that there are none
        frame = next(iter((*stream.decode(packet), *stream.decode(None))))
    except StopIteration:
        return None
    except av.error.FFmpegError as exc:
        check_memory(exc)
        return None
    late = frame.pts is not None and frame.pts * time_base(stream) > at
    return None if late and early is not None else frame


def _shown_at(container: InputContainer, stream: VideoStream, at: Fraction, early: int | None) -> VideoFrame | None:
    """The last frame that starts no later than `at` on the container's clock; None if a seek `early` seconds before it has failed. `early` None: no seek."""
    shown = None
    for moment, frame in _timed(container, stream):
        if shown is not None and moment is not None and moment > at:
            return shown
        if shown is None and early is not None and (moment is None or moment > at):
            return None
        shown = frame
    return shown


def _timed(container: InputContainer, stream: VideoStream) -> Iterator[tuple[Fraction | None, VideoFrame]]:
    """Frames with their times on the container's clock; one without a stamp follows the one before at the usual distance, if that has a time."""
    tick, step = time_base(stream), 1 / (stream.average_rate or stream.guessed_rate or Fraction(25))
    moment: Fraction | None = None
    for _, frames in decoded(container, stream, Damage()):
        for frame in frames:
            moment = frame.pts * tick if frame.pts is not None else None if moment is None else moment + step
            yield moment, frame


def _upright(frame: VideoFrame, sample_aspect: Fraction | None, peak: float, long_side: int | None) -> Picture:
    orientation = orientation_of(frame)
    size = display_size(frame.width, frame.height, sample_aspect, orientation)
    if long_side is not None and max(size) > long_side:
        size = fitted_size(size, long_side)
    return Scaler(size, orientation, exact=True, peak=peak)(frame)


def _to_height(picture: Picture, height: int) -> Picture:
    if picture.shape[0] == height:
        return picture
    width = round(picture.shape[1] * height / picture.shape[0])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def _labelled(picture: Picture, label: str) -> Picture:
    image = Image.fromarray(picture)
    size = max(10, round(image.height * LABEL_SHARE))
    ImageDraw.Draw(image).text(
        (size * 0.6, size * 0.4),
        label,
        fill=(255, 255, 255),
        font=ImageFont.load_default(size=size),
        stroke_width=max(1, size // 12),
        stroke_fill=(0, 0, 0),
    )
    return np.asarray(image)
