"""How patient the client is: time-outs, retries and polling, as values with defaults that suit most callers."""

from __future__ import annotations

import random
from dataclasses import dataclass

MOST_MISSED = (
    5  # looks in a row that found no engine; with their own retries that is half a minute, and some where it hangs
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds.

    `answer_s`: without a byte of an answer. `upload_answer_s`: the same after an upload, which the engine looks into first.
    `silence_s`: of an event stream, whose heart beats every 15 s.
    """

    connect_s: float = 5.0
    answer_s: float = 30.0
    upload_answer_s: float = 300.0
    silence_s: float = 45.0


@dataclass(frozen=True, slots=True)
class Retries:
    """When to try again what may be tried again, and when to give up.

    `most`: retries of one request. `first_s`, `longest_s`: bounds of the pause, which doubles and has full jitter, so that
    many clients do not come back in step. `longest_asked_s`: the longest Retry-After that is waited for.
    """

    most: int = 3
    first_s: float = 0.5
    longest_s: float = 8.0
    longest_asked_s: float = 60.0

    def pause_s(self, tried_again: int, asked_s: float | None = None) -> float | None:
        """Seconds before the next try, after so many retries; None to give up. `asked_s`: what Retry-After said."""
        if tried_again >= self.most:
            return None
        jitter = random.random()  # noqa: S311 (no secret)
        if asked_s is None:
            return jitter * min(self.longest_s, self.first_s * 2.0**tried_again)
        # never earlier than was asked for, and not all at once
        return asked_s + jitter * self.first_s if asked_s <= self.longest_asked_s else None

    def away_pause_s(self, missed: int, asked_s: float | None = None) -> float | None:
        """Seconds before an engine that stayed away for a request and all of its retries is looked for again; None to give up.

        `missed`: such looks in a row, from 1. Pauses go on where those of the retries ended, at their full length: a start
        takes its time. `asked_s`: what Retry-After said.
        """
        asked_s = asked_s or 0.0
        if missed >= MOST_MISSED or asked_s > self.longest_asked_s:
            return None
        jitter = random.random()  # noqa: S311 (no secret)
        return asked_s + min(self.longest_s, self.first_s * 2.0 ** (self.most + missed - 1)) + jitter * self.first_s


@dataclass(frozen=True, slots=True)
class Polling:
    """How often a job is looked at: every `first_s` for `steady_s`, which short jobs take, then ever more rarely.

    `growth`: of each pause over the one before; `longest_s`: the longest pause.
    """

    first_s: float = 5.0
    longest_s: float = 30.0
    steady_s: float = 120.0
    growth: float = 1.5

    def next_s(self, pause_s: float, waited_s: float) -> float:
        """The pause after one of `pause_s`, when `waited_s` have passed in all."""
        return self.first_s if waited_s < self.steady_s else min(self.longest_s, pause_s * self.growth)


USUAL_TIMEOUTS, USUAL_RETRIES, USUAL_POLLING = Timeouts(), Retries(), Polling()
