"""Large tensors handed to a Triton on the same host in the GPU's own memory, where its networks read them in place.

One copy, from this process's memory to the GPU, takes the place of three: into shared memory, on to the model's
process, and to the GPU. The server opens the memory by CUDA's inter-process handle, which it can in the same container,
or in one that shares this one's IPC namespace and GPU.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import ClassVar

import numpy as np
import tritonclient.grpc as grpcclient

from clipzy.inference.shared_memory import CALL_TIMEOUT_S, SharedMemoryRefused, new_name, offsets, refusals
from clipzy.inference.tensors import Array

DEVICE = 0  # the first GPU that this process sees
_copying = threading.Lock()  # the client's module makes its stream at the first copy, whichever thread that is of


class CudaRegion:
    """Memory of the first GPU."""

    KIND: ClassVar = "CUDA shared memory"

    def __init__(self, client: grpcclient.InferenceServerClient, size: int) -> None:
        """As `Region`; refused where there is no GPU, no room on it, no `cuda` package, or the server cannot open it."""
        self.name = new_name()
        self.size = size
        self._cuda = _library()
        try:
            self._memory = self._cuda.create_shared_memory_region(self.name, size, DEVICE)
        except Exception as exc:
            # what CUDA said is the cause, as bytes in an exception, where the module's own does not hide it; that says always the same
            raise SharedMemoryRefused(f"the GPU gave no memory: {exc.__cause__ or exc}") from exc
        try:
            with refusals("Triton could not open it"):
                handle = self._cuda.get_raw_handle(self._memory)
                client.register_cuda_shared_memory(self.name, handle, DEVICE, size, client_timeout=CALL_TIMEOUT_S)
        except BaseException:
            self.release()
            raise

    def fill(self, arrays: Sequence[Array]) -> None:
        """As `Region`."""
        try:
            with _copying:
                self._cuda.set_shared_memory_region_from_dlpack(self._memory, list(_without_gaps(arrays)))
        except Exception as exc:  # the module's own, and CUDA's as a plain Exception
            raise SharedMemoryRefused(f"the GPU took no data: {exc.__cause__ or exc}") from exc

    def release(self) -> None:
        """As `Region`; the memory is freed with the last reference to it."""
        self._cuda.destroy_shared_memory_region(self._memory)
        del self._memory

    @staticmethod
    def registered(client: grpcclient.InferenceServerClient) -> Iterable[str]:
        """As `Region`."""
        return list(client.get_cuda_shared_memory_status(client_timeout=CALL_TIMEOUT_S).regions)

    @staticmethod
    def unregister(client: grpcclient.InferenceServerClient, name: str) -> None:
        """As `Region`."""
        client.unregister_cuda_shared_memory(name, client_timeout=CALL_TIMEOUT_S)


def _library() -> ModuleType:
    """The client's own module for CUDA memory; a process that does not ask for it need not have CUDA."""
    try:
        return importlib.import_module("tritonclient.utils.cuda_shared_memory")
    except (ImportError, RuntimeError) as exc:
        raise SharedMemoryRefused(f"the Python package for CUDA cannot be loaded: {exc}") from exc


def _without_gaps(arrays: Sequence[Array]) -> Iterator[Array]:
    """Tensors with what lies between them, as the client's module lays one behind the other."""
    written = 0
    for array, offset in zip(arrays, offsets(arrays), strict=True):
        if offset > written:
            yield np.zeros(offset - written, np.uint8)
        # DLPack hands out nothing that may not be written
        yield np.require(array, requirements=["C", "W"])
        written = offset + array.nbytes
