"""How much memory there is, and how much is left for this process: under its own limit, in its container and on the machine."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from pathlib import Path

from clipzy.machine.cgroups import own_cgroups

# cgroup versions 2 and 1: limit, usage, and file cache
VERSIONS = (
    ("memory.max", "memory.current", r"(?:in)?active_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", r"total_(?:in)?active_file"),
)
PROC = Path("/proc")
LITTLE = 256 << 20  # bytes: two pictures of 8K, or one and what decoding it takes
OPENCV_NO_MEMORY = -4  # cv2.Error.StsNoMem
# messages of Python, for a thread's stack, and of torch
WITHOUT_MEMORY = ("can't start new thread", "not enough memory")


def is_want_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out: Python has an exception for it, libraries have codes and messages."""
    told = str(error)
    return (
        isinstance(error, MemoryError)
        or getattr(error, "code", None) == OPENCV_NO_MEMORY
        or (isinstance(error, RuntimeError) and any(words in told for words in WITHOUT_MEMORY))
    )


def check_memory(error: Exception) -> None:
    """Raise what was refused for want of memory again, where there really is little: FFmpeg says the same of damage that asks for much."""
    if isinstance(error, MemoryError) and memory_left() < LITTLE:
        raise error


def memory_left() -> int:
    """Bytes: the least of what the limit of this process, the container's and the machine leave; at least 0.

    A container with 4 GiB on a node of 64 processors must not hold as much as that many encoders would use.
    """
    return max(0, min([_of_machine(), *_of_process(), *_of_container()]))


def memory_limit() -> int:
    """Bytes that this process and those that it starts may take together: the least of the container's limits and the machine's memory."""
    return min([_kib(PROC / "meminfo", "MemTotal") << 10, *(limit for limit, _, _ in _limits())])


def _of_machine() -> int:
    return _kib(PROC / "meminfo", "MemAvailable") << 10


def _of_process() -> Iterator[int]:
    """What RLIMIT_DATA leaves, which stages' processes have; it includes threads' stacks."""
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit != resource.RLIM_INFINITY:
        yield limit - (_kib(PROC / "self" / "status", "VmData") << 10)


def _of_container() -> Iterator[int]:
    """What the limits of its cgroup and those above leave."""
    for limit, used, files in _limits():
        yield limit - used + files


def _limits() -> Iterator[tuple[int, int, int]]:
    """Of its cgroup and those above that have one: the limit, what is used, and what of that is file cache, which counts as free; in bytes."""
    for folder in own_cgroups("memory"):
        for limit, taken, cached in VERSIONS:
            try:
                most, used = ((folder / name).read_text(encoding="ascii").strip() for name in (limit, taken))
                told = (folder / "memory.stat").read_text(encoding="ascii")
            except OSError:
                continue
            if most != "max":
                files = sum(int(size) for size in re.findall(rf"^{cached} (\d+)$", told, re.MULTILINE))
                yield int(most), int(used), files


def _kib(path: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", path.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
    assert found is not None  # proc(5): the kernel always has the line
    return int(found[1])
