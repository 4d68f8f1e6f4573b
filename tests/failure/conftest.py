"""An engine on either database, whose workers are missed quickly and may tell owners on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from failure.ledger import Ledger, ledger_of
from workshop import Workshop

QUICK = {"heartbeat_interval_s": 0.3, "worker_lost_after_s": 1.5, "webhook_allowed_networks": "127.0.0.0/8"}


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(request, tmp_path) -> Iterator[Workshop]:
    """A job engine without a worker."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    workshop = Workshop(tmp_path, database_url=url, max_concurrent_jobs=2, **QUICK)
    yield workshop
    workshop.close()


@pytest.fixture
def ledger(workshop) -> Iterator[Ledger]:
    """What is seen of its jobs."""
    with ledger_of(workshop) as ledger:
        yield ledger
