"""Moments of footage: stretches of one shot between points at which it may be cut, how they grow, and how they are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clipzy.style.cut_points import CutPoint
from clipzy.style.extract import changes_in
from clipzy.style.interest import STEP_S, Interest
from clipzy.style.phrasing import SHORTEST
from clipzy.style.time import Span

APART = Fraction(1)  # seconds between two moments of one shot: closer, the cut is seen as a jump
LONG_ENOUGH = Fraction(2)  # seconds: a stretch this long is a moment, however rarely the template cuts
OFTEN = 0.3  # share of a moment from which what is seen or heard in it is named
MUCH = 0.45  # mean action, and mean loudness, from which they are
RANKS = ("best", "second best", "third best")


@dataclass(frozen=True, slots=True)
class Choices:
    """A shot, by its place in the footage from 0, and the points at which it may be cut, in order."""

    shot: int
    points: tuple[CutPoint, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """From one point of a shot to another; `rank`: how many of its shot were better."""

    choices: Choices
    begins: int
    ends: int
    rank: int

    @property
    def first(self) -> CutPoint:
        """Where it begins."""
        return self.choices.points[self.begins]

    @property
    def last(self) -> CutPoint:
        """Where it ends."""
        return self.choices.points[self.ends]

    @property
    def start(self) -> Fraction:
        """Second of the footage."""
        return self.first.time

    @property
    def end(self) -> Fraction:
        """Second of the footage."""
        return self.last.time

    @property
    def span(self) -> Span:
        """Of the footage."""
        return Span(self.start, self.end)

    @property
    def length(self) -> Fraction:
        """Seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Wanted:
    """How long all of it is to last, and each moment: usually, at least and at most; seconds.

    `handle`: of its shot on either side. `enough`: a stretch this long is a moment, however long the usual ones are.
    """

    total: Fraction
    usual: Fraction
    handle: Fraction
    enough: Fraction = LONG_ENOUGH

    @property
    def least(self) -> Fraction:
        """So short may a moment be."""
        return min(max(SHORTEST, min(self.usual / 2, self.enough)), self.total)

    @property
    def most(self) -> Fraction:
        """So long may it be."""
        return min(2 * self.usual, self.total)

    @property
    def shorter(self) -> Wanted | None:
        """The same, with moments half as long; None where these are the shortest."""
        return replace(self, enough=self.least / 2) if self.least > SHORTEST else None


def wanted_for(total: Fraction, cut_frequency: float, handle: Fraction) -> Wanted:
    """Moments as long as the template's shots are; `cut_frequency`: changes a minute, `handle`: seconds, of the template's transitions."""
    count = changes_in(float(total), cut_frequency) + 1
    usual = max(SHORTEST, total / count)
    return Wanted(total, usual, min(handle, usual / 4))


def lengthened(moments: Sequence[Moment], wanted: Wanted, interest: Interest) -> list[Moment]:
    """Let moments go on, or begin earlier, in their shots, until they fill the time as nearly as their cut points allow.

    None goes on into what a moment of another shot shows. First up to the usual bounds of a moment; where that does not do, without a
    bound; and at last to points that are not as good, until they meet the next one of their shot, with which they are then one.

    Args:
        moments: in the footage's order.
        wanted: their total is never exceeded.
        interest: of the footage, for its views.
    """
    growing = _Growing(moments, wanted.total, interest)
    for bounds in (_Bounds(wanted.most), _Bounds(wanted.total), _Bounds(wanted.total, Fraction(0), as_good=False)):
        while growing.round(bounds):
            pass
    return _as_one(growing.moments)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Of a moment's growth: seconds of its length and to its neighbours, and whether its new edge has to be as good as its old one."""

    most: Fraction
    apart: Fraction = APART
    as_good: bool = True


class _Growing:
    """Moments that grow by a point at a time, the shortest first."""

    def __init__(self, moments: Sequence[Moment], total: Fraction, interest: Interest) -> None:
        self.moments = list(moments)
        self._left = total - sum((moment.length for moment in moments), Fraction(0))
        self._interest = interest
        self._seen = Seen(interest)
        for moment in moments:
            self._seen.add(moment)

    def round(self, bounds: _Bounds) -> bool:
        """Lengthen each moment once, where it can be; whether any was."""
        grew = False
        for at in sorted(range(len(self.moments)), key=lambda at: (float(self.moments[at].length), at)):
            longer = next(
                (each for each in _longer(self.moments[at], as_good=bounds.as_good) if self._fits(each, at, bounds)),
                None,
            )
            if longer is not None:
                self._left -= longer.length - self.moments[at].length
                self.moments[at] = longer
                self._seen.add(longer)
                grew = True
        return grew

    def _fits(self, longer: Moment, at: int, bounds: _Bounds) -> bool:
        more = longer.length - self.moments[at].length
        if longer.length > bounds.most or more > self._left or not self._has_room(longer, at, bounds.apart):
            return False
        steps = steps_of(longer)
        return not self._seen.elsewhere(longer.choices.shot)[self._interest.view[steps[[0, -1]]]].any()

    def _has_room(self, moment: Moment, at: int, apart: Fraction) -> bool:
        """Whether it keeps its distance from its neighbours of the same shot, or touches them exactly where it may."""
        before, after = self.moments[max(at - 1, 0) : at], self.moments[at + 1 : at + 2]
        gaps = [moment.start - each.end for each in before if each.choices is moment.choices]
        gaps += [each.start - moment.end for each in after if each.choices is moment.choices]
        return all(gap >= apart for gap in gaps)


def _longer(moment: Moment, *, as_good: bool) -> Iterator[Moment]:
    """To the next point after it, and from the next one before it."""
    points = moment.choices.points
    for at in range(moment.ends + 1, len(points)):
        if not as_good or points[at].rank >= moment.last.rank:
            yield replace(moment, ends=at)
            break
    for at in range(moment.begins - 1, -1, -1):
        if not as_good or points[at].rank >= moment.first.rank:
            yield replace(moment, begins=at)
            break


class Seen:
    """Which views have been shown, and in which shots."""

    def __init__(self, interest: Interest) -> None:
        self._interest = interest
        # of each view, and last of what nobody looked at: the shot it was shown in, -1 none yet, -2 several
        self._shots = np.full(int(interest.view.max(initial=-1)) + 2, -1)

    def add(self, moment: Moment) -> None:
        """What a moment shows is seen from now on."""
        views = self._interest.view[steps_of(moment)]
        views = views[views >= 0]
        known = self._shots[views]
        self._shots[views] = np.where((known == -1) | (known == moment.choices.shot), moment.choices.shot, -2)

    def elsewhere(self, shot: int) -> NDArray[np.bool_]:
        """Of each view, whether another shot than that one has shown it."""
        return np.asarray((self._shots == -2) | ((self._shots >= 0) & (self._shots != shot)))

    def again(self) -> NDArray[np.bool_]:
        """Of each step of the interest, whether it would show something again: of another shot, or of its own while nobody speaks."""
        shown, shot = self._shots[self._interest.view], self._interest.shot
        return np.asarray((shown == -2) | ((shown >= 0) & ((shown != shot) | (self._interest.speech == 0))))


def _as_one(moments: Sequence[Moment]) -> list[Moment]:
    """Moments that have grown together are one."""
    joined: list[Moment] = []
    for moment in moments:
        if joined and joined[-1].choices is moment.choices and joined[-1].ends == moment.begins:
            joined[-1] = replace(joined[-1], ends=moment.ends, rank=min(joined[-1].rank, moment.rank))
        else:
            joined.append(moment)
    return joined


def steps_of(moment: Moment) -> NDArray[np.int64]:
    """The steps of `Interest` whose middle lies in it."""
    first, last = (int(np.ceil(float(time) / STEP_S - 0.5)) for time in (moment.start, moment.end))
    return np.arange(first, last)  # never empty: the shortest moment is longer than a step


def reason_of(moment: Moment, interest: Interest, *, is_heard: bool = True) -> str:
    """Why it was chosen and what it begins on, such as "best of shot 4: a face, complete speech; starts on downbeat 12". `is_heard`: its own sound is."""
    steps = steps_of(moment)
    rank = RANKS[moment.rank] if moment.rank < len(RANKS) else "one more"
    told = f"{rank} of shot {moment.choices.shot + 1}: {', '.join(_what(moment, steps, interest, is_heard=is_heard))}"
    if moment.first.beat is None:
        return told
    return f"{told}; starts on {'downbeat' if moment.first.downbeat else 'beat'} {moment.first.beat}"


def _what(moment: Moment, steps: NDArray[np.int64], interest: Interest, *, is_heard: bool) -> list[str]:
    named = []
    if interest.face[steps].mean() >= OFTEN:
        named.append("a face")
    elif interest.subject[steps].mean() >= OFTEN:
        named.append("a clear subject")
    if interest.action[steps].mean() >= MUCH:
        named.append("movement")
    if interest.speech[steps].mean() >= OFTEN:
        between = moment.first.within_speech or moment.last.within_speech
        whole = "speech cut between words" if between else "complete speech"
        named.append(whole if is_heard else "somebody speaks")
    elif is_heard and interest.loud[steps].mean() >= MUCH:
        named.append("louder than the rest")
    return named or ["its clearest picture"]
