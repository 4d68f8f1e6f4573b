"""Finds jobs of this worker that no thread of it runs any more, and puts them on the queue again.

A thread dies and leaves its job as it is where the queue's library can write down neither the next step nor the failure.
The worker itself is alive, so that no other takes its jobs over, and the job would stay processing for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipzy.jobs import queue_internals
from clipzy.telemetry import log

if TYPE_CHECKING:
    from dbos import DBOS


class Strays:
    """Looks for them among the jobs of one worker."""

    def __init__(self, dbos: DBOS, worker_id: str) -> None:
        self._dbos = dbos
        self._worker_id = worker_id
        self._seen: frozenset[tuple[str, int | None]] = frozenset()

    def requeue(self) -> tuple[str, ...]:
        """Put back the jobs that had no thread at this look and none at the one before; answers their ids.

        One look is not enough: a job that was just taken has no thread yet, one that has just ended has none any more.
        Should a thread begin with it even later, the queue's fence keeps it from writing anything.
        """
        found: list[Any] = self._dbos.list_workflows(
            status="PENDING", executor_id=self._worker_id, load_input=False, load_output=False
        )
        running = queue_internals.running_here(self._dbos)
        idle = frozenset((each.workflow_id, each.dequeued_at) for each in found if each.workflow_id not in running)
        strays = idle & self._seen
        self._seen = idle - strays
        return tuple(job_id for job_id, _ in strays if self._put_back(job_id))

    def _put_back(self, job_id: str) -> bool:
        put_back = queue_internals.put_back(self._dbos, job_id, self._worker_id)
        if put_back:
            log.error("no thread runs the job any more; it is on the queue again", job_id=job_id)
        return put_back
