"""What more than one file of these tests needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clipzy.jobs.store import Store
from workshop import open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store on a fresh SQLite file."""
    store = open_store(tmp_path)
    yield store
    store.database.dispose()
