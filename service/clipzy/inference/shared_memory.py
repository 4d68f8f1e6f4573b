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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tritonclient.grpc as grpcclient

from clipzy.inference.owners import owner_is_gone, owner_tag
from clipzy.inference.tensors import Array

FOLDER = Path("/dev/shm")  # noqa: S108 (where POSIX shared memory lies on Linux)
OWNED = "clipzy-tensors"
SMALLEST = 4 << 20  # bytes; a region doubles from here, so that it is rarely made anew
CALL_TIMEOUT_S = 10.0  # of a call that (un)registers a region
_numbers = itertools.count()


class SharedMemoryRefused(Exception):
    """No region could be made or registered; the message says why."""


class Region:
    """Memory that this process and the server both see, under a name of the server's registry."""

    def __init__(self, client: grpcclient.InferenceServerClient, size: int) -> None:
        """Make, map and register `size` bytes.

        Raises:
            SharedMemoryRefused: there is no room, or the server cannot open it (it runs in another container).
        """
        self.name = f"{owner_tag(OWNED)}-{next(_numbers)}"
        self.size = size
        path = FOLDER / self.name
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as exc:
            raise SharedMemoryRefused(f"{FOLDER} cannot be written: {exc}") from exc
        try:
            os.posix_fallocate(descriptor, 0, size)  # else a full /dev/shm ends this process with SIGBUS, later
            self._memory = mmap.mmap(descriptor, size)
            with _refusals("Triton could not open it"):
                client.register_system_shared_memory(self.name, f"/{self.name}", size, client_timeout=CALL_TIMEOUT_S)
        except OSError as exc:
            raise SharedMemoryRefused(f"{FOLDER} has no room for {size} bytes: {exc}") from exc
        finally:
            os.close(descriptor)
            path.unlink()

    def write(self, array: Array, offset: int) -> None:
        """Copy a tensor to `offset` bytes from the start."""
        target = np.frombuffer(self._memory, array.dtype, array.size, offset).reshape(array.shape)
        np.copyto(target, array)

    def unmap(self) -> None:
        """Let this process's mapping go."""
        self._memory.close()


class RegionPool:
    """Regions of one connection: as many as there are calls at once, each grown when a call needs more."""

    def __init__(self, client: grpcclient.InferenceServerClient) -> None:
        """Hold no region yet."""
        self._client = client
        self._lock = threading.Lock()
        self._idle: list[Region] = []
        self._in_doubt: list[str] = []
        self._swept = False

    @contextmanager
    def lease(self, size: int) -> Iterator[Region]:
        """A region of at least `size` bytes for one call.

        The server may still read for a call that failed here: that call's region is not used again.

        Raises:
            SharedMemoryRefused: no region can be had.
        """
        self._sweep_once()
        region = self._take(size)
        try:
            yield region
        except BaseException:
            self._drop(region)
            raise
        with self._lock:
            self._idle.append(region)

    def forget(self) -> None:
        """Drop every idle region without telling the server: it was started anew and knows none of them."""
        with self._lock:
            regions, self._idle = self._idle, []
        for region in regions:
            region.unmap()

    def close(self) -> None:
        """Drop every region, here and in the server."""
        with self._lock:
            regions, self._idle = self._idle, []
            names, self._in_doubt = self._in_doubt, []
        for region in regions:
            self._drop(region)
        for name in names:
            self._unregister(name)

    def _take(self, size: int) -> Region:
        with self._lock:
            region = self._idle.pop() if self._idle else None
        if region is not None and region.size >= size:
            return region
        if region is not None:
            self._drop(region)
        return Region(self._client, max(SMALLEST, 1 << (size - 1).bit_length()))

    def _drop(self, region: Region) -> None:
        region.unmap()
        if not self._unregister(region.name):
            with self._lock:
                self._in_doubt.append(region.name)

    def _sweep_once(self) -> None:
        """Have the server drop the regions of processes that have ended."""
        with self._lock:
            if self._swept:
                return
            with _refusals("Triton does not share memory"):
                status = self._client.get_system_shared_memory_status(client_timeout=CALL_TIMEOUT_S)
            self._swept = True
        for name in [name for name in status.regions if owner_is_gone(name, OWNED)]:
            self._unregister(name)

    def _unregister(self, name: str) -> bool:
        """Have the server drop a region; False where it is away, or still reads for a call that timed out."""
        try:
            self._client.unregister_system_shared_memory(name, client_timeout=CALL_TIMEOUT_S)
        except grpcclient.InferenceServerException:
            return False
        return True


@contextmanager
def _refusals(meaning: str) -> Iterator[None]:
    """Turn the server's refusals into ours; that it is away is no refusal and passes."""
    try:
        yield
    except grpcclient.InferenceServerException as exc:
        if exc.status() == "StatusCode.UNAVAILABLE":
            raise
        raise SharedMemoryRefused(f"{meaning}: {exc.message()}") from exc
