"""Give footage a constant frame rate: which source frame each output frame shows, in exact time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from clipzy.style.plan import Clip, Join
from clipzy.style.shown import allowance
from clipzy.style.slowing import Pace, paces
from clipzy.style.time import Span
from clipzy.style.transitions import eased

Frame = TypeVar("Frame")

MET = 1 / 16  # of the step between two source frames
MOST_STEPS = 2  # usual steps of the source between two frames that are blended


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip on the output's timeline. `begins`: seconds; `frames`: the output frames that it fills; `pace`: source time by output time."""

    clip: Clip
    begins: Fraction
    frames: range
    pace: Pace

    def source_time(self, number: int, rate: Fraction) -> Fraction:
        """The source time that an output frame shows; never before the clip, even if its cut lies between two frames."""
        return max(self.clip.source.start, self.pace.source(number / rate))

    def begins_in_source(self, rate: Fraction) -> Fraction:
        """The source time from which to read for the first frame; before the clip's end, even if that frame begins after it."""
        latest = max(self.clip.source.start, self.clip.source.end - 1 / rate)
        return min(self.source_time(self.frames.start, rate), latest)

    def within(self, frames: range) -> Placed:
        """The part that lies in those output frames; its range is empty if none does."""
        return replace(self, frames=range(max(self.frames.start, frames.start), min(self.frames.stop, frames.stop)))


def place(clips: Sequence[Clip], rate: Fraction) -> list[Placed]:
    """Lay clips end to end; each cut falls on the nearest output frame, so that rounding errors never add up.

    A plan fills at least one frame.
    """
    placed = []
    begins = Fraction(0)
    for clip, pace in zip(clips, paces(clips), strict=True):
        ends = begins + clip.source.duration
        placed.append(Placed(clip, begins, range(round(begins * rate), round(ends * rate)), pace))
        begins = ends
    if placed and placed[-1].frames.stop == 0:
        placed[-1] = replace(placed[-1], frames=range(1))
    return placed


def moving(placed: Placed, number: int, count: int, rate: Fraction) -> Iterator[tuple[Fraction, int]]:
    """`count` output frames of a clip in runs with the same crop: the seconds of the clip shown before, and the run's length."""
    start = placed.clip.source.start
    if not placed.clip.crop_path:
        yield placed.pace.source(number / rate) - start, count
        return
    for each in range(number, number + count):
        yield placed.pace.source(each / rate) - start, 1


@dataclass(frozen=True, slots=True)
class Lapped:
    """A clip with what transitions show of it before its start and after its end: handles of the source, or slowed pictures.

    `own`: the clip without that. `placed`: with it. `into`: the transition in which it overlaps the clip before, None without; `alone`: the output frames
    that show no other clip.
    """

    own: Placed
    placed: Placed
    into: Join | None
    alone: range


def lapped(clips: Sequence[Placed], joins: Sequence[Join], rate: Fraction) -> list[Lapped]:
    """Extend clips by what transitions show of them; `clips`: all of the plan's, in order."""
    into = {join.number - 1: join for join in joins if join.laps}
    found = []
    for number, placed in enumerate(clips):
        before, after = into.get(number), into.get(number + 1)
        head = before.duration / 2 if before and before.has_handles else Fraction(0)
        tail = after.duration / 2 if after and after.has_handles else Fraction(0)
        first = frames_of(before, rate) if before else range(placed.frames.start, placed.frames.start)
        last = frames_of(after, rate) if after else range(placed.frames.stop, placed.frames.stop)
        source = placed.clip.source
        longer = replace(
            placed,
            clip=replace(placed.clip, source=Span(source.start - head, source.end + tail)),
            begins=placed.begins - head,
            frames=range(first.start, last.stop),
        )
        found.append(Lapped(placed, longer, before, range(first.stop, last.start)))
    return found


def frames_of(join: Join, rate: Fraction) -> range:
    """The output frames of a transition, rounded as in `place`, so that both clips agree on an edge half-way between two frames."""
    return range(round(join.starts * rate), round(join.ends * rate))


class Transitions:
    """Which output frames show a transition, and its progress in each; to be asked in ascending order."""

    def __init__(self, joins: Sequence[Join], rate: Fraction) -> None:
        self._shown = deque((frames_of(join, rate), join) for join in joins)
        self._rate = rate

    def runs(self, number: int, count: int) -> Iterator[tuple[int, Join | None, float]]:
        """`count` output frames from `number` on in runs: length, transition or None, and its progress 0..1."""
        plain = 0
        for frame in range(number, number + count):
            join = self._at(frame)
            if join is None:
                plain += 1
                continue
            if plain:
                yield plain, None, 0.0
                plain = 0
            # at the middle of the frame's time, so that both ends of a transition are alike
            passed = float(((frame + Fraction(1, 2)) / self._rate - join.starts) / join.duration)
            yield 1, join, eased(passed, join.transition.easing)
        if plain:
            yield plain, None, 0.0

    def _at(self, frame: int) -> Join | None:
        while self._shown and self._shown[0][0].stop <= frame:
            self._shown.popleft()
        return self._shown[0][1] if self._shown and self._shown[0][0].start <= frame else None


def shown(
    frames: Iterable[tuple[Fraction, Frame]], placed: Placed, rate: Fraction, source_rate: Fraction
) -> Iterator[tuple[Frame, int]]:
    """Each source frame that is shown, with the number of output frames that show it; dropped frames are left out.

    An output frame shows the latest source frame that has begun, within `allowance`. Frames after the clip's end are never shown; if frames are missing at
    either end, the nearest one is shown.

    Args:
        frames: (source seconds, frame), ascending; may begin before the clip and go on after it.
        placed: the clip.
        rate: of the output, frames a second.
        source_rate: usual rate of the source, frames a second.
    """
    early = allowance(rate, source_rate)
    # the source time until which each output frame accepts a later picture
    until = (placed.source_time(number, rate) + early for number in placed.frames)
    waits = next(until, None)
    held: tuple[Frame] | None = None
    count = 0
    for time, frame in frames:
        if time >= placed.clip.source.end and held is not None:
            break
        while held is not None and waits is not None and waits < time:
            count += 1
            waits = next(until, None)
        if held is not None and count:
            yield held[0], count
        held, count = (frame,), 0
        if waits is None:
            return
    if held is not None and waits is not None:
        yield held[0], 1 + sum(1 for _ in until)


def blended(
    frames: Iterable[tuple[Fraction, Frame]],
    placed: Placed,
    rate: Fraction,
    source_rate: Fraction,
    mix: Callable[[Frame, Frame, float], Frame],
) -> Iterator[tuple[Frame, int]]:
    """As `shown`, but an output frame between two source frames shows a mix of them, weighted by distance.

    A source frame within MET of the step is shown unmixed: stamps are rounded. So is one before a pause of more than MOST_STEPS usual steps: pictures so far
    apart are not one motion.
    """
    numbers = iter(placed.frames)
    number = next(numbers, None)
    held: tuple[Fraction, Frame] | None = None
    for time, frame in frames:
        if time >= placed.clip.source.end and held is not None:
            break
        while held is not None and number is not None and (at := placed.source_time(number, rate)) < time:
            step = time - held[0]
            share = float((at - held[0]) / step)
            if share > 1 - MET and step <= MOST_STEPS / source_rate:
                break  # it is the next one's turn
            is_pure = share < MET or step > MOST_STEPS / source_rate
            yield held[1] if is_pure else mix(held[1], frame, share), 1
            number = next(numbers, None)
        held = time, frame
        if number is None:
            return
    if held is not None and number is not None:
        yield held[1], 1 + sum(1 for _ in numbers)
