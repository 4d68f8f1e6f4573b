"""Brings a style's cut density to footage: long takes are divided by virtual cuts, on beats where there is music, else in its rhythm and where nobody speaks.

A virtual cut changes the framing and nothing else: no picture is left out, and the sound runs on as it was.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from clipzy.style.cut_points import Speech
from clipzy.style.extract import changes_in, changes_of
from clipzy.style.measurements import Beat, Boundary, VideoAnalysis
from clipzy.style.phrasing import REACH, SHORTEST, Phrasing, is_silent, phrased
from clipzy.style.pulse import half_beats, is_in_pulse
from clipzy.style.time import Span, on_clock, sharing

CLEAR_OF_TRANSITION = Fraction(3, 10)  # seconds of a plain picture on either side of a dissolve or a wipe
# Share of the distance between two cuts within which a downbeat draws one in place of a beat; from as far as any beat if the template is cut on bars
DOWNBEAT_REACH = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Take:
    """What lies between two cuts. `virtual`: it begins with a cut that the footage does not have.

    `jumps`: of the shot that the take before is of, from which something is left out between them.
    """

    span: Span
    virtual: bool
    reason: str
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class _Music:
    """The beats that draw cuts; downbeats from `reach`, a share of the distance between two cuts.

    `halves`: the instants half way between two beats, and `is_kept`: where beats run no cut lies elsewhere; for a template that is cut on beats.
    """

    beats: Sequence[Beat]
    reach: Fraction
    halves: Sequence[Fraction]
    is_kept: bool

    def binds(self, time: Fraction) -> bool:
        """Whether a cut at this instant must lie on a beat or half way between two."""
        return self.is_kept and is_in_pulse(time, self.beats)


def takes_between(boundaries: Sequence[Boundary], duration: Fraction) -> tuple[Take, ...]:
    """The footage as it is cut; gradual transitions stay inside of a take, for no cut can be made in them."""
    cuts = sorted({edge.start for edge in boundaries if edge.start == edge.end and 0 < edge.start < duration})
    edges = [Fraction(0), *cuts, duration]
    return tuple(
        Take(Span(start, end), virtual=False, reason="the footage's own cut" if start else "the footage's beginning")
        for start, end in pairwise(edges)
    )


def paced(
    takes: Sequence[Take],
    video: VideoAnalysis,
    beats: Sequence[Beat],
    cut_frequency: float,
    phrasing: Phrasing,
    *,
    whose: str = "template",
) -> tuple[tuple[Take, ...], str]:
    """Divide the footage's takes until there are as many changes of shot as the style would have in that time.

    The longest pieces are divided first, each take evenly, each cut then drawn to a beat nearby, a downbeat from less far, or from as far if the template is
    cut on bars. If it is cut on beats, cuts that find none lie half way between two or are left out. Without beats a take is divided in the proportions of the template's shots, and a cut that falls on a word is drawn to a pause or the end of a
    phrase nearby. What the footage has of cuts stays; what is black before its first shot and after its last one is not divided.

    Args:
        takes: of the footage, end to end.
        video: the footage, whose gradual transitions count as changes too.
        beats: of the sound that will be heard, in order; none without music.
        cut_frequency: of the style, changes a minute.
        phrasing: whether downbeats draw from afar, and all where there are no beats.
        whose: the cut density is, "template" or "style", in words.

    Returns:
        The takes, and a sentence on what was done.
    """
    duration = takes[-1].span.end
    wanted = changes_in(float(duration), cut_frequency)
    changes = changes_of(video)
    missing = wanted - changes
    have = f"the {whose}'s {cut_frequency:.3g} cuts per minute are {wanted} over this length"
    if missing <= 0:
        return tuple(takes), f"cuts kept: {have}, and the footage has {changes}"
    gradual = [edge for edge in video.boundaries if edge.start < edge.end]
    rooms = [room for take in takes for room in sharing(_rooms(take.span, gradual), video.pictured)]
    shared = _shared_out(rooms, missing)
    music = _music(beats, phrasing)
    if beats:
        times = [time for room, count in shared for time in _cuts(room, count, music)]
        between = sum(_is_among(time, music.halves) for time in times)
        hit = f"{sum(_beat_at(time, beats) is not None for time in times)} on beats{f', {between} half way between two' if between else ''}"
    else:
        times = list(phrased(shared, phrasing))
        hit = _told_silent(times, phrasing)
    why = {time: _why(time, music, phrasing.speech, whose) for time in times}
    divided = tuple(part for take in takes for part in _divided(take, times, why))
    told = f"{_counted(len(times))}, {hit}: {have}, and the footage has {changes}"
    return divided, told if len(times) == missing else f"{told}; there is no room for more"


def paced_within(
    moments: Sequence[Take],
    beats: Sequence[Beat],
    cut_frequency: float,
    phrasing: Phrasing,
    *,
    on_output: bool,
    whose: str = "template",
) -> tuple[tuple[Take, ...], str]:
    """Divide moments as `paced` does the footage, until with the cuts between them there are as many as the style would have in that time.

    Args:
        moments: in the footage's order, of one shot each.
        beats: of the sound that will be heard, in order; none without music.
        cut_frequency: of the style, changes a minute.
        phrasing: where there are no beats.
        on_output: the beats are on the output's clock, not on the footage's.
        whose: the cut density is, "template" or "style", in words.

    Returns:
        The takes, and words on the virtual cuts; none where none is made.
    """
    lasts = sum((moment.span.duration for moment in moments), Fraction(0))
    missing = changes_in(float(lasts), cut_frequency) - (len(moments) - 1)
    shared = _shared_out([moment.span for moment in moments], max(0, missing))
    why: dict[Fraction, str] = {}
    begins, hits, halves = Fraction(0), 0, 0
    heard = _music(beats, phrasing)
    for room, count in shared if beats else ():
        later = room.start - begins if on_output else Fraction(0)
        for time in _cuts(Span(room.start - later, room.end - later), count, heard):
            why[time + later] = _why(time, heard, None, whose)
            hits += _beat_at(time, beats) is not None
            halves += _is_among(time, heard.halves)
        begins += room.duration
    for time in () if beats else phrased(shared, phrasing):
        why[time] = _why(time, heard, phrasing.speech, whose)
    times = sorted(why)
    on_beats = f"{hits} on beats{f', {halves} half way between two' if halves else ''}"
    told = f"{_counted(len(times))} within them, {on_beats if beats else _told_silent(times, phrasing)}"
    return tuple(part for moment in moments for part in _divided(moment, times, why)), told if times else ""


def _music(beats: Sequence[Beat], phrasing: Phrasing) -> _Music:
    halves = half_beats(beats) if phrasing.on_beats else ()
    return _Music(beats, REACH if phrasing.on_bars else DOWNBEAT_REACH, halves, phrasing.on_beats)


def _counted(cuts: int) -> str:
    return "1 virtual cut" if cuts == 1 else f"{cuts} virtual cuts"


def _told_silent(times: Sequence[Fraction], phrasing: Phrasing) -> str:
    if not phrasing.speech:
        return "without beats to lie on"
    return f"{sum(is_silent(time, phrasing.speech) for time in times)} where nobody speaks"


def _rooms(take: Span, gradual: Sequence[Boundary]) -> list[Span]:
    """The stretches of a take that may be cut: it without the gradual transitions in it and a little around them."""
    edges = [take.start]
    for edge in sharing(gradual, take):
        edges += [edge.start - CLEAR_OF_TRANSITION, edge.end + CLEAR_OF_TRANSITION]
    edges.append(take.end)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start, end) for start, end in pairs if end - start >= 2 * SHORTEST]


def _shared_out(rooms: Sequence[Span], cuts: int) -> list[tuple[Span, int]]:
    """How many cuts each stretch gets: each goes where pieces are longest, until they would become too short."""
    counts = [0] * len(rooms)
    waiting = [(-room.duration, at) for at, room in enumerate(rooms)]
    heapq.heapify(waiting)
    while cuts and waiting:
        _, at = heapq.heappop(waiting)
        if rooms[at].duration / (counts[at] + 2) < SHORTEST:
            continue
        counts[at] += 1
        cuts -= 1
        heapq.heappush(waiting, (-rooms[at].duration / (counts[at] + 1), at))
    return list(zip(rooms, counts, strict=True))


def _cuts(room: Span, count: int, music: _Music) -> list[Fraction]:
    """At most `count` cuts in a stretch, spread evenly and each drawn to a beat, on a plan's clock.

    A cut that would be too near to the one before goes to a free beat, else half way between two, else to where there is room; without any it is left out.
    """
    spacing = room.duration / (count + 1)
    times: list[Fraction] = []
    earliest = room.start + SHORTEST
    for number in range(1, count + 1):
        time = _drawn(room.start + number * spacing, spacing, music, Span(earliest, room.end))
        if time is not None and earliest <= time <= room.end - SHORTEST:
            times.append(on_clock(time))
            earliest = time + SHORTEST
    return sorted([*times, *_between([room.start, *times, room.end], count - len(times), music)])


def _between(edges: Sequence[Fraction], count: int, music: _Music) -> list[Fraction]:
    """At most `count` more cuts between those at `edges`, the longest pieces first: on beats, then half way between two, then off the beat."""
    if not count:
        return []
    pieces = [(start - end, start, end) for start, end in pairwise(edges)]
    times: list[Fraction] = []
    inside = _near(music.beats, (edges[0] + edges[-1]) / 2, (edges[-1] - edges[0]) / 2)
    for marks in ([on_clock(beat.time_s) for beat in inside], music.halves, None):
        waiting, pieces = pieces, []
        heapq.heapify(waiting)
        while waiting and len(times) < count:
            _, start, end = heapq.heappop(waiting)
            middle, reach = (start + end) / 2, (end - start) / 2 - SHORTEST
            if marks is None:
                near: Sequence[Fraction] = () if music.binds(middle) else (on_clock(middle),)
            else:
                near = _within(marks, middle, reach)
            if reach < 0 or not near:
                pieces.append((start - end, start, end))
                continue
            time = min(near, key=lambda at: abs(at - middle))
            times.append(time)
            for part in ((start - time, start, time), (time - end, time, end)):
                heapq.heappush(waiting, part)
    return times


def _drawn(time: Fraction, spacing: Fraction, music: _Music, within: Span) -> Fraction | None:
    """Where a cut goes that is meant for an instant; None where it would have to lie on a beat and none is free."""
    near = _near(music.beats, time, REACH * spacing)
    fits = [beat for beat in near if within.start <= Fraction(beat.time_s) <= within.end - SHORTEST]
    down = [beat for beat in fits if beat.downbeat and abs(Fraction(beat.time_s) - time) <= music.reach * spacing]
    if fits:
        nearest = min(down or fits, key=lambda beat: abs(Fraction(beat.time_s) - time))
        return on_clock(nearest.time_s)
    if not music.binds(time):
        return time
    # where a beat is near but taken, one farther away may be free
    halves = () if near else _within(music.halves, time, REACH * spacing)
    return min(halves, key=lambda at: abs(at - time), default=None)


def _within(marks: Sequence[Fraction], time: Fraction, reach: Fraction) -> Sequence[Fraction]:
    return marks[bisect_left(marks, time - reach) : bisect_right(marks, time + reach)]


def _near(beats: Sequence[Beat], time: Fraction, reach: Fraction) -> Sequence[Beat]:
    first = bisect_left(beats, float(time - reach), key=lambda beat: beat.time_s)
    return beats[first : bisect_right(beats, float(time + reach), key=lambda beat: beat.time_s)]


def _divided(take: Take, times: Sequence[Fraction], why: Mapping[Fraction, str]) -> list[Take]:
    inside = times[bisect_right(times, take.span.start) : bisect_left(times, take.span.end)]
    edges = [take.span.start, *inside, take.span.end]
    parts = [Take(Span(start, end), virtual=True, reason=why[start]) for start, end in pairwise(edges[1:])]
    return [replace(take, span=Span(edges[0], edges[1])), *parts]


def _why(time: Fraction, music: _Music, speech: Speech | None, whose: str) -> str:
    beats = music.beats
    number = _beat_at(time, beats)
    if number is None and _is_among(time, music.halves):
        later = bisect_left(beats, float(time), key=lambda beat: beat.time_s)
        return f"virtual cut half way between beats {later} and {later + 1}"
    if number is None:
        silent = not beats and is_silent(time, speech)
        return f"virtual cut to match the {whose}'s pace{', where nobody speaks' if silent else ''}"
    return f"virtual cut on {'downbeat' if beats[number].downbeat else 'beat'} {number + 1}"


def _is_among(time: Fraction, marks: Sequence[Fraction]) -> bool:
    at = bisect_left(marks, time)
    return at < len(marks) and marks[at] == time


def _beat_at(time: Fraction, beats: Sequence[Beat]) -> int | None:
    at = bisect_left(beats, float(time) - 1e-4, key=lambda beat: beat.time_s)
    return at if at < len(beats) and abs(beats[at].time_s - float(time)) < 1e-4 else None
