"""Corrects what OpenTimelineIO's adapter of edit decision lists gets wrong in CMX 3600.

It writes the clip's name in place of the reel, which blanks in it break; lets a slowed clip last longer in the source than in the output; does not say whether
time codes are drop-frame; and wraps at midnight as if they were. So it is given footage that begins at 0, and the real time codes are put in here.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial

import opentimelineio as otio

_EVENT = re.compile(r"(\d{3,}\s.*\s)(\S{11}) (\S{11}) (\S{11}) (\S{11})")  # source in and out, record in and out
_DROPPED = re.compile(r"\b\d\d:\d\d:\d\d;\d\d\b")
_SPEED = re.compile(r"M2\s.*\s([\d.]+)\s+(\S{11})")  # source frames a second, and the source in
REEL = "FOOTAGE"  # eight letters at most
DAY_S = 24 * 3600
# frames a second at which drop-frame time codes exist
DROPPING = frozenset({Fraction(30000, 1001), Fraction(60000, 1001)})


def corrected(text: str, rate: Fraction, *, is_dropping: bool, first: int) -> str:
    """The list with its frame code mode, `M2` lines with the reel, as many source frames as are shown, and the source's own time codes.

    Args:
        text: from the adapter, for footage that begins at 0.
        rate: of the list, frames a second.
        is_dropping: use drop-frame time codes, at rates where they exist.
        first: number of the footage's first frame since midnight, where time codes begin again at 0 (SMPTE ST 12-1).
    """
    is_dropping = is_dropping and rate in DROPPING
    lines = text.splitlines()
    if not is_dropping:
        undrop = partial(_undropped, rate=float(rate))
        lines = [_DROPPED.sub(undrop, line) if _tells_time(line) else line for line in lines]
    events: list[int] = []  # line numbers of all events; a dissolve has two
    for number, line in enumerate(lines):
        speed = _SPEED.fullmatch(line)
        if _EVENT.fullmatch(line):
            events.append(number)
        elif speed is not None:
            frames, begins = float(speed[1]), speed[2]
            here = events[-2:] if events[-2:] == [events[-1] - 1, events[-1]] else events[-1:]
            if (
                len(here) > 1 and number == events[-1] + 1
            ):  # of the outgoing pictures, which go on where the event before has left them
                begins = _field(lines[events[-3]], 3)
                lines[here[0]] = _EVENT.sub(rf"\g<1>{begins} {begins} \g<4> \g<5>", lines[here[0]])
            # with colons at every rate: readers, the adapter's own among them, expect no semicolons here, and the head gives the mode
            lines[number] = f"M2   {REEL:<8} {frames:05.1f}                {begins.replace(';', ':')}"
            for each in here:
                lines[each] = _shortened(lines[each], begins, frames / float(rate), float(rate))
    if first:
        lines = [_moved(line, first, rate, is_dropping=is_dropping) for line in lines]
    mode = "DROP FRAME" if is_dropping else "NON-DROP FRAME"
    return "\n".join([lines[0], f"FCM: {mode}", *lines[1:], ""])


def _tells_time(line: str) -> bool:
    """Whether a line is an event or its speed, rather than a name, which may contain anything."""
    return bool(_EVENT.fullmatch(line) or _SPEED.fullmatch(line))


def _moved(line: str, first: int, rate: Fraction, *, is_dropping: bool) -> str:
    """The line with its source time codes moved by `first` frames."""

    def later(label: str) -> str:
        dropped = label.replace(":", ";") if is_dropping else label
        frames = otio.opentime.from_timecode(dropped, float(rate)).value
        return _label(int(frames) + first, rate, is_dropping=is_dropping)

    if event := _EVENT.fullmatch(line):
        return f"{event[1]}{later(event[2])} {later(event[3])} {event[4]} {event[5]}"
    if speed := _SPEED.fullmatch(line):
        return line.removesuffix(speed[2]) + later(speed[2]).replace(";", ":")
    return line


def _label(frames: int, rate: Fraction, *, is_dropping: bool) -> str:
    """The time code of a frame by its number since midnight, modulo a day."""
    if is_dropping:
        return _time_code(otio.opentime.RationalTime(frames, float(rate)), is_dropping=True)
    numbered = round(rate)
    seconds, frame = divmod(frames % (DAY_S * numbered), numbered)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}"


def _undropped(found: re.Match[str], rate: float) -> str:
    return _time_code(otio.opentime.from_timecode(found[0], rate), is_dropping=False)


def _time_code(time: otio.opentime.RationalTime, *, is_dropping: bool) -> str:
    # None: drop-frame if the rate has it
    return str(otio.opentime.to_timecode(time, time.rate, None if is_dropping else False))


def _field(line: str, number: int) -> str:
    event = _EVENT.fullmatch(line)
    assert event is not None
    return event[number]


def _shortened(line: str, begins: str, speed: float, rate: float) -> str:
    """An event's line, if its source in is `begins`, with as many source frames as are shown at that speed."""
    event = _EVENT.fullmatch(line)
    if event is None or event[2] != begins:
        return line
    start, first, last = (otio.opentime.from_timecode(event[field], rate) for field in (2, 4, 5))
    shown = otio.opentime.RationalTime(round((last - first).value * speed), rate)
    return f"{event[1]}{begins} {_time_code(start + shown, is_dropping=';' in begins)} {event[4]} {event[5]}"
