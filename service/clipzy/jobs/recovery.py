"""How a worker takes its name and old jobs when it starts, and what it does about lost jobs and those of other versions.

A worker that was killed left its jobs to its name. The next worker with the same DATA_PATH takes the name, which a
file lock keeps for one process at a time, and with it the jobs: they go on at the last finished stage at once.

A lock is seen on one machine alone, and files are copied. So a name counts only in the file, and for the boot of the machine, in which it was
made. Elsewhere a new one is made, and the jobs of the old one go on once its worker has been silent for long enough.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pydantic import ValidationError

from clipzy.errors import ConfigurationError, JobNotFound, JobUnreadable
from clipzy.jobs import job_telemetry
from clipzy.jobs.execution import internal_error
from clipzy.jobs.patience import patiently
from clipzy.jobs.records import Ending, JobError, Standing
from clipzy.jobs.store import Store
from clipzy.storage.volume import configured, private_folder
from clipzy.telemetry import log

if TYPE_CHECKING:
    from dbos import DBOS, DBOSClient

MOST_WORKERS = 64  # on one DATA_PATH
MOST_AT_ONCE = 500  # workflows in one answer, and jobs in one question

# drawn by the kernel at each start: machines that were cloned have nothing else that surely differs
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

MOST_FIELDS = 5  # that cannot be read are named in the log

# A workflow in one of these will never run again.
DEAD = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


@contextmanager
def worker_name(data_path: Path) -> Iterator[str]:
    """A name that stays the same over restarts of the worker and belongs to one living worker at a time, also where DATA_PATH was copied.

    It is kept in `DATA_PATH/workers/`; where several workers share the folder each takes the first name that is free.

    Raises:
        ConfigurationError: DATA_PATH takes no files, or none that can be locked, or 64 workers are on it already.
    """
    folder = data_path / "workers"
    with configured("DATA_PATH", data_path):
        private_folder(data_path)
        folder.mkdir(exist_ok=True)
    for number in range(MOST_WORKERS):
        with configured("DATA_PATH", data_path):
            held = (folder / f"{number}.name").open("a+")
        with held as file:
            with configured("DATA_PATH", data_path):
                name = _name_in(file)
            if name is not None:
                yield name
                return
    raise ConfigurationError(
        f"{MOST_WORKERS} workers are running on {data_path} already; give this one another DATA_PATH"
    )


def _name_in(file: TextIO) -> str | None:
    """The name that a file keeps, which is this process's as long as it is open; None where its worker is alive."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    file.seek(0)
    name, mark = file.read().strip(), _mark(file)
    if not name.endswith(mark):
        # random, so that machines with folders of their own never meet under one name
        name = f"{socket.gethostname()}-{secrets.token_hex(8)}{mark}"
        file.truncate(0)
        file.write(name)
        file.flush()
    return name


def _mark(file: TextIO) -> str:
    """The ending of names that were made in this very file, since this boot of this machine."""
    try:
        boot = BOOT_ID.read_text().strip()
    except OSError:
        boot = "unknown"  # as where a sandbox has no such file
    here = f"{boot} {os.fstat(file.fileno()).st_ino}"
    return f"-{hashlib.sha256(here.encode()).hexdigest()[:8]}"


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
    log.warning("the job is of another version of the engine", job_id=job_id, fields=fields[:MOST_FIELDS])
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
