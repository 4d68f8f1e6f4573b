"""Several calls of torch made as one, for threads that would hand Python's lock to each other at every call."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import torch

P = ParamSpec("P")
T = TypeVar("T")


def at_once(function: Callable[P, T]) -> Callable[P, T]:
    """The function as a TorchScript, which runs without Python's lock from end to end; raises RuntimeError of what torch says.

    It runs as it is written, call for call, so that it gives what the function gives, to the bit: optimised, it would be profiled at first, then
    compiled in each process, and its calls fused, which round otherwise.
    """
    script = cast("Callable[P, T]", torch.jit.script(function))

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            # of this thread alone; torch exports it without saying so
            with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
                return script(*args, **kwargs)
        except RuntimeError as exc:
            # what the call said that failed comes last, after the lines of the script
            raise RuntimeError(str(exc).rpartition("\nRuntimeError: ")[2]) from exc

    return run
