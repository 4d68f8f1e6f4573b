"""What work costs: wall and processor time, and the peak memory of a process that does nothing else."""

from __future__ import annotations

import os
import pickle
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from scenarios.rows import Row, by_peer

T = TypeVar("T")


class Failed(Exception):
    """What was to be measured did not work; the message says why."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor time in seconds; peak resident memory in MiB, 0 where it was not taken."""

    wall_s: float
    cpu_s: float
    peak_mib: float = 0.0


def timed(work: Callable[[], object]) -> Cost:
    """What it costs in this process, all its threads counted."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def in_child(work: Callable[[], T]) -> tuple[T, Cost]:
    """Do something in a forked process; its result, which must be picklable, and its cost.

    Raises:
        Failed: it raised, or the process died.
    """
    (result,), cost = in_children([work])
    return result, cost


def in_children(works: Sequence[Callable[[], T]]) -> tuple[list[T], Cost]:
    """Do several things at once, in a forked process each; as `in_child`. The cost is until all have ended, with the memory of all together."""
    sys.stderr.flush()
    started = time.perf_counter()
    children = [_forked(work) for work in works]
    answers, usages = [], []
    for pid, reading in children:
        with os.fdopen(reading, "rb") as pipe:
            answers.append(pipe.read())
        _, status, usage = os.wait4(pid, 0)
        usages.append((status, usage))
    wall_s = time.perf_counter() - started
    results = [_result(answer, status) for answer, (status, _) in zip(answers, usages, strict=True)]
    cpu_s = sum(usage.ru_utime + usage.ru_stime for _, usage in usages)
    return results, Cost(wall_s, cpu_s, sum(usage.ru_maxrss for _, usage in usages) / 1024)


def _forked(work: Callable[[], object]) -> tuple[int, int]:
    """A process that does it, and the pipe on which it answers."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _answer(writing, work)
    os.close(writing)
    return pid, reading


def _result(answer: bytes, status: int) -> Any:  # noqa: ANN401 (whatever the work gives)
    if status or not answer:
        raise Failed(f"its process ended with status {os.waitstatus_to_exitcode(status)}")
    kind, value = pickle.loads(answer)
    if kind == "error":
        raise Failed(value)
    return value


def _answer(descriptor: int, work: Callable[[], object]) -> None:
    """The child's side; never returns."""
    status = 1
    try:
        try:
            answer: tuple[str, Any] = ("result", work())
        except Exception as exc:  # noqa: BLE001  # whatever it is, the parent's row says it
            traceback.print_exc()
            answer = ("error", f"{type(exc).__name__}: {exc}")
        with os.fdopen(descriptor, "wb") as pipe:
            pickle.dump(answer, pipe)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def side_by_side(
    works: Mapping[str, Callable[[], object]], rounds: int, measure: Callable[[Callable[[], object]], Cost] = timed
) -> dict[str, list[Cost]]:
    """The cost of each piece of work in each round; every second round runs them in the other order."""
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for number in range(rounds):
        for name in in_turn(works, number):
            costs[name].append(measure(works[name]))
    return costs


def in_turn(works: Mapping[str, object], number: int) -> list[str]:
    """Their names in the order of a round, every second one the other way round."""
    return list(works) if number % 2 == 0 else list(reversed(works))


def cost_rows(
    case: str, costs: Mapping[str, list[Cost]], peer: str, *, each: int = 1, unit: str = "s", note: str = ""
) -> Iterator[Row]:
    """Rows of wall and processor time of each piece of work, as ratios to the peer's.

    Args:
        case: what they worked on.
        costs: as `side_by_side` gives them.
        peer: the name among them that the others are held against.
        each: pieces the work consists of; above 1, times are given in milliseconds a piece.
        unit: of the wall time.
        note: said of each row.
    """
    scale = 1.0 if each == 1 else 1000 / each
    for name, spent in costs.items():
        for attribute, its_unit in (("wall_s", unit), ("cpu_s", f"CPU {unit}")):
            values = tuple(scale * getattr(cost, attribute) for cost in spent)
            peers = tuple(scale * getattr(cost, attribute) for cost in costs[peer])
            compared = () if name == peer or min(peers) <= 0 else by_peer(values, peers)
            yield Row(case, name, its_unit, values, peer if compared else None, compared, note=note)
        if any(cost.peak_mib for cost in spent):
            yield Row(case, f"{name}, peak memory", "MiB", tuple(cost.peak_mib for cost in spent))


def calls_within(work: Callable[[], object], seconds: float, most: int = 200) -> list[float]:
    """Seconds of each of many calls, one at least, made until the time is up."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while not took or (time.perf_counter() < end and len(took) < most):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return took


def quantile(values: list[float], share: float) -> float:
    """The value below which that share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)
