"""What a scenario gives: rows of one figure each, with the values of all rounds and, round by round, their ratio to a peer's."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    `case`: what it was measured on; `subject`: of what; `values`: one each round, none where it could not be measured, and then
    `note` says why. `ratios`: each round's value by the peer's of the same round. `less`: less is better; None: it is no merit.
    """

    case: str
    subject: str
    unit: str
    values: tuple[float, ...]
    peer: str | None = None
    ratios: tuple[float, ...] = ()
    less: bool | None = True
    note: str = ""
    scenario: str = ""  # filled in by the runner

    @classmethod
    def missing(cls, case: str, subject: str, why: str) -> Self:
        """A figure that could not be measured, and why."""
        return cls(case, subject, "", (), note=why)

    @classmethod
    def read(cls, fields: dict[str, Any]) -> Self:
        """The row that `written` gave."""
        return cls(**{**fields, "values": tuple(fields["values"]), "ratios": tuple(fields["ratios"])})

    def written(self) -> dict[str, Any]:
        """The row as plain values for JSON, rounded to what is worth reading."""
        fields = asdict(self)
        return {**fields, "values": [_rounded(v) for v in self.values], "ratios": [_rounded(v) for v in self.ratios]}

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same figure in another run."""
        return self.scenario, self.case, self.subject, self.unit

    @property
    def value(self) -> float | None:
        """Median of the rounds; None where nothing was measured."""
        return statistics.median(self.values) if self.values else None

    @property
    def ratio(self) -> float | None:
        """Median of the rounds' ratios; None where there is no peer."""
        return statistics.median(self.ratios) if self.ratios else None


def merged(rows: Iterable[Row]) -> list[Row]:
    """The rows with those of the same figure made one, with the values of all; figures that could not be measured stay as they are."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = (*row.key, "" if row.values else row.note)
        known = found.get(key)
        if known is None:
            found[key] = row
        else:
            found[key] = replace(known, values=known.values + row.values, ratios=known.ratios + row.ratios)
    return list(found.values())


def by_peer(values: Sequence[float], peers: Sequence[float]) -> tuple[float, ...]:
    """Round by round, the value by the peer's; what the machine's other work slowed in both cancels out."""
    return tuple(value / peer for value, peer in zip(values, peers, strict=True))


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
