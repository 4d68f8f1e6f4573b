"""Runs the benchmarks of speed: each scenario in a process of its own, within a time of its own, with progress on stderr.

    python benchmarks/run.py                                  # all, about ten minutes on two idle processors
    python benchmarks/run.py whole_job --sizes 1080p --seconds 30 120 --json figures.json
    python benchmarks/run.py decode networks lut encode whole_job --device cuda --inference local

A scenario that cannot run, or not all of it, says why in its row, and the rest goes on. `report_speed.py` draws what `--json` wrote,
`report_changes.py` says what became slower than in a kept baseline.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scenarios.machine import machine, versions
from scenarios.options import ROOT, SIZES, Options
from scenarios.rows import Row

SCENARIOS = ("decode", "lut", "encode", "networks", "concurrency", "whole_job", "concurrent_jobs", "api_load")
LIMIT_S, FULL_LIMIT_S = 900.0, 6 * 3600.0
STOPPING_S = 30.0  # for servers to be ended in order


def run_scenario(name: str, options: Options, limit_s: float) -> Iterator[Row]:
    """The rows of a scenario as they come; the last says why where it failed or its time was up."""
    context = multiprocessing.get_context("fork")  # nothing heavy is imported here, and nothing has threads
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(name, options, theirs))
    child.start()
    theirs.close()
    deadline = time.monotonic() + limit_s
    try:
        while True:
            if not ours.poll(max(0.0, deadline - time.monotonic())):
                yield replace(Row.missing("", name, f"not done within {limit_s:g} s"), scenario=name)
                return
            try:
                yield replace(Row.read(ours.recv()), scenario=name)
            except EOFError:
                break
        child.join()
        if child.exitcode:
            yield replace(Row.missing("", name, f"its process ended with code {child.exitcode}"), scenario=name)
    finally:
        ours.close()
        _end(child)


def _work(name: str, options: Options, pipe: Connection) -> None:
    """In the scenario's own process: a group of its own, so that all it started can be ended with it."""
    os.setsid()
    signal.signal(signal.SIGTERM, _leave)
    # as the engine's own processes have it, read by NumPy when it is imported: the rules for shots cost twice as much without
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(ROOT / "service"))
    try:
        _quiet()
        for row in import_module(f"scenarios.{name}").run(options):
            pipe.send(row.written())
    except Exception as exc:  # noqa: BLE001  # the scenario's row says it, and the next one runs
        pipe.send(Row.missing("", name, f"{type(exc).__name__}: {exc}").written())


def _quiet() -> None:
    """Leave out what the engine logs of its everyday work."""
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(1)  # through the `finally` of everything that was started


def _end(child: multiprocessing.context.ForkProcess) -> None:
    if child.is_alive():
        child.terminate()
        child.join(STOPPING_S)
    assert child.pid is not None  # it was started
    with contextlib.suppress(ProcessLookupError):  # what it forked outlives it where it was cut off
        os.killpg(child.pid, signal.SIGKILL)
    child.join()


def line(row: Row) -> str:
    """A row for the terminal."""
    if row.value is None:
        return f"{row.case}: {row.subject}: not measured: {row.note}"
    times = f", {row.ratio:.3g} times {row.peer}" if row.ratio is not None else ""
    return f"{row.case}: {row.subject}: {row.value:.4g} {row.unit}{times}"


def main() -> None:
    """Run what is asked for; a summary on stdout, everything as JSON where asked for."""
    asked = _parser().parse_args()
    if asked.list:
        for name in SCENARIOS:
            text = import_module(f"scenarios.{name}").__doc__ or ""
            print(f"{name:<16} {text.splitlines()[0]}")
        return
    signal.signal(signal.SIGTERM, _leave)  # what runs is ended in order, as by Ctrl-C
    options = _options(asked)
    limit_s = asked.limit_s or (FULL_LIMIT_S if options.full else LIMIT_S)
    began, load, about = time.monotonic(), [os.getloadavg()[0]], {"machine": machine(), "versions": versions()}
    rows: list[Row] = []
    for name in asked.scenarios or SCENARIOS:
        print(f"[{time.monotonic() - began:5.0f} s] {name} …", file=sys.stderr, flush=True)
        for row in run_scenario(name, options, limit_s):
            rows.append(row)
            print(f"[{time.monotonic() - began:5.0f} s]   {line(row)}", file=sys.stderr, flush=True)
            if asked.json:  # row by row: what was measured outlives a run that is cut off
                _save(asked.json, {**about, **_conditions(load, options), "rows": [row.written() for row in rows]})
        load.append(os.getloadavg()[0])
    compared = [row for row in rows if row.ratio is not None]
    print("\n".join(line(row) for row in compared))
    missing = [row for row in rows if row.value is None]
    if len(missing) == len(rows):
        raise SystemExit("nothing was measured")


def _conditions(load: list[float], options: Options) -> dict[str, Any]:
    return {
        "load_average": [round(value, 2) for value in load],  # of the whole machine, before each scenario
        "device": options.device,
        "inference": options.inference,
    }


def _save(path: Path, figures: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}")
    part.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _options(asked: argparse.Namespace) -> Options:
    return Options(
        sizes=tuple(asked.sizes or ()),
        seconds=tuple(asked.seconds or ()),
        rounds=asked.rounds,
        media=tuple(asked.media or ()),
        device=asked.device,
        inference=asked.inference,
        full=asked.full,
        folder=asked.folder,
        weights=asked.weights,
    )


def _parser() -> argparse.ArgumentParser:
    usual = Options()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []], metavar="scenario", help="all by default")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, help="of the made files")
    parser.add_argument("--seconds", nargs="+", type=float, help="lengths of the made files")
    parser.add_argument("--media", nargs="+", type=_file, help="files of your own instead")
    parser.add_argument("--rounds", type=_positive, help="how often everything is repeated side by side")
    parser.add_argument("--device", choices=("cpu", "cuda"), default=usual.device, help="of the networks in process")
    parser.add_argument(
        "--inference",
        choices=("triton", "local"),
        default=usual.inference,
        help="local: no Triton, networks in process",
    )
    parser.add_argument("--full", action="store_true", help="every size, length, batch and network: hours")
    parser.add_argument("--limit-s", type=float, help="longest time of one scenario, in seconds")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--folder", type=Path, default=usual.folder, help="where made files are kept")
    parser.add_argument("--weights", type=Path, default=usual.weights, help="folder written by `clipzy models`")
    return parser


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of rounds")
    return int(text)


if __name__ == "__main__":
    main()
