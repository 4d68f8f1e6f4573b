"""Puts right what the adapter of edit decision lists writes of slowed clips, as CMX 3600 has it.

It names the clip where the reel belongs, whose blanks part it in two, lets a clip that is slowed last longer in the source than in the output, and does
not say whether time codes leave numbers out. And at midnight it begins again at 0 as if they did, however they are written: so it is given the footage
as if that began at 0.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import partial

import opentimelineio as otio

_EVENT = re.compile(r"(\d{3,}\s.*\s)(\S{11}) (\S{11}) (\S{11}) (\S{11})")  # source in and out, record in and out
_DROPPED = re.compile(r"\b\d\d:\d\d:\d\d;\d\d\b")
_SPEED = re.compile(r"M2\s.*\s([\d.]+)\s+(\S{11})")  # frames of the source a second, and where in it they begin
REEL = "FOOTAGE"  # eight letters at most
DAY_S = 24 * 3600
# frames a second whose time codes leave numbers out, so as to keep step with the clock
DROPPING = frozenset({Fraction(30000, 1001), Fraction(60000, 1001)})


def corrected(text: str, rate: Fraction, *, is_dropping: bool, first: int) -> str:
    """The list with its frame code mode, `M2` events of the reel, as many frames of the source in theirs as are shown, and the source's own time codes.

    Args:
        text: as the adapter writes it of footage that begins at 0.
        rate: the list's, frames a second.
        is_dropping: whether time codes leave numbers out at rates where there are such.
        first: the number of the footage's first frame since midnight; at the next midnight time codes begin again at 0 (SMPTE ST 12-1).
    """
    is_dropping = is_dropping and rate in DROPPING
    lines = text.splitlines()
    if not is_dropping:
        undrop = partial(_undropped, rate=float(rate))
        lines = [_DROPPED.sub(undrop, line) if _tells_time(line) else line for line in lines]
    events: list[int] = []  # of the lines of all events: two where one has a dissolve
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
            # with colons at every rate: readers, the adapter's own among them, look for no others here, and the mode stands in the head
            lines[number] = f"M2   {REEL:<8} {frames:05.1f}                {begins.replace(';', ':')}"
            for each in here:
                lines[each] = _shortened(lines[each], begins, frames / float(rate), float(rate))
    if first:
        lines = [_moved(line, first, rate, is_dropping=is_dropping) for line in lines]
    mode = "DROP FRAME" if is_dropping else "NON-DROP FRAME"
    return "\n".join([lines[0], f"FCM: {mode}", *lines[1:], ""])


def _tells_time(line: str) -> bool:
    """Whether it is an event or its speed, and no name, in which anything may stand."""
    return bool(_EVENT.fullmatch(line) or _SPEED.fullmatch(line))


def _moved(line: str, first: int, rate: Fraction, *, is_dropping: bool) -> str:
    """The line with its time codes of the source so many frames later."""

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
    """The time code of a frame by its number since midnight, this one or the one before."""
    if is_dropping:
        return _time_code(otio.opentime.RationalTime(frames, float(rate)), is_dropping=True)
    numbered = round(rate)
    seconds, frame = divmod(frames % (DAY_S * numbered), numbered)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}"


def _undropped(found: re.Match[str], rate: float) -> str:
    return _time_code(otio.opentime.from_timecode(found[0], rate), is_dropping=False)


def _time_code(time: otio.opentime.RationalTime, *, is_dropping: bool) -> str:
    # None: as the rate has it
    return str(otio.opentime.to_timecode(time, time.rate, None if is_dropping else False))


def _field(line: str, number: int) -> str:
    event = _EVENT.fullmatch(line)
    assert event is not None
    return event[number]


def _shortened(line: str, begins: str, speed: float, rate: float) -> str:
    """That line of an event, where it begins there, with the frames that are shown of the source at that speed."""
    event = _EVENT.fullmatch(line)
    if event is None or event[2] != begins:
        return line
    start, first, last = (otio.opentime.from_timecode(event[field], rate) for field in (2, 4, 5))
    shown = otio.opentime.RationalTime(round((last - first).value * speed), rate)
    return f"{event[1]}{begins} {_time_code(start + shown, is_dropping=';' in begins)} {event[4]} {event[5]}"
