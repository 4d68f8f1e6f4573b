"""The time code with which a camera's file begins: what editors look for when they find a list's pictures in it."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from clipzy.media.decoding.containers import open_media, video_stream

# frames a second of which time codes exist
TIME_CODES = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 60)
)

# OpenTimelineIO reads digits wherever it looks for them, and a number below nothing, which it then cannot write
_TIME_CODE = re.compile(r"[0-9]{2}(?:[:;.,][0-9]{2}){3}")


def start_timecode(path: Path) -> str | None:
    """Of the first frame, HH:MM:SS:FF, or HH:MM:SS;FF where frame numbers are dropped (SMPTE ST 12-1), as the file tells it; None where it has none.

    Raises UnsupportedFormat or InvalidVideo when the file cannot be opened.
    """
    with open_media(path) as container:
        tags = [
            video_stream(container).metadata,
            *(stream.metadata for stream in container.streams),
            container.metadata,
        ]
        # Matroska's names are in capitals
        return next((told for each in tags for key, told in each.items() if key.lower() == "timecode"), None)


def frames_until(starts: str | None, rate: Fraction) -> int | None:
    """The number of frames that a time code counts from midnight; None without one, and of one that does not go with that rate, frames a second."""
    if starts is None or rate not in TIME_CODES or not _TIME_CODE.fullmatch(starts):
        return None
    try:
        return int(otio.opentime.from_timecode(starts, float(rate)).value)
    except ValueError:  # as from a clock of more frames a second than the footage has
        return None


def seconds_until(starts: str | None, rate: Fraction) -> Fraction:
    """For how long that many frames are shown; 0 where no time code tells."""
    return (frames_until(starts, rate) or 0) / rate


def drops(starts: str) -> bool:
    """Whether frame numbers are left out, so that the time code keeps step with the clock."""
    return ";" in starts
