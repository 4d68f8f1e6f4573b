"""How long a worker waits for what is away."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from clipzy.errors import StorageUnavailable
from clipzy.jobs import patience
from clipzy.jobs.patience import patiently


def slowly(seconds, *outcomes):
    """Something that takes so long each time, and then fails or answers in turn."""
    left = list(outcomes)

    def ask():
        time.sleep(seconds)
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return ask


def test_patience_begins_with_the_first_failure():
    """A large file that has been under way for longer than that is asked for once more."""
    ask = slowly(0.7, StorageUnavailable("away"), "the file")
    assert patiently(ask, lambda: None, patience_s=0.6) == "the file"


def test_what_is_away_is_told_in_its_own_words(monkeypatch):
    """Whether it was another's error at first or not."""
    told = []
    monkeypatch.setattr(patience, "log", SimpleNamespace(warning=lambda _event, *, error: told.append(error)))
    ask = slowly(0.0, StorageUnavailable("the volume is not mounted"), "the file")
    assert patiently(ask, lambda: None, patience_s=5.0) == "the file"
    assert told == ["the volume is not mounted"]


def test_patience_ends():
    """What stays away is given up, and says so itself."""
    ask = slowly(0.0, *[StorageUnavailable(str(number)) for number in range(9)])
    with pytest.raises(StorageUnavailable, match=r"^[12]$"):
        patiently(ask, lambda: None, patience_s=0.9)
