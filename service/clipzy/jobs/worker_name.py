"""The name under which a worker holds its jobs.

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from clipzy.errors import ConfigurationError
from clipzy.storage.volume import configured, private_folder

MOST_WORKERS = 64  # on one DATA_PATH
# drawn by the kernel at each start: machines that were cloned have nothing else that surely differs
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


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
