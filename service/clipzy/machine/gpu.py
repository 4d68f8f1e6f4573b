"""NVIDIA GPUs: whether this machine has one, and the errors when one fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

NVIDIA_DEVICE = Path("/dev/nvidiactl")
HIDDEN: Final = frozenset({"", "-1", "NoDevFiles"})  # values of CUDA_VISIBLE_DEVICES that hide all GPUs


def absence() -> str | None:
    """Why this process has no GPU; None if there is one, whether or not it works. Fast, without CUDA or torch."""
    import pynvml  # noqa: PLC0415 (the processes of Triton's networks read this module too, and have no use for it)

    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").partition(",")[0].strip() in HIDDEN:
        return "CUDA_VISIBLE_DEVICES names none"
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as exc:
        # containers without `utility` in NVIDIA_DRIVER_CAPABILITIES have a GPU but no NVML
        return None if NVIDIA_DEVICE.exists() else f"no NVIDIA GPU: {exc}"
    try:
        return None if pynvml.nvmlDeviceGetCount() else "no NVIDIA GPU"
    except pynvml.NVMLError:  # there is a driver, but it cannot count them
        return None
    finally:
        pynvml.nvmlShutdown()


def gpu_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """The exceptions of a failing GPU, and `others`: torch and PyAV raise RuntimeError, and a torch without CUDA AssertionError.

    To be called in the `except` clause: DeferredCudaCallError is raised when CUDA starts on a lost GPU, and exists only once torch was imported.
    """
    deferred = getattr(sys.modules.get("torch.cuda"), "DeferredCudaCallError", None)
    return (RuntimeError, AssertionError, *([deferred] if deferred else []), *others)


def first_line(error: BaseException) -> str:
    """The first line of an error's message; CUDA's are pages long."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
