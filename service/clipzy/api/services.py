"""What the API is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clipzy.jobs.engine import Engine
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Services:
    """Made by the composition root. `networks_ready`: whether each network answers, by name; it may take seconds."""

    settings: Settings
    store: Store
    objects: ObjectStore
    engine: Engine
    networks_ready: Callable[[], Mapping[str, bool]]
