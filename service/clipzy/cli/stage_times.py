"""Works out from looks at a job how far its stages are, how fast, and how long they still take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clipzy.jobs.lifecycle import BANDS, Stage

if TYPE_CHECKING:
    from clipzy.jobs import records
    from clipzy_client import Job

QUEUED = "queued"
SHORTEST_S = 1.0  # over which a pace is reckoned: jobs are looked at four times a second
KNOWN_STAGES = tuple(stage.value for stage in Stage)


@dataclass(frozen=True, slots=True)
class Look:
    """How a job stood when it was looked at. `failed_in`: the stage that failed, when one has."""

    status: str
    stage: str | None
    percent: int
    failed_in: str | None = None

    @classmethod
    def at(cls, job: records.Job | Job) -> Look:
        """How the engine's own job, or the client's, stands now."""
        stage = None if job.current_stage is None else job.current_stage.value
        failed_in = None if job.error is None or job.error.stage is None else job.error.stage.value
        return cls(job.status.value, stage, job.progress_percent, failed_in)


class Outcome(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FrameCount:
    """Frames that a stage goes through: of each video in turn its frames, and its share of the stage's progress."""

    videos: tuple[tuple[float, float], ...]

    def at(self, fraction: float) -> float:
        """Frames that are behind when so much of the stage is done."""
        left, behind = fraction * sum(weight for _, weight in self.videos), 0.0
        for frames, weight in self.videos:
            behind += frames * min(max(left / weight, 0.0), 1.0)
            left -= weight
        return behind


Frames = Callable[[str], FrameCount | None]
"""What frames a stage goes through; None where that is not known, or it goes through none."""


def no_frames(_stage: str) -> FrameCount | None:
    """Where nothing is known of the videos."""
    return None


@dataclass(slots=True)
class StageTimes:
    """One stage of a job, by the looks at it. Moments are of one clock, in seconds; fractions are of the stage.

    `joined`: when it was seen first; `from_start`: whether that was its beginning, so that what has passed since is all
    that it took. `first`, `last`: the first and the last time that it was seen to go on, with how far it was then. The
    pace is reckoned between these two: what was measured for another job before passes at once, with the first step.
    """

    name: str
    joined: float
    from_start: bool
    fraction: float = 0.0
    frames: FrameCount | None = None
    outcome: Outcome = Outcome.RUNNING
    ended: float | None = None
    first: tuple[float, float] | None = None
    last: tuple[float, float] | None = None

    def move(self, fraction: float, now: float) -> None:
        """It was seen to be so far."""
        if fraction > self.fraction:
            self.fraction, self.last = fraction, (now, fraction)
            self.first = self.first or self.last

    def end(self, outcome: Outcome, now: float) -> None:
        """It was seen to have ended."""
        if outcome is Outcome.DONE:
            self.move(1.0, now)
        self.outcome, self.ended = outcome, now

    def elapsed_s(self, now: float) -> float | None:
        """What it has taken; None where that was not seen from its beginning."""
        return (now if self.ended is None else self.ended) - self.joined if self.from_start else None

    def left_s(self, now: float) -> float | None:
        """What it still takes, if it goes on as it has so far; None where that cannot be told, or proved too little."""
        if self.outcome is not Outcome.RUNNING or self.first is None or self.last is None:
            return None
        (began, at_first), (changed, at_last) = self.first, self.last
        if changed - began < SHORTEST_S:
            return None
        left = (1 - at_last) * (changed - began) / (at_last - at_first) - (now - changed)
        return left if left > 0 else None

    def frames_per_s(self) -> float | None:
        """Frames a second; None where they are not known, or it was seen for too short a time."""
        if self.frames is None or self.first is None or self.last is None:
            return None
        (began, at_first), (changed, at_last) = self.first, self.last
        if changed - began < SHORTEST_S:
            return None
        return (self.frames.at(at_last) - self.frames.at(at_first)) / (changed - began)


class StageLog:
    """The stages of one job, in the order in which they were seen to begin."""

    def __init__(self, frames: Frames = no_frames) -> None:
        self.stages: list[StageTimes] = []
        self.queued_since: float | None = None
        self._frames = frames
        self._looked = False

    @property
    def running(self) -> StageTimes | None:
        """The stage that runs."""
        last = self.stages[-1] if self.stages else None
        return last if last is not None and last.outcome is Outcome.RUNNING else None

    def see(self, look: Look, now: float) -> None:
        """Take in how the job stands at that moment."""
        seen_before, self._looked = self._looked, True
        if look.status == QUEUED:
            self.queued_since = now if self.queued_since is None else self.queued_since
            return
        self.queued_since = None
        if look.stage is not None:
            self._reach(look.stage, look.percent, now, seen_before)
        elif look.status != "processing":
            self._end(look, now)

    def _reach(self, name: str, percent: int, now: float, seen_before: bool) -> None:
        running = self.running
        fraction = _fraction(name, percent)
        if running is not None and running.name == name:
            running.move(fraction, now)
            return
        if running is not None:
            running.end(Outcome.DONE, now)
        for passed in self._passed_before(name):
            self.stages.append(StageTimes(passed, now, False, 1.0, None, Outcome.DONE, now))
        stage = StageTimes(name, now, seen_before, 0.0 if seen_before else fraction, self._frames(name))
        stage.move(fraction, now)
        self.stages.append(stage)

    def _passed_before(self, name: str) -> Sequence[str]:
        """Stages that have ended before anybody looked."""
        if name not in KNOWN_STAGES:
            return ()
        seen = {stage.name for stage in self.stages}
        return [known for known in KNOWN_STAGES[: KNOWN_STAGES.index(name)] if known not in seen]

    def _end(self, look: Look, now: float) -> None:
        running = self.running
        if look.failed_in is not None and (running is None or running.name != look.failed_in):
            self._reach(look.failed_in, look.percent, now, seen_before=False)
            running = self.running
        if running is not None:
            outcomes = {"completed": Outcome.DONE, "failed": Outcome.FAILED}
            running.end(outcomes.get(look.status, Outcome.STOPPED), now)


def _fraction(name: str, percent: int) -> float:
    """How much of a stage is done at that percentage of the job; 0 of a stage that a later engine may have."""
    if name not in KNOWN_STAGES:
        return 0.0
    first, last = BANDS[Stage(name)]
    return min(max((percent - first) / (last - first), 0.0), 1.0)
