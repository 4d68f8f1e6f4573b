"""Hands in place of a worker: they bring every job that is queued to its end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from api.rest import Service
from clipzy.jobs import moves
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.moves import StageResult

OUTPUT = b"a rendered video"
LOOK_S = 0.02


@dataclass
class Hands:
    """`plan`: what a job's plan.json holds; `done`: the jobs that were ended."""

    service: Service
    plan: dict = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def work(self, stop: threading.Event) -> None:
        """End jobs until told to stop."""
        while not stop.wait(LOOK_S):
            for listed in self.service.store.list_jobs(1, 100, Status.QUEUED).items:
                self.end(self.service.store.get_job(listed.job_id))

    def end(self, job) -> None:
        """Bring one job through its stages."""
        self.service.begin(job.job_id)
        self.service.finish_extraction(job.job_id)
        if Stage.STYLE_APPLICATION in job.stages:
            self.service.begin(job.job_id, Stage.STYLE_APPLICATION)
            key = self.service.keep(job.job_id, "plan.json", json.dumps(self.plan).encode())
            with self.service.store.database.begin() as connection:
                result = StageResult(artifacts={"plan.json": key})
                assert moves.finish_stage(connection, job.job_id, Stage.STYLE_APPLICATION, result)
        self.service.complete(job.job_id, OUTPUT if job.renders else None)
        self.done.append(job.job_id)


@contextmanager
def working(service: Service) -> Iterator[Hands]:
    """Hands at work on a service's jobs, in a thread of their own."""
    hands, stop = Hands(service), threading.Event()
    thread = threading.Thread(target=hands.work, args=(stop,))
    thread.start()
    try:
        yield hands
    finally:
        stop.set()
        thread.join(10)
