"""Watches all jobs of a workshop while faults are made, and audits them in the end: nothing lost, nothing told twice."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sqlalchemy as sa

from clipzy.jobs.lifecycle import TERMINAL, Status
from clipzy.jobs.records import Job
from clipzy.storage.tables import jobs, webhook_deliveries
from workshop import Workshop

LOOK_INTERVAL_S = 0.05


class Ledger:
    """What was seen of each job, and what its owner was told."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.seen: dict[str, list[tuple[Status, int]]] = defaultdict(list)
        self.told: dict[str, list[tuple[str, str]]] = defaultdict(list)  # (webhook-id, status) by job
        self.webhook_url = ""
        self.submitted = 0
        self._stop = threading.Event()
        self._submitting, self._looking = threading.Lock(), threading.Lock()

    def submit(self, script: dict | None = None, **job: object) -> Job:
        """A job whose owner wants to be told."""
        with self._submitting:
            self.submitted += 1
        return self.workshop.submit(script, webhook_url=self.webhook_url, **job)

    def active(self) -> list[str]:
        """The jobs that have not ended, as last seen."""
        return [job_id for job_id, states in list(self.seen.items()) if states[-1][0] not in TERMINAL]

    def look(self) -> None:
        """Write down how each job stands; a database that is away is looked at again."""
        asked = sa.select(jobs.c.job_id, jobs.c.status, jobs.c.progress_percent)
        with self._looking, suppress(sa.exc.OperationalError):  # two at once might write down the older look last
            with self.workshop.database.connect() as connection:
                rows = connection.execute(asked).all()
            for job_id, status, percent in rows:
                state = (Status(status), percent)
                if self.seen[job_id][-1:] != [state]:
                    self.seen[job_id].append(state)

    def watch(self) -> None:
        """Look until told to stop."""
        while not self._stop.wait(LOOK_INTERVAL_S):
            self.look()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def wait_until_all_ended(self, seconds: float) -> None:
        """Wait for every job's end, and for its owner to have been told."""
        deadline = time.monotonic() + seconds
        while True:
            self.look()
            waiting = self.active() or [job_id for job_id in self.seen if not self.told[job_id]]
            if not waiting:
                return
            assert time.monotonic() < deadline, f"{waiting} wait; the workers said {self.workshop.said()}"
            time.sleep(0.1)

    def audit(self) -> dict[Status, list[Job]]:
        """Check what must hold whatever happened, once the workers have stopped; the jobs by their end."""
        assert len(self.seen) == self.submitted, "a job is lost"
        ended: dict[Status, list[Job]] = defaultdict(list)
        for job_id, states in self.seen.items():
            job = self.workshop.store.get_job(job_id)
            ended[job.status].append(job)
            assert [status for status, _ in states if status in TERMINAL] == [job.status], "an end was no end"
            percents = [percent for _, percent in states]
            assert percents == sorted(percents), "progress went back"
            assert (percents[-1] == 100) == (job.status is Status.COMPLETED)
            self._audit_order(job)
            self._audit_files(job)
            self._audit_webhook(job)
        return ended

    def _audit_order(self, job: Job) -> None:
        order = [job.stages.index(stage) for stage in self.workshop.journal(job.job_id)]
        assert order == sorted(order), "a stage was run again after a later one had begun"
        if job.status is Status.COMPLETED:
            assert set(order) == set(range(len(job.stages))), "a stage was left out"

    def _audit_files(self, job: Job) -> None:
        stored = set(self.workshop.objects.list(f"jobs/{job.job_id}/"))
        assert stored == set(job.artifacts.values()), "what is stored is not what the job names"
        assert not self.workshop.scratch(job.job_id), "scratch files are left"

    def _audit_webhook(self, job: Job) -> None:
        rows = sa.select(sa.func.count()).where(webhook_deliveries.c.job_id == job.job_id)
        with self.workshop.database.connect() as connection:
            assert connection.scalar(rows) == 1, "not one event for one end"
        # at least once, for a worker may die between the receiver's answer and its own note of it
        assert len(set(self.told[job.job_id])) == 1
        assert self.told[job.job_id][0][1] == job.status.value


@contextmanager
def ledger_of(workshop: Workshop) -> Iterator[Ledger]:
    """A ledger that watches, and hears what the owners are told."""
    ledger = Ledger(workshop)

    class Owner(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            ledger.told[body["job_id"]].append((self.headers["webhook-id"], body["status"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Owner)
    ledger.webhook_url = f"http://127.0.0.1:{server.server_port}/hook"
    threads = [threading.Thread(target=server.serve_forever), threading.Thread(target=ledger.watch)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        ledger.stop()
        server.shutdown()
        for thread in threads:
            thread.join(10)
        server.server_close()
