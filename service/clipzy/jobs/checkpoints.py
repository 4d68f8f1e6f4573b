"""Drops what the durable queue remembers of jobs that have ended: its entries, and the results of their steps.

They let a job be resumed; after its end nobody reads them. A Style DNA is among them, with the words that were read in a
video, and must not outlive a job that its owner has deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clipzy.jobs import queue_internals
from clipzy.jobs.records import now
from clipzy.jobs.recovery import DEAD
from clipzy.jobs.store import Store

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient

AGE = timedelta(minutes=10)  # longer than it takes to notice that a workflow has ended without ending its job
AT_ONCE = 200


def forget_checkpoints(
    store: Store,
    dbos: type[DBOS] | DBOSClient,
    datasource: Any,  # noqa: ANN401 (imported late)
    stop: threading.Event,
) -> int:
    """Drop what is remembered of workflows that ended some while ago, until `stop` is set; answers how many.

    A workflow whose job has not ended stays, since it shows that the job is lost. Several workers may do this at once.
    """
    before = (now() - AGE).isoformat()
    forgotten = skipped = 0
    while not stop.is_set():
        found: list[Any] = dbos.list_workflows(
            status=sorted(DEAD),
            completed_before=before,
            limit=AT_ONCE,
            offset=skipped,
            load_input=False,
            load_output=False,
        )
        dead = {workflow.workflow_id for workflow in found}
        ended = dead - store.unended(dead)
        _forget(dbos, datasource, ended)
        forgotten += len(ended)
        skipped += len(found) - len(ended)
        if len(found) < AT_ONCE:
            break
    return forgotten


def _forget(dbos: type[DBOS] | DBOSClient, datasource: Any, job_ids: Collection[str]) -> None:  # noqa: ANN401 (imported late)
    # the results first: while the entry is there it is found again, should this end in between
    results = queue_internals.step_results(datasource)
    with datasource.engine.begin() as connection:
        connection.execute(sa.delete(results).where(results.c.workflow_id.in_(job_ids)))
    dbos.delete_workflows(list(job_ids))
