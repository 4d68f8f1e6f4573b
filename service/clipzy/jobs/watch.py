"""Looks, while a stage runs, whether it still should: the job may be cancelled, out of time or taken over, or the worker stopping."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from clipzy.errors import JobTimeout
from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage, progress_percent
from clipzy.jobs.runner import Listener
from clipzy.jobs.store import Store
from clipzy.storage.database import AWAY
from clipzy.telemetry import log


class Gone(Exception):
    """The job has ended meanwhile, most likely cancelled, or another worker has taken it over; here is nothing left to do."""


class WorkerStopping(BaseException):
    """The worker is asked to stop. No `Exception`, so that the queue records no outcome and the job is resumed later."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a stage of a job; `number` counts all attempts of the job."""

    job_id: str
    stage: Stage
    number: int


class Watch:
    """Looks, while a stage runs, whether it still should; passes its progress on to the job's row."""

    def __init__(self, store: Store, attempt: Attempt, stopping: threading.Event, left_s: float) -> None:
        """`left_s`: seconds that the job may still take."""
        self._store = store
        self._attempt = attempt
        self._stopping = stopping
        self._deadline = time.monotonic() + left_s
        self._reached = 0
        self._written = 0
        self.warnings: list[str] = []

    def listener(self) -> Listener:
        """For the stage itself."""
        return Listener(progress=self._progress, warn=self._warn, tick=self.check)

    def silent(self) -> Listener:
        """For a stage that is run a second time: its progress and warnings were told before."""
        return Listener(progress=lambda _fraction: None, warn=lambda _text: None, tick=self.check)

    def heard_in_place(self) -> Listener:
        """For a stage before this one that another version has run: its warnings are new, but the job was further already."""
        return Listener(progress=lambda _fraction: None, warn=self._warn, tick=self.check)

    def taken_warnings(self) -> tuple[str, ...]:
        """What was warned of, once."""
        taken = tuple(self.warnings)
        self.warnings.clear()
        return taken

    def check(self) -> None:
        """Raise what ends the stage, if anything does; else write how far it is.

        Raises:
            WorkerStopping, JobTimeout, Gone.
        """
        if self._stopping.is_set():
            raise WorkerStopping
        if time.monotonic() >= self._deadline:
            raise JobTimeout("the job ran longer than the limit here; a shorter video may work")
        try:
            if not self._store.is_current(self._attempt.job_id, self._attempt.number):
                raise Gone
            if self._reached > self._written:
                with self._store.database.begin() as connection:
                    moves.report_progress(connection, self._attempt.job_id, self._attempt.number, self._reached)
                self._written = self._reached
        except AWAY as error:
            # A database that is away for a moment is no reason to lose the stage; its end will need it again.
            log.warning("the database did not answer; the stage goes on", error=str(error))

    def _progress(self, fraction: float) -> None:
        self._reached = max(self._reached, progress_percent(self._attempt.stage, fraction))

    def _warn(self, text: str) -> None:
        # the log shows at once, for example, that a job waits for Triton; its owner sees warnings once the stage has ended
        log.info("the job's owner is warned", warning=text)
        self.warnings.append(text)
