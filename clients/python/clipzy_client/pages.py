"""Goes through all pages of a list."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from itertools import count
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
    """Every entry once, newest first. What is added meanwhile is not seen; it pushes others on to the next page."""
    seen: set[str] = set()
    for number in count(1):
        page = await exchange.ask(page_of(number))
        for name, entry in entries(page).items():
            if name not in seen:
                seen.add(name)
                yield entry
        if number * page.page_size >= page.total:
            return
