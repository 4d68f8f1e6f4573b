"""Goes through all pages of a list."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TypeVar

from clipzy_client.exchange import Exchange
from clipzy_client.models.base import Page
from clipzy_client.requests import Call

P = TypeVar("P", bound=Page)
T = TypeVar("T")

LARGEST_PAGE = 100  # the fewest requests


async def each_entry(
    exchange: Exchange, page_of: Callable[[int], Call[P]], entries: Callable[[P], Mapping[str, T]]
) -> AsyncGenerator[T, None]:
    """Every entry once, newest first. What is added meanwhile is not seen; it pushes others on to the next page.

    What is deleted meanwhile, as by who goes through the list, lets others move up to pages that were seen: those are looked at again.
    """
    seen: set[str] = set()
    number, total = 1, 0
    while True:
        page = await exchange.ask(page_of(number))
        gone, total = total - page.total, page.total
        if gone > 0 and number > 1:
            number = max(1, number - math.ceil(gone / page.page_size))
            continue
        for name, entry in entries(page).items():
            if name not in seen:
                seen.add(name)
                yield entry
        if number * page.page_size >= page.total:
            return
        number += 1
