"""Run a function on an untrusted file in a child process, with limits on memory, processor time and duration.

A fresh interpreter, not a fork: safe to start from a threaded server, without the parent's memory or secrets. The answer is unpickled with a whitelist,
since a decoder that a file has taken over could write anything. The child runs as the same user: it could read the user's files, and the environment of
the user's processes except those of the command line (`clipzy.secrecy`).
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import resource
import selectors
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TypeVar, cast

from clipzy.errors import ClipzyError, InvalidVideo, ServiceUnavailable

T = TypeVar("T")

MEMORY_MB = 1024  # MiB that a child may take beyond what it starts with
MOST_ANSWER_BYTES = 16 * 2**20
EXIT_S = 10.0  # time to exit after the answer: none on an idle machine, seconds on an overloaded one
PASSED_ON = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")
SAFE_BUILTINS = {"complex", "frozenset", "set", "slice", "range", "bytearray"}
SAFE_CLASSES = {("fractions", "Fraction"), ("pathlib", "Path"), ("pathlib", "PosixPath"), ("decimal", "Decimal")}


def guarded(
    function: Callable[..., T], *args: object, timeout_s: float = 30.0, memory_mb: int = MEMORY_MB, cpu_s: int = 30
) -> T:
    """Call a top-level function in a child process and return its result.

    Args:
        function: importable by its module and name; its result consists of plain values and classes of this package.
        args: its positional arguments, picklable.
        timeout_s: seconds until the child and all that it started are killed.
        memory_mb: MiB of address space beyond what the child starts with.
        cpu_s: seconds of processor time.

    Raises:
        ClipzyError: any of our own errors that the function raised.
        InvalidVideo: the child crashed, or exceeded a limit.
        ServiceUnavailable: somebody killed the child, such as the kernel for want of memory.
        RuntimeError: the function raised another error, a bug; with the child's traceback.
    """
    order = pickle.dumps((sys.path, function.__module__, function.__qualname__, args, (memory_mb, cpu_s, timeout_s)))
    answer_end, child_end = os.pipe()
    with os.fdopen(answer_end, "rb", buffering=0) as answers:
        try:
            child = _start(child_end)
        finally:
            os.close(child_end)
        answer: bytes | None = None
        try:
            answer = _converse(child, order, answers, time.monotonic() + timeout_s)
        finally:
            _end(child, grace_s=0.0 if answer is None else EXIT_S)
    if answer is None:
        raise InvalidVideo(f"reading the file took longer than {timeout_s:g} s")
    return cast(T, _unpack(answer, child.returncode, cpu_s))


def _start(answer_fd: int) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # else every decoder thread would reserve 128 MiB of addresses for a heap
    environment |= {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    return subprocess.Popen(  # noqa: S603  # our own interpreter and our own module
        # -P: import nothing from the current folder
        [sys.executable, "-P", "-m", __name__, str(answer_fd)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(answer_fd,),
        env=environment,
        start_new_session=True,
        bufsize=0,
    )


def _converse(child: subprocess.Popen[bytes], order: bytes, answers: io.RawIOBase, deadline: float) -> bytes | None:
    """Send the order and read the answer until the child closes its end; None after the deadline."""
    assert child.stdin is not None
    try:
        with child.stdin:
            child.stdin.write(order)  # far below a pipe's capacity: does not block
    except BrokenPipeError:
        return b""
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(answers, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            piece = answers.read(1 << 16)
            if not piece:
                return bytes(answer)
            answer += piece
            if len(answer) > MOST_ANSWER_BYTES:
                return b""
    return None


def _end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Wait `grace_s` for the child to exit, kill what is left of its process group, and reap the child."""
    until = time.monotonic() + grace_s
    # WNOWAIT: until the child is reaped its group id cannot be reused
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None and time.monotonic() < until:
        time.sleep(0.002)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _unpack(answer: bytes, status: int, cpu_s: int) -> object:
    if not answer or status != 0:
        if status == -signal.SIGKILL and not answer:
            # no limit of its own ends it so, and no fault in a decoder
            raise ServiceUnavailable(
                "the process that reads the file was killed, as happens where memory runs out; try again later"
            )
        if status == -signal.SIGXCPU:
            raise InvalidVideo(f"reading the file took more than {cpu_s} s of processor time")
        raise InvalidVideo("the file cannot be read: it makes the decoder fail")
    try:
        kind, value = _Careful(io.BytesIO(answer)).load()
    except pickle.UnpicklingError as exc:
        raise RuntimeError("a child process gave an answer that is not accepted") from exc
    match kind:
        case "result":
            return value
        case "error":
            raise cast(ClipzyError, value)
        case "memory":
            raise InvalidVideo("reading the file takes more memory than is allowed")
        case _:
            raise RuntimeError(f"failed in its child process:\n{value}")


class _Careful(pickle.Unpickler):
    """Unpickles plain values and this package's dataclasses, enums and errors alone: nothing that could run a command."""

    def find_class(self, module: str, name: str) -> object:
        if module.partition(".")[0] == "clipzy" and "." not in name:
            found = getattr(import_module(module), name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum | ClipzyError)):
                return found
        elif (module, name) in SAFE_CLASSES or (module == "builtins" and name in SAFE_BUILTINS):
            return cast(object, super().find_class(module, name))
        raise pickle.UnpicklingError(f"{module}.{name} is not accepted from a child process")


def _limit(memory_mb: int, cpu_s: int, timeout_s: float) -> None:
    """Limit this process: additional address space, processor time, no core files, first to be killed, and an alarm in case the parent dies."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + memory_mb * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # where the machine's memory runs out, this process has to go and not our parent
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    signal.alarm(int(timeout_s) + 2)


def _serve(answer_fd: int) -> None:
    """The child's side: one order from standard input, one answer."""
    search, module, name, args, limits = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  # our parent wrote it
    sys.path[:] = search
    function = getattr(import_module(module), name)
    _limit(*limits)
    answer: tuple[str, object]
    try:
        answer = ("result", function(*args))
    except ClipzyError as error:
        answer = ("error", error)
    except MemoryError:
        answer = ("memory", None)
    except Exception:  # noqa: BLE001  # the parent has to know of any error
        answer = ("fault", traceback.format_exc())
    with os.fdopen(answer_fd, "wb") as out:
        pickle.dump(answer, out)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
