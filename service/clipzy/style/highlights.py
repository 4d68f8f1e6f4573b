"""Chooses the best moments of footage: together as long as asked for, cut as often as the template.

Moments stay in the footage's order: what follows from something comes after it, speech keeps its sense, and music moves on. Every
moment lies in one shot and begins and ends where no word is cut, on a beat where there is music. The best is taken first; what
overlaps it or looks like it is then out, and what else its shot has to offer counts less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.style.cut_points import Speech, cut_points
from clipzy.style.dna import StyleDNA, TransitionType
from clipzy.style.extract import changes_in, cuts_per_minute
from clipzy.style.interest import STEP_S, Interest, Summed, interest_of
from clipzy.style.lasting import ALL_OF_IT, no_more, time_wanted, told_seconds
from clipzy.style.measurements import Beat, Measurements
from clipzy.style.moments import APART, Choices, Moment, Seen, Wanted, lengthened, reason_of, wanted_for
from clipzy.style.pacing import Take, paced, paced_within, takes_between
from clipzy.style.phrasing import SHORTEST, Phrasing
from clipzy.style.ringing_out import rung_out
from clipzy.style.time import FLICKS, Span, down_to_clock, up_to_clock
from clipzy.style.to_beats import Placed, on_beats
from clipzy.style.transitions import PLAIN_CUT

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FINEST, COARSEST = Fraction(1, 4), Fraction(2)  # seconds between points where neither beats nor words decide
MOST_ENDS = 12  # that are tried for one beginning
ANOTHER_OF_ITS_SHOT = 0.75  # times what each further moment of a shot is worth
ALIKE = 0.2  # share of a moment that shows views seen before: from here on it counts as a repetition
# added to a moment's worth of 0..1
DOWNBEAT, BEAT, PHRASE, MID_SPEECH = 0.06, 0.04, 0.08, -0.06
OTHER_LENGTH = 0.12  # taken off for each doubling or halving of the length that the template's cuts have
SHORT_OF = 0.9  # of the time wanted: less is explained
INEXACT_S = 0.5 / FLICKS  # which floats of instants on a plan's clock may be off
INNER_EDGE = 2  # frames from the cuts of the footage: a detector may be one off, and a foreign frame is seen
LEAST_EDGE = 1  # where two would leave too little of a shot


@dataclass(frozen=True, slots=True)
class Heard:
    """The beats of the sound that will be heard, in order, none without music.

    `on_output`: on the output's clock, of a sound that runs on beneath all cuts; else on the footage's, of its own sound. `footage`: its sound is heard,
    with another or alone.
    """

    beats: Sequence[Beat]
    on_output: bool = False
    footage: bool = True


def best_takes(
    style: StyleDNA | None,
    footage: Measurements,
    heard: Heard,
    target_s: float | None,
    *,
    transitions: bool,
    phrasing: Phrasing,
    whose: str = "template",
) -> tuple[tuple[Take, ...], str]:
    """The best moments of the footage at the style's cut density, or at the footage's own without one.

    Args:
        style: of the template; None for the footage's own.
        heard: the beats to cut on.
        footage: measured. All of it is kept where it is no longer than is wanted.
        target_s: seconds wanted; None: as long as the template, 60 s at most, and 30 s without one.
        transitions: leave room for the template's.
        phrasing: of virtual cuts, where all of the footage is kept and there are no beats.
        whose: the cut density is, "template" or "style", in words.

    Returns:
        The takes in order, and a sentence on what was done.
    """
    video, total = footage.video, time_wanted(style, target_s)
    lasts = video.facts.duration
    if lasts <= total:
        takes = takes_between(video.boundaries, lasts)
        told = f"{ALL_OF_IT}it lasts {told_seconds(lasts)} s, and the target is {told_seconds(total)} s"
        if style is None:
            return takes, told
        takes, how = paced(takes, video, heard.beats, style.cut_frequency, phrasing, whose=whose)
        return takes, f"{told}; {how}"
    crossing = style.primary_transition if style is not None and transitions else PLAIN_CUT
    shows_both = crossing.type not in {TransitionType.CUT, TransitionType.FADE}
    handle = Fraction(crossing.duration_ms, 2000) if shows_both else Fraction(0)
    if style is None:
        return highlights(footage, heard, cuts_per_minute(video), total, handle)
    moments, told = highlights(footage, heard, style.cut_frequency, total, handle)
    if told.startswith(ALL_OF_IT):
        return moments, told
    takes, within = paced_within(
        moments, heard.beats, style.cut_frequency, phrasing, on_output=heard.on_output, whose=whose
    )
    return takes, f"{told}; {within}" if within else told


def highlights(
    footage: Measurements, heard: Heard, cut_frequency: float, total: Fraction, handle: Fraction
) -> tuple[tuple[Take, ...], str]:
    """Choose the best moments of footage that is longer than the output is to be.

    Args:
        footage: measured.
        heard: the beats to cut on.
        cut_frequency: of the template, changes a minute.
        total: seconds; never exceeded, and missed by no more than whole words and beats ask for, unless there is no more to choose from.
        handle: seconds that a moment should have of its shot on either side, for the template's transitions.

    Returns:
        The takes in the footage's order, and a sentence on what was done.
    """
    wanted = wanted_for(total, cut_frequency, handle)
    interest, speech = interest_of(footage), Speech(footage.audio, is_heard=heard.footage)
    moments = _best(footage, heard, speech, interest, wanted)
    if not moments:
        takes = takes_between(footage.video.boundaries, footage.video.facts.duration)
        return takes, f"{ALL_OF_IT}{_nothing_to_choose(footage, speech, wanted)}"
    if heard.on_output:
        return _on_output(on_beats(moments, heard.beats, speech, total), heard, interest, wanted, cut_frequency)
    if moments[-1].end < footage.video.facts.duration - INNER_EDGE / footage.video.facts.frame_rate:
        moments = rung_out(moments, wanted, interest)
    takes = tuple(
        Take(moment.span, virtual=False, reason=reason_of(moment, interest), jumps=jumps)
        for moment, jumps in zip(moments, _jumps(moments), strict=True)
    )
    joints = [(before.last, after.first) for before, after in pairwise(moments)]
    from_beats = sum(before.beat is not None and after.beat is not None for before, after in joints)
    return takes, _told(takes, f"{from_beats} from beat to beat", cut_frequency, total, is_heard=heard.footage)


def _best(footage: Measurements, heard: Heard, speech: Speech, interest: Interest, wanted: Wanted) -> list[Moment]:
    """The best moments in the footage's order; what they leave is filled with shorter ones, where too few of the footage's shots last so long."""
    best: list[Moment] = []
    shortest: Wanted | None = wanted
    while shortest is not None and _length(best) < SHORT_OF * wanted.total:
        known = {moment.choices.shot: moment.choices for moment in best}
        shots = _shots(footage, speech, () if heard.on_output else heard.beats, shortest)
        shots = [known.get(shot.shot, shot) for shot in shots]
        chosen = _chosen(_candidates(shots, interest, shortest, is_heard=heard.footage), interest, shortest, best)
        best = lengthened(sorted(chosen, key=lambda moment: moment.start), shortest, interest)
        shortest = shortest.shorter
    return best


def _length(moments: Sequence[Moment]) -> Fraction:
    return sum((moment.length for moment in moments), Fraction(0))


def _nothing_to_choose(footage: Measurements, speech: Speech, wanted: Wanted) -> str:
    if not _shots(footage, speech, (), replace(wanted, enough=SHORTEST)):
        return "none of its shots is long enough"
    return "no part of it is long enough and free of cut words"


def _on_output(
    placed: Sequence[Placed], heard: Heard, interest: Interest, wanted: Wanted, cut_frequency: float
) -> tuple[tuple[Take, ...], str]:
    """Takes whose joints lie on the beats of the output's own sound, where they could."""
    takes = []
    for each, jumps in zip(placed, _jumps([each.moment for each in placed]), strict=True):
        reason = reason_of(each.moment, interest, is_heard=heard.footage)
        if each.beat is not None:
            kind = "downbeat" if heard.beats[each.beat - 1].downbeat else "beat"
            reason += f"; starts on {kind} {each.beat} of the template's sound"
        takes.append(Take(each.span, virtual=False, reason=reason, jumps=jumps))
    hit = sum(each.beat is not None for each in placed)
    return tuple(takes), _told(
        takes, f"{hit} on beats of the template's sound", cut_frequency, wanted.total, is_heard=heard.footage
    )


def _jumps(moments: Sequence[Moment]) -> list[bool]:
    """Of each moment, whether it is of the shot that is seen before it."""
    return [False, *(old.choices.shot == new.choices.shot for old, new in pairwise(moments))]


def _shots(footage: Measurements, speech: Speech, beats: Sequence[Beat], wanted: Wanted) -> list[Choices]:
    """Where each shot may be cut, its handles left out where it is long enough for them; on a plan's clock."""
    rate = footage.video.facts.frame_rate
    spacing = down_to_clock(min(max(wanted.usual / 8, FINEST), COARSEST))
    found = []
    for number, shot in enumerate(footage.video.shots):
        edge = min(INNER_EDGE / rate, max(LEAST_EDGE / rate, (shot.duration - SHORTEST) / 2))
        start = shot.start + (edge if shot.start > 0 else 0)
        end = shot.end - (edge if shot.end < footage.video.facts.duration else 0)
        if end - start >= wanted.least + 2 * wanted.handle:
            start, end = start + wanted.handle, end - wanted.handle
        if end - start >= wanted.least:
            inside = Span(up_to_clock(start), down_to_clock(end))
            found.append(Choices(number, tuple(cut_points(inside, speech, beats, spacing))))
    return found


@dataclass(frozen=True, slots=True)
class _Candidates:
    """All stretches between two points of one shot, (N,) each: the shot's place among `shots`, the points' in it, and the worth."""

    shots: Sequence[Choices]
    shot: Indices
    first: Indices
    last: Indices
    start: Floats  # seconds
    end: Floats
    worth: Floats

    def where(self, mask: NDArray[np.bool_]) -> _Candidates:
        """Those of a mask."""
        kept = (getattr(self, name)[mask] for name in self.__slots__[1:])
        return _Candidates(self.shots, *kept)


def _candidates(shots: Sequence[Choices], interest: Interest, wanted: Wanted, *, is_heard: bool) -> _Candidates:
    worth, spoken = (Summed(values) for values in (interest.worth, interest.speech))
    none = np.zeros(0)
    parts = [[none.astype(np.int64)] * 3 + [none] * 3]
    for number, shot in enumerate(shots):
        times = np.array([float(point.time) for point in shot.points])
        first, last = _pairs(times, wanted)
        length = times[last] - times[first]
        edges = np.array([DOWNBEAT if point.downbeat else BEAT if point.beat else 0.0 for point in shot.points])
        phrases = np.array([MID_SPEECH if point.within_speech else PHRASE for point in shot.points]) / 2
        speaks = spoken.between(times[first], times[last]) > 0
        value = worth.between(times[first], times[last]) / length + edges[first] + edges[last]
        if is_heard:
            value += speaks * (phrases[first] + phrases[last])
        value -= OTHER_LENGTH * np.abs(np.log2(length / float(wanted.usual)))
        parts.append([np.full(len(first), number), first, last, times[first], times[last], value])
    return _Candidates(shots, *(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _pairs(times: Floats, wanted: Wanted) -> tuple[Indices, Indices]:
    """First and last point of each stretch that is neither too short nor too long, those nearest to the usual length.

    Where there is none, as in speech without a pause, the next longer one.
    """
    exact = 1e-6
    shortest = np.searchsorted(times, times + float(wanted.least) - exact)
    longest = np.searchsorted(times, times + float(wanted.most) + exact)
    usual = np.searchsorted(times, times + float(wanted.usual) - exact)
    begins = np.clip(usual - MOST_ENDS // 2, shortest, np.maximum(shortest, longest - MOST_ENDS))
    ends = np.minimum(begins + MOST_ENDS, np.maximum(longest, shortest + 1))
    ends = np.minimum(ends, len(times))
    begins = np.minimum(begins, ends)
    counts = ends - begins
    first = np.repeat(np.arange(len(times)), counts)
    last = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begins, counts)
    fits = times[last] - times[first] <= float(wanted.total) + INEXACT_S
    return first[fits], last[fits]


def _chosen(candidates: _Candidates, interest: Interest, wanted: Wanted, before: Sequence[Moment] = ()) -> list[Moment]:
    """Those chosen before, and the best candidate, then the best that is left, until the time is filled."""
    chosen = list(before)
    left = wanted.total - _length(before)
    of_shot: dict[int, int] = {}
    seen = Seen(interest)
    for number, choices in enumerate(candidates.shots):
        for moment in (each for each in before if each.choices is choices):
            of_shot[number] = of_shot.get(number, 0) + 1
            seen.add(moment)
            candidates = _apart_from(candidates, number, moment)
    while len(candidates.worth):
        candidates = candidates.where(candidates.end - candidates.start <= float(left) + INEXACT_S)
        candidates = candidates.where(~_alike(candidates, seen))
        if not len(candidates.worth):
            break
        often = np.array([ANOTHER_OF_ITS_SHOT ** of_shot.get(number, 0) for number in range(len(candidates.shots))])
        best = int(np.argmax(candidates.worth * often[candidates.shot]))
        at = int(candidates.shot[best])
        moment = Moment(
            candidates.shots[at], int(candidates.first[best]), int(candidates.last[best]), of_shot.get(at, 0)
        )
        chosen.append(moment)
        of_shot[at] = of_shot.get(at, 0) + 1
        left -= moment.length
        seen.add(moment)
        candidates = _apart_from(candidates, at, moment)
    return chosen


def _apart_from(candidates: _Candidates, number: int, moment: Moment) -> _Candidates:
    """Those of other shots than that one, and those that are far enough from a moment of it."""
    start, end = float(moment.start - APART), float(moment.end + APART)
    near = (candidates.shot == number) & (candidates.start < end) & (candidates.end > start)
    return candidates.where(~near)


def _alike(candidates: _Candidates, seen: Seen) -> NDArray[np.bool_]:
    """Which of them mostly repeat what has been shown."""
    passed = np.concatenate([[0], np.cumsum(seen.again())])
    first, last = (np.ceil(edges / STEP_S - 0.5).astype(np.int64) for edges in (candidates.start, candidates.end))
    return np.asarray(passed[last] - passed[first] >= ALIKE * (last - first))


def _told(takes: Sequence[Take], rhythm: str, cut_frequency: float, total: Fraction, *, is_heard: bool) -> str:
    lasts = float(sum((take.span.duration for take in takes), Fraction(0)))
    asked = changes_in(float(total), cut_frequency)
    best = f"the {len(takes)} best moments" if len(takes) > 1 else "the best moment"
    told = f"{best}, in the footage's order: {lasts:.1f} of the {told_seconds(total)} s wanted"
    cuts = len(takes) - 1
    if cuts:
        told += f"; {cuts} {'cut' if cuts == 1 else 'cuts'}, {rhythm} ({cut_frequency:.3g} per minute would be {asked})"
    if lasts < SHORT_OF * float(total):
        told += f"; {no_more(is_heard=is_heard)}"
    return told
