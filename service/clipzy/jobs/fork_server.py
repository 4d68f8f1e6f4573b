"""The process that the stages' processes are forked from: it has imported what they need, and its socket is removed even if it is killed."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Sequence
from multiprocessing import forkserver
from pathlib import Path

from clipzy.machine.owners import owner_tag, sweep_orphans

OWNED = "clipzy-forks"  # begins the name of the folder with the socket
SOCKET_NAME = "listener-12345678"  # as multiprocessing makes them
LONGEST_ADDRESS_BYTES = 107  # of a socket in the file system (unix(7))

CONTEXT = multiprocessing.get_context("forkserver")


def preload(modules: Sequence[str]) -> None:
    """Import these once, in the process from which the stages' processes are forked; before the first stage.

    What the program's main module imports cannot be among them: multiprocessing imports that module anew in every
    process, so it should import next to nothing at its top.
    """
    CONTEXT.set_forkserver_preload(["clipzy.jobs.stage_process", *modules])
    own_its_folder()
    forkserver.ensure_running()  # now, so that the first job need not wait for the imports


def own_its_folder() -> None:
    """Keep the sockets of this process's fork servers in a folder named after it, and remove the folders of processes that were killed.

    Left to itself multiprocessing makes one whose name tells nothing, `pymp-…`. It still does where the temporary folder has so long a
    name that no socket could be bound.
    """
    temporary = Path(tempfile.gettempdir())
    sweep_orphans(temporary, OWNED)
    folder = temporary / owner_tag(OWNED)
    if len(os.fsencode(folder / SOCKET_NAME)) > LONGEST_ADDRESS_BYTES:
        return
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:  # made by this process before
        return
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # where multiprocessing keeps the name of the one that it has made; it has no other way to be told
    multiprocessing.current_process()._config["tempdir"] = str(folder)  # type: ignore[attr-defined] # noqa: SLF001
