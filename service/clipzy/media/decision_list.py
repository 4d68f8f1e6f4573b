"""Puts right what the adapter of edit decision lists writes of slowed clips, as CMX 3600 has it.

It names the clip where the reel belongs, whose blanks part it in two, lets a clip that is slowed last longer in the source than in the output, and does
not say whether time codes leave numbers out.
"""

from __future__ import annotations

import re
from fractions import Fraction

import opentimelineio as otio

_EVENT = re.compile(r"(\d{3,}\s.*\s)(\S{11}) (\S{11}) (\S{11}) (\S{11})")  # source in and out, record in and out
_SPEED = re.compile(r"M2\s.*\s([\d.]+)\s+(\S{11})")  # frames of the source a second, and where in it they begin
# frames a second whose time codes leave numbers out, so as to keep step with the clock
DROPPING = frozenset({Fraction(30000, 1001), Fraction(60000, 1001)})


def corrected(text: str, rate: Fraction, reel: str) -> str:
    """The list with its frame code mode, `M2` events of that reel, and as many frames of the source in theirs as are shown; `rate`: the list's, frames a second."""
    lines = text.splitlines()
    events: list[int] = []  # of the lines of the last event: two where it has a dissolve
    for number, line in enumerate(lines):
        speed = _SPEED.fullmatch(line)
        if _EVENT.fullmatch(line):
            events = [*events, number] if events and events[-1] == number - 1 else [number]
        elif speed is not None:
            frames, begins = float(speed[1]), speed[2]
            # with colons at every rate: readers, the adapter's own among them, look for no others here, and the mode stands in the head
            lines[number] = f"M2   {reel:<8} {frames:05.1f}                {begins.replace(';', ':')}"
            for each in events:
                lines[each] = _shortened(lines[each], begins, frames / float(rate), float(rate))
    mode = "DROP FRAME" if rate in DROPPING else "NON-DROP FRAME"
    return "\n".join([lines[0], f"FCM: {mode}", *lines[1:], ""])


def _shortened(line: str, begins: str, speed: float, rate: float) -> str:
    """That line of an event, where it begins there, with the frames that are shown of the source at that speed."""
    event = _EVENT.fullmatch(line)
    if event is None or event[2] != begins:
        return line
    start, first, last = (otio.opentime.from_timecode(event[field], rate) for field in (2, 4, 5))
    shown = otio.opentime.RationalTime(round((last - first).value * speed), rate)
    return f"{event[1]}{begins} {otio.opentime.to_timecode(start + shown, rate)} {event[4]} {event[5]}"
