"""Plays a plan's clips: which frames of the source each output frame shows, two at once where clips overlap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from av.video.frame import VideoFrame

from clipzy.media.decoding.packets import Damage
from clipzy.media.rendering.cadence import Lapped, Placed, Transitions, blended, lapped, moving, place, shown
from clipzy.media.rendering.footage import Source
from clipzy.media.rendering.frame_blending import mixed
from clipzy.media.rendering.readers import FrameReader
from clipzy.style.plan import Clip, EditPlan, Join, joins
from clipzy.style.time import Span


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame, its clip, and the number of output frames that show it; `progress`: of a transition, 0..1.

    `since_start`: seconds of the clip shown before; in a transition, seconds of the output since the clip's start, < 0 before it. `beneath`: the frame of the
    clip before at the same time; None if it is the same frame.
    """

    frame: VideoFrame
    clip: Clip
    count: int
    since_start: Fraction
    join: Join | None = None
    progress: float = 0.0
    beneath: VideoFrame | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A plan's clips on the output's timeline, computed once for all sections: for an hour of many clips that holds the GIL for half a second."""

    joins: tuple[Join, ...]
    laps: tuple[Lapped, ...]
    rate: Fraction  # frames a second
    blends: bool

    @classmethod
    def of(cls, plan: EditPlan) -> Score:
        """The score of a plan."""
        rate, joined = plan.output.frame_rate, joins(plan.clips)
        laps = lapped(place(plan.clips, rate), joined, rate)
        return cls(tuple(joined), tuple(laps), rate, plan.output.frame_blending)

    @property
    def frames(self) -> int:
        """Of the output."""
        return self.laps[-1].own.frames.stop


class Player:
    """Reads a source in the order of a plan, section by section.

    Overlapping clips are read in parallel by two readers, all others by one that reads on or seeks. So memory does not depend on the length of transitions.
    """

    def __init__(self, score: Score, source: Source, threads: int) -> None:
        """`threads`: of each decoder, 0 for one per processor."""
        self._score, self._rate = score, score.rate
        self._reading, self._other = FrameReader(source, threads), FrameReader(source, threads)
        self._open = ExitStack()
        self.missing = Fraction(0)  # seconds at the end of a clip without pictures in the source, the most of all clips

    def __enter__(self) -> Self:
        self._open.enter_context(self._reading)
        self._open.enter_context(self._other)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()

    @property
    def damages(self) -> list[Damage]:
        """Of each reader; updated while it reads."""
        return [self._reading.damage, self._other.damage]

    def frames(self, section: range) -> Iterator[Shown]:
        """The source's frames for a section of output frames, in playing order."""
        transitions = Transitions(self._score.joins, self._rate)
        before: _Run | None = None
        for lap in self._score.laps:
            placed = lap.placed.within(section)
            if not placed.frames:
                continue
            if lap.into is not None:
                self._reading, self._other = self._other, self._reading
            run = _Run(
                self._reading,
                placed,
                self._rate,
                blends=self._score.blends,
                whole=placed.frames.stop == lap.placed.frames.stop,
            )
            yield from self._lapping(lap, before, run, transitions)
            self._note(before)
            yield from self._alone(lap, run, transitions)
            before = run
        self._note(before)

    def _lapping(self, lap: Lapped, before: _Run | None, run: _Run, transitions: Transitions) -> Iterator[Shown]:
        """The frames that show the clip before too."""
        if lap.into is None:
            return
        while before is not None and run.number < lap.alone.start and (taken := run.take(1)) is not None:
            number, frame, _ = taken
            beneath = before.take(1)
            for _, join, progress in transitions.runs(number, 1):
                passed = number / self._rate - lap.own.begins
                yield Shown(frame, lap.own.clip, 1, passed, join, progress, None if beneath is None else beneath[1])

    def _alone(self, lap: Lapped, run: _Run, transitions: Transitions) -> Iterator[Shown]:
        while run.number < lap.alone.stop and (taken := run.take(lap.alone.stop - run.number)) is not None:
            number, frame, count = taken
            for length, join, progress in transitions.runs(number, count):
                if join is not None:  # a frame at a time
                    yield Shown(frame, lap.own.clip, 1, number / self._rate - lap.own.begins, join, progress)
                else:
                    for since_start, times in moving(lap.own, number, length, self._rate):
                        yield Shown(frame, lap.own.clip, times, since_start)
                number += length

    def _note(self, run: _Run | None) -> None:
        if run is not None:
            self.missing = max(self.missing, run.missing)


class _Run:
    """The frames of one clip, each with the number of output frames that show it."""

    def __init__(self, reader: FrameReader, placed: Placed, rate: Fraction, *, blends: bool, whole: bool) -> None:
        self._reader, self._whole = reader, whole
        self._span = Span(placed.begins_in_source(rate), placed.clip.source.end)
        read, usual = reader.frames(self._span), reader.source.frame_rate
        self._frames = blended(read, placed, rate, usual, mixed) if blends else shown(read, placed, rate, usual)
        self._held: tuple[VideoFrame, int] | None = None
        self.number = placed.frames.start  # of the next output frame

    def take(self, most: int) -> tuple[int, VideoFrame, int] | None:
        """The next output frame's number, the frame that it shows, and for how many output frames, at most `most`; None at the end of the source."""
        self._held = self._held or next(self._frames, None)
        if self._held is None:
            return None
        frame, count = self._held
        taken = min(count, most)
        self._held = (frame, count - taken) if count > taken else None
        number, self.number = self.number, self.number + taken
        return number, frame, taken

    @property
    def missing(self) -> Fraction:
        """Seconds at the clip's end without frames in the source."""
        return self._span.end - self._reader.ends if self._whole else Fraction(0)
