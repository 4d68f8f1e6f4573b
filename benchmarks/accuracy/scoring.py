"""Scores against a known truth, and how sure they are: pure functions, no media.

A benchmark scores every unit it made (an edit, a clip, a picture) by itself; intervals then come from drawing units again with replacement
(the bootstrap: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993), since what lies within one unit is not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

Unit = TypeVar("Unit")
Interval = tuple[float, float]

ROUNDS = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the interval that holds it at 95 %, over `units` units; nan where there was nothing to score."""

    value: float
    low: float
    high: float
    units: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Matched, found and true things of one unit."""

    hits: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of what was found that is true; nan when nothing was found."""
        return self.hits / self.found if self.found else float("nan")

    @property
    def recall(self) -> float:
        """Share of what is true that was found; nan when nothing is true."""
        return self.hits / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of both; nan when nothing was found and nothing is true."""
        both = self.found + self.true
        return 2 * self.hits / both if both else float("nan")


def total(counts: Sequence[Counts]) -> Counts:
    """Sum over units."""
    return Counts(sum(c.hits for c in counts), sum(c.found for c in counts), sum(c.true for c in counts))


def match_intervals(found: Sequence[Interval], true: Sequence[Interval], tolerance: float) -> list[tuple[int, int]]:
    """Pair intervals one to one, as many as can be, the nearest first among equals.

    Two may pair when they lie no more than `tolerance` apart (overlapping ones lie 0 apart); a moment is an interval of length 0.

    Returns:
        (index in `found`, index in `true`) in the order of `found`.
    """
    if not found or not true:
        return []
    ours, truth = np.asarray(found, float), np.asarray(true, float)
    apart = np.maximum(ours[:, None, 0] - truth[None, :, 1], truth[None, :, 0] - ours[:, None, 1])
    distance = np.abs(ours.sum(1)[:, None] - truth.sum(1)[None, :]) / 2
    allowed = apart <= tolerance
    # a pair that is not allowed costs more than all others together, so that none is bought for nearness
    forbidden = 1 + distance[allowed].sum() if allowed.any() else 1.0
    rows, columns = linear_sum_assignment(np.where(allowed, distance, forbidden))
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if allowed[r, c]]


def bootstrap(
    units: Sequence[Unit], statistic: Callable[[Sequence[Unit]], float], seed: int = 0, rounds: int = ROUNDS
) -> Estimate:
    """A statistic of all units, with its percentile interval over units drawn again with replacement."""
    if not units:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    random = np.random.default_rng(seed)
    again = [statistic([units[k] for k in random.integers(0, len(units), len(units))]) for _ in range(rounds)]
    return Estimate(statistic(units), *_interval(again), len(units))


def bootstrap_difference(
    ours: Sequence[Unit],
    theirs: Sequence[Unit],
    statistic: Callable[[Sequence[Unit]], float],
    seed: int = 0,
    rounds: int = ROUNDS,
) -> Estimate:
    """Ours less theirs on the same units, paired: the same units are drawn for both.

    Raises:
        ValueError: when the units differ in number.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} units cannot be paired with {len(theirs)}")
    pairs = list(zip(ours, theirs, strict=True))
    return bootstrap(
        pairs, lambda drawn: statistic([a for a, _ in drawn]) - statistic([b for _, b in drawn]), seed, rounds
    )


def f1(units: Sequence[Counts]) -> float:
    """F1 over all units together."""
    return total(units).f1


def recall(units: Sequence[Counts]) -> float:
    """Recall over all units together."""
    return total(units).recall


def share(units: Sequence[tuple[int, int]]) -> float:
    """Share over units of (good, all)."""
    everything = sum(n for _, n in units)
    return sum(good for good, _ in units) / everything if everything else float("nan")


def pooled(of: Callable[[Sequence[float]], float]) -> Callable[[Sequence[Sequence[float]]], float]:
    """A statistic of numbers as one of units that hold several numbers each."""

    def over_units(units: Sequence[Sequence[float]]) -> float:
        values = [value for unit in units for value in unit]
        return float(of(values)) if values else float("nan")

    return over_units


def _interval(values: Sequence[float]) -> tuple[float, float]:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
