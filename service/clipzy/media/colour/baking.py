"""Fill a table on several processors at once: the first picture waits for it, while most processors are idle."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from clipzy.machine.processors import available_processors

MOST_AT_ONCE = 16  # a look takes .3 s on one processor, so that more would not be noticed


def in_slices(rows: int, fill: Callable[[slice], None]) -> None:
    """Call `fill` with slices of a table's rows, in several threads; raises what `fill` raises."""
    at_once = min(available_processors(), MOST_AT_ONCE, rows)
    edges = [rows * number // at_once for number in range(at_once + 1)]
    with ThreadPoolExecutor(at_once, "bake") as pool:
        list(pool.map(fill, map(slice, edges[:-1], edges[1:])))
