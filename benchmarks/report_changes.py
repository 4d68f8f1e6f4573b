"""Says what became slower than in a kept baseline, by more than the noise; ends with code 1 where something did.

    python benchmarks/report_changes.py figures.json                        # against this machine's baseline
    python benchmarks/report_changes.py figures.json --baseline other.json
    python benchmarks/report_changes.py figures.json --keep                 # make these figures the baseline

Ratios to a peer of the same run are compared where a row has one, since they bear a busy machine; else the figures themselves. A change is
beyond the noise where the ranges of the rounds of both runs, each widened to a tenth about its median, do not touch.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from report_speed import read
from scenarios.machine import slug
from scenarios.rows import Row

BASELINES = Path(__file__).parent / "baselines"
LEAST = 0.1  # share of its median by which a figure varies whatever its rounds say


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that moved beyond the noise. `factor`: new by old median; `worse`: in the bad direction."""

    row: Row
    factor: float
    worse: bool

    def __str__(self) -> str:
        """One line."""
        what = f"by {self.row.peer}" if self.row.ratios else self.row.unit
        verdict = "worse" if self.worse else "better"
        return f"{verdict}: {self.row.scenario}: {self.row.case}: {self.row.subject} ({what}): {self.factor:.2f} times what it was"


def changes(old: Iterable[Row], new: Iterable[Row]) -> Iterator[Change]:
    """What moved beyond the noise between two runs, among the figures that both have."""
    before = {row.key: row for row in old if row.value is not None}
    for row in new:
        earlier = before.get(row.key)
        if earlier is None or row.value is None or row.less is None:
            continue
        was, now = _compared(earlier, row)
        low_was, high_was = noise(was)
        low_now, high_now = noise(now)
        if low_now > high_was or high_now < low_was:
            grew = low_now > high_was
            yield Change(row, statistics.median(now) / statistics.median(was), worse=grew == row.less)


def lost(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """Figures that the baseline has and the new run tried and failed to get; what it was not run on is passed over."""
    found = list(new)
    there = {row.key for row in found if row.value is not None}
    tried = {(row.scenario, row.case) for row in found}  # without a case a scenario failed as a whole
    return [
        row
        for row in old
        if row.value is not None and row.key not in there and tried & {(row.scenario, row.case), (row.scenario, "")}
    ]


def noise(values: tuple[float, ...]) -> tuple[float, float]:
    """Between what bounds a figure may lie without having changed."""
    middle = statistics.median(values)
    spare = LEAST * abs(middle)
    return min(*values, middle - spare), max(*values, middle + spare)


def _compared(earlier: Row, row: Row) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if earlier.ratios and row.ratios and earlier.peer == row.peer:
        return earlier.ratios, row.ratios
    return earlier.values, row.values


def main() -> None:
    """Compare, or keep."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("figures", type=Path, help="what `run.py --json` wrote")
    parser.add_argument("--baseline", type=Path, help="another file than this machine's")
    parser.add_argument("--keep", action="store_true", help="make the figures this machine's baseline instead")
    options = parser.parse_args()
    figures, rows = read(options.figures)
    baseline = options.baseline or BASELINES / f"{slug(figures['machine'])}.json"
    if options.keep:
        baseline.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(options.figures, baseline)
        print(f"kept as {baseline}")
        return
    if not baseline.exists():
        print(f"this machine has no baseline yet ({baseline.name}); --keep makes these figures one")
        return
    _, before = read(baseline)
    found = list(changes(before, rows))
    for change in sorted(found, key=lambda change: not change.worse):
        print(change)
    for row in lost(before, rows):
        print(f"no longer measured: {row.scenario}: {row.case}: {row.subject} ({row.unit})")
    if any(change.worse for change in found):
        raise SystemExit(1)
    print("nothing became worse by more than the noise")


if __name__ == "__main__":
    main()
