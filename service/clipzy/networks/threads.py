"""Threads for networks of many small steps: torch's own would wait for each other at every step.

They give their processor away while they wait (`inference.runner`), which costs several times the work: 30 s of sound
through the recurrent networks of the beats take 3 to 4 times as long with two threads as with one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch work in this thread alone."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def each_in_one_thread(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """A function's results, in order; as many items side by side as torch has threads, each worked on in one."""
    inferring = torch.is_inference_mode_enabled()

    def work(item: Item) -> Result:
        with torch.inference_mode(inferring):  # which each thread has for itself
            return function(item)

    threads = min(torch.get_num_threads(), len(items))
    with one_thread():
        if threads <= 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(threads, "network", torch.set_num_threads, (1,)) as pool:
            return list(pool.map(work, items))
