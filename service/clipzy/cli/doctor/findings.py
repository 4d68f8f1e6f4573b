"""What a check finds, and how checks are run: side by side, each with a time of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

USUAL_LIMIT_S = 5.0


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `fact`: what was seen; `advice`: what to do about it, empty where nothing."""

    name: str
    verdict: Verdict
    fact: str
    advice: str = ""


def ok(name: str, fact: str) -> Finding:
    """All is well with it."""
    return Finding(name, Verdict.OK, fact)


def warn(name: str, fact: str, advice: str) -> Finding:
    """The engine works, but not as well as it could, or not for long."""
    return Finding(name, Verdict.WARN, fact, advice)


def fail(name: str, fact: str, advice: str) -> Finding:
    """Something that is needed is missing."""
    return Finding(name, Verdict.FAIL, fact, advice)


@dataclass(frozen=True, slots=True)
class Check:
    """One look at something. `look` may raise: what it raises is found to fail. `advice`: where it does, or takes too long."""

    name: str
    look: Callable[[], Sequence[Finding]]
    advice: str
    limit_s: float = USUAL_LIMIT_S


def examine(checks: Iterable[Check]) -> list[Finding]:
    """What all checks found, in their order, when the last is done or its time is up."""
    running = [_Running(check) for check in checks]
    return [finding for each in running for finding in each.findings()]


class _Running:
    """A check in a thread of its own. One that hangs is left behind: nothing waits for it, not even the end of the process."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._until = time.monotonic() + check.limit_s
        self._found: Sequence[Finding] | None = None
        self._thread = threading.Thread(target=self._look, name=f"check-{check.name}", daemon=True)
        self._thread.start()

    def findings(self) -> Sequence[Finding]:
        self._thread.join(max(0.0, self._until - time.monotonic()))
        found = self._found
        if found is None:
            return [fail(self._check.name, f"no answer within {self._check.limit_s:.0f} s", self._check.advice)]
        return found

    def _look(self) -> None:
        try:
            self._found = self._check.look()
        except Exception as error:  # noqa: BLE001 (whatever keeps a check from its end is what it found)
            self._found = [fail(self._check.name, str(error).strip() or type(error).__name__, self._check.advice)]
