"""What a worker does about lost jobs, and about those of other versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from clipzy.errors import JobNotFound, JobUnreadable
from clipzy.jobs import job_telemetry
from clipzy.jobs.execution import internal_error
from clipzy.jobs.patience import patiently
from clipzy.jobs.records import Ending, JobError, Standing
from clipzy.jobs.store import Store
from clipzy.telemetry import log

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient

MOST_AT_ONCE = 500  # workflows in one answer, and jobs in one question
MOST_FIELDS = 5  # that cannot be read are named in the log
# A workflow in one of these will never run again.
DEAD = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


def fail_lost_jobs(store: Store, dbos: type[DBOS] | DBOSClient) -> int:
    """Fail the jobs whose workflow has ended without ending them; answers how many.

    It happens when the engine itself fails, as when the database goes away in the middle of a step. It looks at workflows that have ended, of which
    few are kept, and not at the jobs that wait, which may be a million. A job that ends as it should is ended in its row first.
    """
    failed = 0
    for job_id in _lost(store, dbos):
        with suppress(JobNotFound):  # cancelled and deleted since the look
            if store.fail_job(job_id, internal_error(store.read(Standing, job_id, None).current_stage)):
                log.error("the job's workflow ended without ending the job", job_id=job_id)
                failed += 1
                job_telemetry.tell_ended(store.read(Ending, job_id, None))  # no workflow is left that would
    return failed


def fail_unreadable(store: Store, job_id: str, unreadable: JobUnreadable, check: Callable[[], None]) -> None:
    """Fail a job that another version of the engine wrote down, unless it has ended meanwhile. `check`: as for `patiently`.

    This is no durable step: the steps of a job that the other version began are recorded in an order of their own.
    """

    def fail() -> None:
        stage = store.read(Standing, job_id, None).current_stage
        store.fail_job(job_id, JobError(stage, str(unreadable), unreadable.code))

    cause = unreadable.__cause__
    # without the values, which are the owner's
    fields = [".".join(map(str, each["loc"])) for each in cause.errors()] if isinstance(cause, ValidationError) else []
    log.warning("the job is from another version of the engine", job_id=job_id, fields=fields[:MOST_FIELDS])
    with suppress(JobNotFound):  # cancelled and deleted since the look
        patiently(fail, check)


def _lost(store: Store, dbos: type[DBOS] | DBOSClient) -> Iterator[str]:
    """The jobs that have not ended, and whose workflow is dead."""
    for at in count(0, MOST_AT_ONCE):
        found: list[Any] = dbos.list_workflows(
            status=sorted(DEAD), limit=MOST_AT_ONCE, offset=at, load_input=False, load_output=False
        )
        yield from store.unended(workflow.workflow_id for workflow in found)
        if len(found) < MOST_AT_ONCE:
            return
