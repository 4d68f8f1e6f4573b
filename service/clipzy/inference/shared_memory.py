"""Large tensors handed to a Triton on the same host without copying them through gRPC.

A region is POSIX shared memory whose name is removed as soon as the server has opened it: whatever happens to this
process then, nothing is left in /dev/shm. The server's own mapping lives until it is told to drop it; what a killed
process could not tell, the next process that connects does.
"""

from __future__ import annotations

import itertools
import mmap
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import tritonclient.grpc as grpcclient

from clipzy.inference.tensors import Array
from clipzy.machine.owners import owner_is_gone, owner_tag

FOLDER = Path("/dev/shm")  # noqa: S108 (where POSIX shared memory lies on Linux)
OWNED = "clipzy-tensors"
SMALLEST = 4 << 20  # bytes; a region doubles from here, so that it is rarely made anew
UNAVAILABLE = "StatusCode.UNAVAILABLE"  # the server is away
ALIGNMENT = 64  # bytes between tensors in one region: a cache line
CALL_TIMEOUT_S = 10.0  # of a call that (un)registers a region
# a server answers a failed call a moment before it lets go of what it read for it
STILL_READ_S, LOOK_S = 0.5, 0.01
_numbers = itertools.count()


class SharedMemoryRefused(Exception):
    """No region could be made or registered; the message says why."""


class Region(Protocol):
    """Memory that this process and the server both see, under a name of the server's registry."""

    KIND: ClassVar[str]
    name: str
    size: int

    def __init__(self, client: grpcclient.InferenceServerClient, size: int) -> None:
        """Make, map and register `size` bytes.

        Raises:
            SharedMemoryRefused: there is no such memory, no room in it, or the server cannot open it.
        """

    def fill(self, arrays: Sequence[Array]) -> None:
        """Copy tensors to the places that `offsets` gives them; raises SharedMemoryRefused where the memory takes none."""

    def release(self) -> None:
        """Let this process's memory go; the server has dropped it before, or is gone."""

    @staticmethod
    def registered(client: grpcclient.InferenceServerClient) -> Iterable[str]:
        """Names of all regions of this kind that the server has open."""

    @staticmethod
    def unregister(client: grpcclient.InferenceServerClient, name: str) -> None:
        """Have the server drop a region."""


class SystemRegion:
    """POSIX shared memory."""

    KIND: ClassVar = "shared memory"

    def __init__(self, client: grpcclient.InferenceServerClient, size: int) -> None:
        """As `Region`; refused where /dev/shm has no room, or the server runs in another container."""
        self.name = new_name()
        self.size = size
        path = FOLDER / self.name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as exc:
            raise SharedMemoryRefused(f"{FOLDER} cannot be written: {exc}") from exc
        try:
            os.posix_fallocate(descriptor, 0, size)  # else a full /dev/shm ends this process with SIGBUS, later
            self._memory = mmap.mmap(descriptor, size)
            with refusals("Triton could not open it"):
                client.register_system_shared_memory(self.name, f"/{self.name}", size, client_timeout=CALL_TIMEOUT_S)
        except OSError as exc:
            raise SharedMemoryRefused(f"{FOLDER} has no room for {size} bytes: {exc}") from exc
        finally:
            os.close(descriptor)
            path.unlink()

    def fill(self, arrays: Sequence[Array]) -> None:
        """As `Region`."""
        for array, offset in zip(arrays, offsets(arrays), strict=True):
            target = np.frombuffer(self._memory, array.dtype, array.size, offset).reshape(array.shape)
            np.copyto(target, array)

    def release(self) -> None:
        """As `Region`."""
        # who looks into running threads may hold an array on it: then the memory goes with that
        with suppress(BufferError):
            self._memory.close()

    @staticmethod
    def registered(client: grpcclient.InferenceServerClient) -> Iterable[str]:
        """As `Region`."""
        return list(client.get_system_shared_memory_status(client_timeout=CALL_TIMEOUT_S).regions)

    @staticmethod
    def unregister(client: grpcclient.InferenceServerClient, name: str) -> None:
        """As `Region`."""
        client.unregister_system_shared_memory(name, client_timeout=CALL_TIMEOUT_S)


class RegionPool:
    """Regions of one kind and one connection: as many as there are calls at once, each grown when a call needs more."""

    def __init__(self, client: grpcclient.InferenceServerClient, kind: type[Region]) -> None:
        """Hold no region yet."""
        self.kind = kind
        self.refused = False  # set by who leased in vain
        self._client = client
        self._lock = threading.Lock()
        self._idle: list[Region] = []
        self._in_doubt: list[Region] = []
        self._swept = False

    @contextmanager
    def lease(self, arrays: Sequence[Array]) -> Iterator[Region]:
        """A region for one call, filled with its tensors.

        The server may still read for a call that failed here: that call's region is not used again.

        Raises:
            SharedMemoryRefused: no region can be had.
        """
        self._sweep_once()
        self._look_again()
        region = self._take(offsets(arrays)[-1] + arrays[-1].nbytes)
        try:
            region.fill(arrays)
            yield region
        except BaseException:
            self._drop(region)
            raise
        with self._lock:
            self._idle.append(region)

    def forget(self) -> None:
        """Drop every idle region, and those in doubt: the server was started anew, and has none but what calls at once have made since."""
        with self._lock:
            regions, self._idle = self._idle, []
        for region in regions:
            self._drop(region)
        self._look_again()

    def close(self) -> None:
        """Drop every region, here and in the server."""
        with self._lock:
            idle, doubtful, self._idle, self._in_doubt = self._idle, self._in_doubt, [], []
        for region in idle:
            self._unregister(region.name)
            region.release()
        until = time.monotonic() + STILL_READ_S
        for region in doubtful:
            while not self._unregister(region.name) and time.monotonic() < until:
                time.sleep(LOOK_S)
            region.release()

    def _take(self, size: int) -> Region:
        with self._lock:
            region = self._idle.pop() if self._idle else None
        if region is not None and region.size >= size:
            return region
        if region is not None:
            self._drop(region)
        return self.kind(self._client, max(SMALLEST, 1 << (size - 1).bit_length()))

    def _drop(self, region: Region) -> None:
        """Let a region go, once the server has: what CUDA frees while another process has it open is undefined."""
        if self._unregister(region.name):
            region.release()
        else:
            with self._lock:
                self._in_doubt.append(region)

    def _look_again(self) -> None:
        """Let go of regions in doubt that the server reads no longer, or, started anew, has never had."""
        with self._lock:
            doubtful, self._in_doubt = deque(self._in_doubt), []
        try:
            while doubtful and self._unregister(doubtful[0].name):
                doubtful.popleft().release()
        finally:
            # a server that hangs is asked once a call; the next call begins with another region than one that is read for long
            doubtful.rotate(-1)
            with self._lock:
                self._in_doubt += doubtful

    def _sweep_once(self) -> None:
        """Have the server drop the regions of processes that have ended."""
        with self._lock:
            if self._swept:
                return
            with refusals("Triton does not share memory"):
                names = list(self.kind.registered(self._client))
            self._swept = True
        for name in names:
            if owner_is_gone(name, OWNED):
                self._unregister(name)

    def _unregister(self, name: str) -> bool:
        """Have the server drop a region, if it has it; False where it is away, or still reads for a call that timed out."""
        try:
            self.kind.unregister(self._client, name)
        except grpcclient.InferenceServerException:
            return False
        return True


def new_name() -> str:
    """A region's name, which tells whose it is."""
    return f"{owner_tag(OWNED)}-{next(_numbers)}"


def offsets(arrays: Sequence[Array]) -> list[int]:
    """Where each tensor begins in the region that holds them all, in bytes."""
    return list(itertools.accumulate((_aligned(array.nbytes) for array in arrays[:-1]), initial=0))


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


@contextmanager
def refusals(meaning: str) -> Iterator[None]:
    """Turn the server's refusals into ours; that it is away is no refusal and passes."""
    try:
        yield
    except grpcclient.InferenceServerException as exc:
        if exc.status() == UNAVAILABLE:
            raise
        raise SharedMemoryRefused(f"{meaning}: {exc.message()}") from exc
