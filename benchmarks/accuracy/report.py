"""What a benchmark of accuracy prints: each figure with its interval, its bar and its peer's, and at the end where we lose."""

from __future__ import annotations

import argparse
import json
import math
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scoring import Estimate


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `bar`: what it should reach; `more`: whether more of it is better; `peers`: the same figure of others, by name."""

    measure: str
    ours: Estimate
    bar: float | None = None
    more: bool = True
    peers: dict[str, Estimate] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the bar is reached; None where there is no bar or nothing was measured."""
        if self.bar is None or math.isnan(self.ours.value):
            return None
        return self.ours.value >= self.bar if self.more else self.ours.value <= self.bar

    @property
    def beaten_by(self) -> tuple[str, ...]:
        """Names of the peers that do better."""
        if math.isnan(self.ours.value):
            return ()
        return tuple(
            name
            for name, peer in self.peers.items()
            if (peer.value > self.ours.value if self.more else peer.value < self.ours.value)
        )


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of one run, what it ran on, and notes in plain words (the largest misses, what was left out). `seed`: None where nothing is drawn."""

    subject: str
    seed: int | None
    material: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """The report as a table for the terminal."""
        drawn = "" if self.seed is None else f"; seed {self.seed}"
        lines = [f"{self.subject}: {self.material}{drawn}", ""]
        lines += [_line("", "ours", "95 %", "bar", "")]
        for row in self.rows:
            verdict = {True: "", False: "MISSED", None: ""}[row.reached]
            bar = "" if row.bar is None else f"{'>=' if row.more else '<='} {row.bar:g}"
            lines.append(_line(row.measure, _number(row.ours.value), _range(row.ours), bar, verdict))
            for name, peer in row.peers.items():
                worse = "  better than ours" if name in row.beaten_by else ""
                lines.append(_line(f"  {name}", _number(peer.value), _range(peer), "", worse.strip()))
        lines += ["", *self._losses(), *self.notes]
        return "\n".join(lines)

    def save(self, path: Path) -> None:
        """Write all as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1))

    def _losses(self) -> Sequence[str]:
        lost = [
            f"  {row.measure}: {_number(row.ours.value)}"
            + (f", the bar is {row.bar:g}" if row.reached is False else "")
            + "".join(f", {name} has {_number(row.peers[name].value)}" for name in row.beaten_by)
            for row in self.rows
            if row.reached is False or row.beaten_by
        ]
        return ["Where we lose:", *lost] if lost else ["No bar missed, no peer ahead."]


def options(description: str, *, drawn: bool = True) -> argparse.ArgumentParser:
    """The options that every benchmark of accuracy takes; without a seed where nothing is `drawn`."""
    parser = argparse.ArgumentParser(description=description)
    if drawn:
        parser.add_argument(
            "--seed", type=int, default=None, help="of the generated material; a fresh one at each run unless given"
        )
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser


def seed_of(given: int | None) -> int:
    """The seed asked for, or a fresh one."""
    return secrets.randbelow(2**31) if given is None else given


def finish(report: Report, json_path: Path | None) -> None:
    """Print the report and write it where that is asked for."""
    print(report.text())
    if json_path is not None:
        report.save(json_path)


def _line(name: str, value: str, interval: str, bar: str, verdict: str) -> str:
    return f"  {name:<44} {value:>8}  {interval:<17} {bar:<8} {verdict}".rstrip()


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def _range(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return ""
    return f"{_number(estimate.low)} .. {_number(estimate.high)}"
