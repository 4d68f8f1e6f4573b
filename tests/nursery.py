"""Workers without their seconds of imports: each is forked from a process that imported everything once.

Everything else of a worker is its own: process, connections, fork server (a fork too, of the worker before it has a
thread), log, and its end by any signal. Between it and the nursery stands a keeper, a fork as well, that waits for its end
and tells how it ended.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from multiprocessing import forkserver, util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

from clipzy.jobs import fork_server

PROGRAM = Path(__file__).with_name("tiny_worker.py")


class Worker:
    """A worker that was forked; to be handled as a `subprocess.Popen` is."""

    def __init__(self, told: dict[str, str], log: Path) -> None:
        """`told`: its settings; `log`: the file that it writes to the end of."""
        door = socket.socket(socket.AF_UNIX)
        door.connect(_nursery())
        self._keeper = Connection(door.detach())
        self._keeper.send((told, dict(os.environ), str(log)))
        self.pid: int = self._keeper.recv()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended, None while it runs: its exit code, or a signal's number below zero."""
        if self.returncode is None and self._keeper.poll():
            self._hear()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same, once it has ended."""
        if self.returncode is None:
            if not self._keeper.poll(timeout):
                raise subprocess.TimeoutExpired(f"worker {self.pid}", timeout or 0)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> None:
        self.returncode = self._keeper.recv()
        self._keeper.close()


AnyWorker = Worker | subprocess.Popen[bytes]


def interpreted(told: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """A worker that no nursery has part in."""
    with log.open("ab") as end:
        return subprocess.Popen([sys.executable, PROGRAM, json.dumps(told)], stderr=end)


@cache
def _nursery() -> str:
    """The address of this process's nursery, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="clipzy-nursery-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "--nursery", address],
        cwd=PROGRAM.parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline(), "the nursery ended"

    def close(stdin: IO[bytes] = process.stdin) -> None:
        stdin.close()
        process.wait()
        folder.cleanup()

    atexit.register(close)
    return address


def become_worker(address: str) -> dict[str, str]:
    """Fork a worker for each connection, until standard input ends; returns in the workers alone, with their settings."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(64)
        os.write(sys.stdout.fileno(), b"ready\n")
        while sys.stdin not in select.select([door, sys.stdin], [], [])[0]:
            with Connection(door.accept()[0].detach()) as asked:
                if os.fork() == 0:
                    door.close()
                    told, environment, log = asked.recv()
                    if _born(asked):
                        _settle(environment, log)
                        _fork_the_fork_server()
                        return told
                    os._exit(0)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    """A keeper whose worker has ended."""
    os._exit(0)


def _born(asked: Connection) -> bool:
    """True in the worker; False in its keeper, once the worker has ended and that was told."""
    worker = os.fork()
    if worker == 0:
        return True
    process = os.pidfd_open(worker)
    with suppress(BrokenPipeError):  # nobody wants to know
        asked.send(worker)
        if process not in select.select([asked, process], [], [])[0]:  # the tests are gone
            os.kill(worker, signal.SIGKILL)
        asked.send(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]))
    return False


def _fork_the_fork_server() -> None:
    """Start this worker's fork server, and its resource tracker, as forks of it; a later server, in place of one that died, is an interpreter's."""
    by_interpreter = util.spawnv_passfds
    util.spawnv_passfds = _forked
    try:
        fork_server.own_its_folder()
        forkserver.ensure_running()
    finally:
        util.spawnv_passfds = by_interpreter


def _forked(_path: str, arguments: list[str], kept: list[int]) -> int:
    """What an interpreter would do that is told `-c COMMAND` and given these open files alone; its process."""
    if pid := os.fork():
        return pid
    try:
        first = 3
        for number in sorted(kept):
            os.closerange(first, number)
            first = number + 1
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))
        exec(arguments[-1], {})
    finally:
        os._exit(0)


def _settle(environment: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    nothing, end = os.open(os.devnull, os.O_RDWR), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for file, number in ((nothing, 0), (nothing, 1), (end, 2)):
        os.dup2(file, number)
    os.close(nothing)
    os.close(end)
