"""Shows a job's stages, one line each: bars that move on a terminal, plain lines now and then anywhere else."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from clipzy.cli.figures import clock_time
from clipzy.cli.stage_times import Frames, Look, Outcome, StageLog, StageTimes, no_frames

SAID_EVERY_S = 10.0  # on no terminal: between two lines about the same stage
REFRESHES = 4  # a second
COLUMNS = 6
BAR_WIDTH, FULL_WIDTH = 16, 76  # all of a line in 80 columns; a narrower terminal has no bar
STYLES = {Outcome.RUNNING: "", Outcome.DONE: "green", Outcome.FAILED: "red", Outcome.STOPPED: "yellow"}


class StageDisplay(AbstractContextManager["StageDisplay"]):
    """The display of one job while it is waited for. `frames`: what is known of the frames that its stages go through."""

    def __init__(self, console: Console, frames: Frames = no_frames) -> None:
        self._log = StageLog(frames)
        self._shown: _Bars | _Lines = _Bars(console, self._log) if console.is_terminal else _Lines(console, self._log)

    def __enter__(self) -> Self:
        self._shown.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.end()

    def see(self, look: Look) -> None:
        """Take in how the job stands now."""
        self._log.see(look, time.monotonic())
        self._shown.update()


class _Bars:
    """Redrawn several times a second, by a thread of its own."""

    def __init__(self, console: Console, log: StageLog) -> None:
        self._console = console
        self._log = log
        self._spinner = Spinner("dots", "queued")
        self._live = Live(console=console, refresh_per_second=REFRESHES, get_renderable=self._drawn)

    def begin(self) -> None:
        self._live.start()

    def update(self) -> None:
        self._live.refresh()

    def end(self) -> None:
        self._live.stop()

    def _drawn(self) -> RenderableType:
        now = time.monotonic()
        table = Table.grid(padding=(0, 1))
        for _ in range(COLUMNS):
            table.add_column(no_wrap=True)
        for stage in tuple(self._log.stages):
            elapsed = stage.elapsed_s(now)
            table.add_row(
                Text(f"{_words(stage.name):<17}", STYLES[stage.outcome]),
                ProgressBar(1.0, stage.fraction, width=BAR_WIDTH) if self._console.width >= FULL_WIDTH else "",
                f"{stage.fraction:4.0%}",
                f"{'' if elapsed is None else clock_time(elapsed):>7}",
                f"{_rate(stage):>13}",
                _left(stage, now),
            )
        if self._log.queued_since is None:
            return table
        self._spinner.update(text=f"queued {clock_time(now - self._log.queued_since)}")
        return Group(table, self._spinner) if self._log.stages else self._spinner


class _Lines:
    """A line when a stage begins, now and then while it runs, and when it ends."""

    def __init__(self, console: Console, log: StageLog) -> None:
        self._console = console
        self._log = log
        self._told: dict[str, Outcome] = {}
        self._told_at = 0.0

    def begin(self) -> None:
        """Nothing to be seen yet."""

    def end(self) -> None:
        """Nothing to be taken away."""

    def update(self) -> None:
        now = time.monotonic()
        if self._log.queued_since is not None and not self._told:
            self._say("queued", Outcome.RUNNING, "queued", now)
        for stage in self._log.stages:
            is_news = self._told.get(stage.name) is not stage.outcome
            if is_news or (stage.outcome is Outcome.RUNNING and now - self._told_at >= SAID_EVERY_S):
                self._say(stage.name, stage.outcome, _line(stage, now), now)

    def _say(self, name: str, outcome: Outcome, line: str, now: float) -> None:
        self._told[name], self._told_at = outcome, now
        self._console.print(line)


def _line(stage: StageTimes, now: float) -> str:
    elapsed = stage.elapsed_s(now)
    if stage.outcome is Outcome.RUNNING and not stage.fraction:
        waited = now - stage.joined
        return f"{_words(stage.name)}: begun{f' {clock_time(waited)} ago' if waited >= 1 else ''}"
    said = f"{stage.fraction:.0%}" if stage.outcome is Outcome.RUNNING else stage.outcome.value
    facts = [
        said if elapsed is None else f"{said} after {clock_time(elapsed)}",
        _rate(stage),
        _left(stage, now),
    ]
    return f"{_words(stage.name)}: {', '.join(fact for fact in facts if fact)}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _rate(stage: StageTimes) -> str:
    rate = stage.frames_per_s()
    return "" if rate is None else f"{rate:.0f} frames/s"


def _left(stage: StageTimes, now: float) -> str:
    left = stage.left_s(now)
    return "" if left is None else f"{clock_time(left)} left"
