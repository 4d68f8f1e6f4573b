"""How long a worker waits for what is away."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

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


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StorageUnavailable("the volume is not mounted"), ("the object storage", "the volume is not mounted")),
        (sa.exc.OperationalError("SELECT 1", {}, OSError("refused")), ("the database", "refused")),
    ],
    ids=["storage", "database"],
)
def test_what_is_away_is_told_in_its_own_words(monkeypatch, error, told):
    """Whether it was another's error at first or not."""
    lines = []
    monkeypatch.setattr(patience, "log", SimpleNamespace(warning=lambda event, *, error: lines.append((event, error))))
    assert patiently(slowly(0.0, error, "the answer"), lambda: None, patience_s=5.0) == "the answer"
    [(event, why)] = lines
    assert event.startswith(f"{told[0]} does not answer")
    assert told[1] in why


def test_before_each_further_try_it_is_asked_whether_anybody_waits():
    """Not before the first; and where nobody does, that is what is raised."""
    checks = []

    def check():
        checks.append(len(checks))
        if len(checks) == 2:
            raise KeyboardInterrupt

    assert patiently(slowly(0.0, "the file"), check) == "the file"
    assert checks == []
    with pytest.raises(KeyboardInterrupt):
        patiently(slowly(0.0, *[StorageUnavailable("away")] * 9), check, patience_s=5.0)
    assert checks == [0, 1]


def test_patience_ends():
    """What stays away is given up, and says so itself."""
    ask = slowly(0.0, *[StorageUnavailable(str(number)) for number in range(9)])
    with pytest.raises(StorageUnavailable, match=r"^[12]$"):
        patiently(ask, lambda: None, patience_s=0.9)
