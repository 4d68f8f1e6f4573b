"""Exact time: rational seconds and half-open spans of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in exact seconds of the source; raises ValueError unless 0 <= start < end."""

    start: Fraction
    end: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span must have 0 <= start < end, not [{self.start}, {self.end})")

    @property
    def duration(self) -> Fraction:
        """Length in seconds."""
        return self.end - self.start
