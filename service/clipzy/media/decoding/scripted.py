"""Several torch calls as one TorchScript, for threads that would otherwise compete for the GIL at every call."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import torch

P = ParamSpec("P")
T = TypeVar("T")


def at_once(function: Callable[P, T]) -> Callable[P, T]:
    """The function as a TorchScript, which runs without the GIL from end to end; raises RuntimeError with torch's message.

    It is not optimised, so that it gives the function's results to the bit: the optimiser would profile it, compile it in each process, and fuse calls,
    which changes rounding.
    """
    script = cast("Callable[P, T]", torch.jit.script(function))

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            # for this thread alone; torch has no type annotation for it
            with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
                return script(*args, **kwargs)
        except RuntimeError as exc:
            # the message of the call that failed comes last, after the lines of the script
            raise RuntimeError(str(exc).rpartition("\nRuntimeError: ")[2]) from exc

    return run
