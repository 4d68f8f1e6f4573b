"""Draws what `run.py --json` wrote: a table in Markdown, and plots as PNG.

python benchmarks/report_speed.py figures.json --folder report
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scenarios.rows import Row
from scenarios.stages import STAGES

COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#a463f2", "#97bbf5", "#9c6b4e")


def read(path: Path) -> tuple[dict[str, Any], list[Row]]:
    """What `run.py` wrote: all about the run, and its rows."""
    figures = json.loads(path.read_text(encoding="utf-8"))
    return figures, [Row.read(fields) for fields in figures["rows"]]


def markdown(figures: dict[str, Any], rows: Iterable[Row]) -> str:
    """The whole report: what it ran on, then a table for each scenario."""
    return "\n".join([*_heading(figures), *_tables(rows), ""])


def _heading(figures: dict[str, Any]) -> Iterator[str]:
    facts, load = figures["machine"], figures["load_average"]
    gpu = facts["gpu"] or "no GPU"
    yield f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, {gpu}; {facts['system']}."
    yield ", ".join(f"{name} {version}" for name, version in figures["versions"].items() if version) + "."
    yield f"Load average of the machine {min(load):.1f} to {max(load):.1f}: figures are medians, brackets hold the range of the rounds."


def _tables(rows: Iterable[Row]) -> Iterator[str]:
    scenario = None
    for row in rows:
        if row.scenario != scenario:
            scenario = row.scenario
            yield from ("", f"### {scenario}", "", "| on | what | | by its peer | |", "|---|---|---|---|---|")
        cells = (row.case, row.subject, figure(row), ratio(row), row.note)
        yield "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def figure(row: Row) -> str:
    """A row's value with its unit and range."""
    if row.value is None:
        return "not measured"
    return f"{_number(row.value)} {row.unit}{_range(row.values)}".strip()


def ratio(row: Row) -> str:
    """A row's ratio with its peer and range; nothing where it has none."""
    return "" if row.ratio is None else f"{row.ratio:.2f} times {row.peer}{_range(row.ratios)}"


def _range(values: tuple[float, ...]) -> str:
    return f" ({_number(min(values))} to {_number(max(values))})" if len(values) > 1 else ""


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plots(rows: list[Row], folder: Path) -> list[Path]:
    """Draw what there is to be drawn of whole jobs, networks, callers at once, and what works frame by frame; the files written."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise SystemExit("no plots: matplotlib is not installed; make bench installs it") from None
    mpl.use("Agg")  # no display is needed
    drawn = [
        _jobs([row for row in rows if row.scenario == "whole_job"], folder / "whole_job.png"),
        _networks([row for row in rows if row.scenario == "networks"], folder / "networks.png"),
        _callers(
            [row for row in rows if row.scenario == "concurrency" and row.subject == "calls"], folder / "callers.png"
        ),
        _frames([row for row in rows if row.unit == "ms/frame"], folder / "frames.png"),
    ]
    return [path for path in drawn if path is not None]


def _jobs(rows: list[Row], path: Path) -> Path | None:
    """Seconds of a job's stages on top of each other, beside the peers, for each file."""
    seconds = {(row.case, row.subject): row.value for row in rows if row.unit == "s" and row.value is not None}
    cases = list(dict.fromkeys(case for case, subject in seconds if subject == "rendering"))
    if not cases:
        return None
    from matplotlib import pyplot as plt

    figure_, axes = plt.subplots(1, len(cases), figsize=(4.2 * len(cases) + 1.6, 4.2), squeeze=False)
    for axis, case in zip(axes[0], cases, strict=True):
        bottom = 0.0
        for stage, colour in zip(STAGES, COLOURS, strict=False):
            height = seconds.get((case, stage), 0.0)
            axis.bar("our job", height, bottom=bottom, color=colour, label=stage.replace("_", " "))
            bottom += height
        for peer in ("rebuilt peer", "bare transcode", "bare decode"):
            if (case, peer) in seconds:  # one that was not run would look as if it took no time
                axis.bar(peer, seconds[case, peer], color="#888888")
        axis.set(title=case, ylabel="seconds")
        axis.tick_params(axis="x", rotation=20)
    axes[0][-1].legend(fontsize=8, bbox_to_anchor=(1.02, 1), loc="upper left")
    return _saved(figure_, path)


def _networks(rows: list[Row], path: Path) -> Path | None:
    """Milliseconds an item over the batch size, a line for each way of asking, a panel for each network."""
    measured = [row for row in rows if row.value is not None and row.case.rpartition(" ")[2].isdecimal()]
    names = list(dict.fromkeys(row.case.partition(",")[0] for row in measured))
    if not names:
        return None
    from matplotlib import pyplot as plt

    columns = min(4, len(names))
    lines = -(-len(names) // columns)
    figure_, axes = plt.subplots(lines, columns, figsize=(3.4 * columns, 2.9 * lines), squeeze=False)
    doors = list(dict.fromkeys(row.subject for row in measured))
    for number, axis in enumerate(axes.flat):
        if number >= len(names):
            axis.set_visible(False)
            continue
        for door, colour in zip(doors, COLOURS, strict=False):
            found = [row for row in measured if row.case.startswith(f"{names[number]},") and row.subject == door]
            batches = [int(row.case.rpartition(" ")[2]) for row in found]
            axis.plot([str(batch) for batch in batches], [row.value for row in found], "o-", color=colour, label=door)
        axis.set(title=names[number], xlabel="batch", ylabel="ms an item")
        _from_zero(axis)
    axes[0][0].legend(fontsize=7)
    return _saved(figure_, path)


def _callers(rows: list[Row], path: Path) -> Path | None:
    """How many times the calls of a single caller as many as there are get through, a line for each network."""
    measured = [(*row.case.removesuffix(" at once").split(", "), row.ratio) for row in rows if row.ratio is not None]
    if not measured:
        return None
    from matplotlib import pyplot as plt

    figure_, axis = plt.subplots(figsize=(5.4, 3.6))
    for network in dict.fromkeys(name for name, _, _ in measured):
        found = [(callers, times) for name, callers, times in measured if name == network]
        axis.plot(*zip(*found, strict=True), "o-", label=network)
    axis.set(xlabel="callers at once", ylabel="calls a second, by those of one caller")
    _from_zero(axis)
    axis.legend(fontsize=8)
    return _saved(figure_, path)


def _frames(rows: list[Row], path: Path) -> Path | None:
    """Milliseconds a frame of everything that works frame by frame."""
    if not rows:
        return None
    from matplotlib import pyplot as plt

    figure_, axis = plt.subplots(figsize=(8, 0.3 * len(rows) + 1))
    names = [f"{row.case}: {row.subject}" for row in rows]
    colours = ["#888888" if row.peer is None else COLOURS[0] for row in rows]
    axis.barh(names, [row.value or 0.0 for row in rows], color=colours)
    axis.invert_yaxis()
    axis.set(xlabel="ms a frame; peers in grey")
    return _saved(figure_, path)


def _from_zero(axis: Any) -> None:  # noqa: ANN401  # matplotlib is imported only where it draws
    """Let an axis begin at nothing, and end above the highest point."""
    axis.set_ylim(0, 1.1 * axis.dataLim.y1)


def _saved(figure_: Any, path: Path) -> Path:  # noqa: ANN401  # matplotlib is imported only where it draws
    from matplotlib import pyplot as plt

    figure_.tight_layout()
    figure_.savefig(path, dpi=110)
    plt.close(figure_)
    return path


def main() -> None:
    """Write `speed.md` and the plots into a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("figures", type=Path, help="what `run.py --json` wrote")
    parser.add_argument("--folder", type=Path, default=Path("build/bench"), help="receives speed.md and the plots")
    options = parser.parse_args()
    figures, rows = read(options.figures)
    options.folder.mkdir(parents=True, exist_ok=True)
    table = options.folder / "speed.md"
    table.write_text(markdown(figures, rows), encoding="utf-8")
    for path in (table, *plots(rows, options.folder)):
        print(path)


if __name__ == "__main__":
    main()
