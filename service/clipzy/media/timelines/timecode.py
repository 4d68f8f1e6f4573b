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

# 29.97 may stand in a file as 2997/100 and 23.976 as 2398/100; a file of 30 is a thousandth off
_SAME_RATE = Fraction(1, 4000)
_NTSC = Fraction(1, 1000)  # 119.88 frames a second are counted to 120
_MOST_OF_TWO_DIGITS = 100
# OpenTimelineIO parses almost anything, even to negative numbers, which it cannot write
_TIME_CODE = re.compile(r"([0-9]{2})[:;.,]([0-9]{2})[:;.,]([0-9]{2})([:;.,])([0-9]{2,3})")


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


def counted_rate(rate: Fraction) -> Fraction:
    """The rate of film or television that a file's rate stands for; others as they are."""
    nearest = min(TIME_CODES, key=lambda each: abs(each - rate))
    return nearest if abs(rate / nearest - 1) <= _SAME_RATE else rate


def frames_until(starts: str | None, rate: Fraction) -> int | None:
    """The number of frames from midnight to a time code; None without one, or if it does not fit the rate, frames a second.

    At more than 60 frames a second, as of cameras for slow motion, each frame has a number of its own, as FFmpeg writes them.
    """
    rate = counted_rate(rate)
    if starts is None or (found := _TIME_CODE.fullmatch(starts)) is None:
        return None
    if rate not in TIME_CODES:
        return _frames_of(found, rate)
    if len(found[5]) > 2:
        return None
    try:
        return int(otio.opentime.from_timecode(starts, float(rate)).value)
    except ValueError:  # the time code has more frames a second than the footage
        return None


def _frames_of(found: re.Match[str], rate: Fraction) -> int | None:
    """The same by counting, for rates of which OpenTimelineIO knows none and that drop no numbers."""
    whole = round(rate)
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    fits = frames < whole and minutes < 60 and seconds < 60 and found[4] != ";"
    if not fits or abs(rate / whole - 1) > _NTSC or (len(found[5]) > 2) != (whole > _MOST_OF_TWO_DIGITS):
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * whole + frames


def seconds_until(starts: str | None, rate: Fraction) -> Fraction:
    """The duration of those frames in seconds; 0 without a time code."""
    return (frames_until(starts, rate) or 0) / counted_rate(rate)


def not_counted(starts: str | None, rate: Fraction) -> str | None:
    """A sentence for the user on a time code that does not fit the file's frames a second; None where it does, or there is none."""
    if starts is None or frames_until(starts, rate) is not None:
        return None
    return f"the footage's time code, {starts[:16]}, does not fit its {float(rate):.5g} frames a second: timelines count its pictures from 0"


def drops(starts: str) -> bool:
    """Whether it is a drop-frame time code."""
    return ";" in starts
