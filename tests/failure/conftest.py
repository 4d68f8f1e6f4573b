"""An engine on either database, whose workers may tell owners on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from failure.ledger import Ledger, ledger_of
from workshop import Workshop

HERE = {"webhook_allowed_networks": "127.0.0.0/8"}
# workers that are missed soon; on a busy machine a living one may be among them, whose stage is then run twice
QUICK = {**HERE, "heartbeat_interval_s": 0.3, "worker_lost_after_s": 1.5}


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(request, tmp_path) -> Iterator[Workshop]:
    """A job engine without a worker, with a module's own SETTINGS where it has any."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    workshop = Workshop(tmp_path, database_url=url, max_concurrent_jobs=2, **getattr(request.module, "SETTINGS", QUICK))
    yield workshop
    workshop.close()


@pytest.fixture
def ledger(workshop) -> Iterator[Ledger]:
    """What is seen of its jobs."""
    with ledger_of(workshop) as ledger:
        yield ledger
