"""The start time code of a camera's file, by which editing programs find a list's pictures in it."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from clipzy.media.decoding.containers import open_media, video_stream

# frames a second that have time codes
TIME_CODES = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 60)
)

# OpenTimelineIO parses almost anything, even to negative numbers, which it cannot write
_TIME_CODE = re.compile(r"[0-9]{2}(?:[:;.,][0-9]{2}){3}")


def start_timecode(path: Path) -> str | None:
    """Of the first frame, HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame (SMPTE ST 12-1), as the file gives it; None without one.

    Raises UnsupportedFormat or InvalidVideo when the file cannot be opened.
    """
    with open_media(path) as container:
        tags = [
            video_stream(container).metadata,
            *(stream.metadata for stream in container.streams),
            container.metadata,
        ]
        # Matroska writes names in capitals
        return next((told for each in tags for key, told in each.items() if key.lower() == "timecode"), None)


def frames_until(starts: str | None, rate: Fraction) -> int | None:
    """The number of frames from midnight to a time code; None without one, or if it does not fit the rate, frames a second."""
    if starts is None or rate not in TIME_CODES or not _TIME_CODE.fullmatch(starts):
        return None
    try:
        return int(otio.opentime.from_timecode(starts, float(rate)).value)
    except ValueError:  # the time code has more frames a second than the footage
        return None


def seconds_until(starts: str | None, rate: Fraction) -> Fraction:
    """The duration of those frames in seconds; 0 without a time code."""
    return (frames_until(starts, rate) or 0) / rate


def drops(starts: str) -> bool:
    """Whether it is a drop-frame time code."""
    return ";" in starts
