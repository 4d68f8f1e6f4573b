"""Moments of footage: stretches of one shot between points at which it may be cut, how they grow, and how they are told."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipzy.style.cut_points import CutPoint
from clipzy.style.extract import changes_in
from clipzy.style.interest import STEP_S, Interest, Summed
from clipzy.style.phrasing import SHORTEST
from clipzy.style.time import Span

APART = Fraction(1)  # seconds between two moments of one shot that do not touch: closer, the cut is seen as a jump
MUCH_LESS = 0.05  # of what a second is worth, 0..1: by so much what takes a moment's place is better
MOST_EXCHANGES = 3  # rounds: later ones find next to nothing
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

    What is worth most is added first. None goes on into what a moment of another shot shows; one that meets the next one of its shot is
    one with it from then on. First to points that are as good as their own; where that does not do, to any. A moment that is worth much less
    than what others of its shot could go on with makes room for that.

    Args:
        moments: in the footage's order.
        wanted: their total is never exceeded.
        interest: of the footage.
    """
    growing = _Growing(moments, wanted.total, interest)
    growing.fill(as_good=True)
    for _ in range(MOST_EXCHANGES):
        if not growing.exchange():
            break
        growing.fill(as_good=True)
    growing.fill(as_good=False)
    return _as_one(growing.moments)


class _Growing:
    """Moments that grow by a point at a time, or until they meet, by what is worth most first and of equal things the shortest moment."""

    def __init__(self, moments: Sequence[Moment], total: Fraction, interest: Interest) -> None:
        self.moments = list(moments)
        self._left = total - sum((moment.length for moment in moments), Fraction(0))
        self._interest, self._worth = interest, Summed(interest.worth)
        self._see_all()
        self._counted = count()

    def fill(self, *, as_good: bool) -> None:
        """Lengthen moments while any can be."""
        waiting = [step for at in range(len(self.moments)) for step in self._steps(at, as_good=as_good)]
        heapq.heapify(waiting)
        while waiting:
            *_, at, was, longer = heapq.heappop(waiting)
            # what does not fit now never will: time only gets less, and more is seen
            if self.moments[at] is not was or not self._fits(longer, at):
                continue
            self._left -= longer.length - was.length
            self.moments[at] = longer
            self._seen.add(longer)
            for near in range(max(at - 1, 0), min(at + 2, len(self.moments))):
                for step in self._steps(near, as_good=as_good):
                    heapq.heappush(waiting, step)

    def exchange(self) -> bool:
        """Give up moments for better steps of others of their shot, the best steps first; whether there were any."""
        ranked = sorted((self._worth_of(moment.start, moment.end), at) for at, moment in enumerate(self.moments))
        least_first: dict[int, list[tuple[float, Moment]]] = {}
        for worth, at in ranked:
            least_first.setdefault(self.moments[at].choices.shot, []).append((worth, self.moments[at]))
        waiting = [step for at in range(len(self.moments)) for step in self._steps(at, as_good=True)]
        heapq.heapify(waiting)
        before, places = len(self.moments), self._places()
        while waiting:
            step = heapq.heappop(waiting)
            cheap = least_first[step.was.choices.shot]
            place = places.get(id(step.was))
            if place is None or cheap[0][0] >= -step.worth - MUCH_LESS:
                continue
            if not self._exchanged(step, place, places, cheap):
                continue
            places = self._places()
            for longer in self._steps(places[id(step.longer)], as_good=True):
                heapq.heappush(waiting, longer)
        self._see_all()
        return len(self.moments) < before

    def _places(self) -> Mapping[int, int]:
        return {id(moment): at for at, moment in enumerate(self.moments)}

    def _exchanged(
        self, step: _Step, place: int, places: Mapping[int, int], least_first: Sequence[tuple[float, Moment]]
    ) -> bool:
        """Make a step at the cost of moments of its shot that are worth much less, as many as it needs the time of; False where these do not do."""
        left = self._left - (step.longer.length - step.was.length)
        lost: set[int] = set()
        for worth, moment in least_first:
            if left >= 0 or worth >= -step.worth - MUCH_LESS:
                break
            at = places.get(id(moment), place)
            if abs(at - place) > 1:
                lost.add(at)
                left += moment.length
        if not lost or left < 0 or not self._has_room(step.longer, place):
            return False
        self.moments[place] = step.longer
        self.moments = [moment for at, moment in enumerate(self.moments) if at not in lost]
        self._left = left
        self._seen.add(step.longer)
        return True

    def _worth_of(self, start: Fraction, end: Fraction) -> float:
        """Of a stretch on average."""
        return float(self._worth.between(np.array(float(start)), np.array(float(end)))) / float(end - start)

    def _see_all(self) -> None:
        self._seen = Seen(self._interest)
        for moment in self.moments:
            self._seen.add(moment)

    def _steps(self, at: int, *, as_good: bool) -> Iterator[_Step]:
        was = self.moments[at]
        for longer in _longer(was, self._before(at), self._after(at), as_good=as_good):
            start, end = (longer.start, was.start) if longer.begins < was.begins else (was.end, longer.end)
            yield _Step(-self._worth_of(start, end), float(was.length), next(self._counted), at, was, longer)

    def _before(self, at: int) -> Moment | None:
        """The moment before one, of the same shot."""
        return self.moments[at - 1] if at and self.moments[at - 1].choices is self.moments[at].choices else None

    def _after(self, at: int) -> Moment | None:
        return self.moments[at + 1] if at + 1 < len(self.moments) and self._before(at + 1) is not None else None

    def _fits(self, longer: Moment, at: int) -> bool:
        return longer.length - self.moments[at].length <= self._left and self._has_room(longer, at)

    def _has_room(self, longer: Moment, at: int) -> bool:
        """Whether it keeps clear of its neighbours, and shows nothing that is shown elsewhere."""
        before, after = self._before(at), self._after(at)
        if before is not None and not are_apart(before.end, longer.start):
            return False
        if after is not None and not are_apart(longer.end, after.start):
            return False
        steps = steps_of(longer)
        return not self._seen.elsewhere(longer.choices.shot)[self._interest.view[steps[[0, -1]]]].any()


class _Step(NamedTuple):
    """How a moment can grow, in the order in which that is done. `worth`: of what is added, below 0 the more of it; `number`: of the step, for equal ones."""

    worth: float
    length: float
    number: int
    at: int
    was: Moment
    longer: Moment


def are_apart(end: Fraction, start: Fraction) -> bool:
    """Whether one moment of a shot may end, and the next one begin there: they touch, or are far enough apart to be two."""
    return end == start or start - end >= APART


def _longer(moment: Moment, before: Moment | None, after: Moment | None, *, as_good: bool) -> Iterator[Moment]:
    """To the next point after it, and from the next one before it; and until it meets its neighbours of the same shot."""
    points = moment.choices.points
    for at in range(moment.ends + 1, len(points)):
        if not as_good or points[at].rank >= moment.last.rank:
            yield replace(moment, ends=at)
            break
    for at in range(moment.begins - 1, -1, -1):
        if not as_good or points[at].rank >= moment.first.rank:
            yield replace(moment, begins=at)
            break
    if before is not None and before.ends < moment.begins:
        yield replace(moment, begins=before.ends)
    if after is not None and moment.ends < after.begins:
        yield replace(moment, ends=after.begins)


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
