"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipzy.settings import Settings


@pytest.fixture(scope="session")
def weights_path() -> Path:
    """The folder of the networks' weights, prepared when it is not yet."""
    # imported here: tests without a network need no torch
    from clipzy.networks.weights import prepare  # noqa: PLC0415

    path = Settings().weights_path
    prepare(path, report=print)
    return path
