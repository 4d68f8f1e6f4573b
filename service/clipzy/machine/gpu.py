"""NVIDIA's GPUs as every part of the engine sees them: whether this machine has one, and what one fails with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

NVIDIA_DEVICE = Path("/dev/nvidiactl")
HIDDEN: Final = frozenset({"", "-1", "NoDevFiles"})  # CUDA_VISIBLE_DEVICES as those spell it who want none to be used


def absence() -> str | None:
    """Why this process has no GPU; None where there is one, whether or not it works. Asks neither CUDA nor torch, and takes no time."""
    import pynvml  # noqa: PLC0415 (the processes of Triton's networks read this module too, and have no use for it)

    if os.environ.get("CUDA_VISIBLE_DEVICES", "all").partition(",")[0].strip() in HIDDEN:
        return "CUDA_VISIBLE_DEVICES names none"
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as exc:
        # containers that were not granted `utility` among NVIDIA_DRIVER_CAPABILITIES have a GPU without NVML
        return None if NVIDIA_DEVICE.exists() else f"no NVIDIA GPU: {exc}"
    try:
        return None if pynvml.nvmlDeviceGetCount() else "no NVIDIA GPU"
    except pynvml.NVMLError:  # they cannot even be counted
        return None
    finally:
        pynvml.nvmlShutdown()


def gpu_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What is raised where a GPU fails, beside `others`: torch's and PyAV's own are RuntimeErrors, and a torch without CUDA asserts that it has it.

    To be asked once something is raised: the one that is no RuntimeError is torch's, which those need not import who do without it. It comes
    where CUDA starts, and then cannot read what a GPU is, as of one that was lost.
    """
    deferred = getattr(sys.modules.get("torch.cuda"), "DeferredCudaCallError", None)
    return (RuntimeError, AssertionError, *([deferred] if deferred else []), *others)


def first_line(error: BaseException) -> str:
    """What an error says, without the pages that CUDA's add to it."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
