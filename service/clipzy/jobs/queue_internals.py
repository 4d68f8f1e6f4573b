"""The private parts of the queue's library (DBOS) that we use: all in this module, so that an upgrade has one place to look at.

Any release may change it. `pyproject.toml` therefore takes patch releases of 3.4 alone, `requirements/` one of them, and the
tests of heartbeats, strays and checkpoints run each of these against the library itself.
"""

# ruff: noqa: SLF001 (private names are what this module is for)

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipzy.jobs.engine import QUEUE

if TYPE_CHECKING:
    import sqlalchemy as sa
    from dbos import DBOS


def take_from(dbos: type[DBOS], worker_ids: Sequence[str]) -> None:
    """Put what those workers were running on the queue again, as far as it still is theirs.

    There is no other way: `resume_workflow` would also revive what was cancelled, whoever owns it.
    """
    dbos._recover_pending_workflows(list(worker_ids))


def put_back(dbos: DBOS, job_id: str, worker_id: str) -> bool:
    """The same for one job; False, having done nothing, where it is another worker's by now."""
    done: bool = dbos._sys_db.reenqueue_for_recovery(job_id, [worker_id], QUEUE)
    return done


def running_here(dbos: DBOS) -> frozenset[str]:
    """The jobs that a thread of this process runs."""
    return frozenset(dbos._active_workflows_set.activeList())


def step_results(datasource: Any) -> sa.Table:  # noqa: ANN401 (imported late)
    """The table of what the steps of jobs have answered; `workflow_id` is the job's id."""
    table: sa.Table = datasource._outputs_table
    return table
