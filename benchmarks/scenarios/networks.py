"""Each network over its batch sizes: in process, and through a Triton on this machine by gRPC and by shared memory, the GPU's as well where there is one."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from scenarios.examples import Tensors, example, items_of
from scenarios.measuring import Failed, calls_within, in_turn
from scenarios.options import Options
from scenarios.rows import Row, by_peer
from scenarios.serving import triton

if TYPE_CHECKING:
    from clipzy.inference.client import Inference
    from clipzy.inference.specs import ModelSpec

ROUNDS = 3
CALLS_S = 0.3  # of calls of one network by one door in one round; one call at least
LONGEST_CALL_S = 3.0  # in process; batches that would take longer are left out, save in full
PAUSE_S = 0.05  # the threads of the one before have stopped spinning by then

Doors = Mapping[str, "Inference"]


def run(options: Options) -> Iterator[Row]:
    """Milliseconds an item for each network, batch and door; and Triton's at the best batch as a ratio to that in process."""
    from clipzy.inference.specs import MODELS

    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="clipzy-benchmark-")))
        doors, here = dict(_in_process(options)), f"in process, {options.device}"
        if options.inference == "triton":
            try:
                doors |= _through(opened.enter_context(triton(options, folder)).url, options.device)
            except Failed as exc:
                yield Row.missing("all networks", "Triton", str(exc))
        else:
            yield Row.missing("all networks", "Triton", "not asked for: --inference local")
        for inference in doors.values():
            opened.callback(inference.close)
        for model in MODELS.values():
            yield from _network(model, doors, here, options)


def _in_process(options: Options) -> Iterator[tuple[str, Inference]]:
    """The networks here; on the processor as well where they run on a GPU."""
    from clipzy.inference.local import LocalInference

    yield f"in process, {options.device}", LocalInference(options.weights, options.device)
    if options.device != "cpu":
        yield "in process, cpu", LocalInference(options.weights, "cpu")


def _through(url: str, device: str) -> dict[str, Inference]:
    """A door for each way that tensors can go here, which the first large one shows."""
    from clipzy.inference.specs import VOICE_ACTIVITY
    from clipzy.inference.triton import TritonInference

    doors: dict[str, Inference] = {}
    ways: tuple[Literal["off", "auto", "cuda"], ...] = ("off", "auto") if device == "cpu" else ("off", "auto", "cuda")
    for way in ways:
        inference = TritonInference(url, shared_memory=way)
        inference.infer(VOICE_ACTIVITY, example(VOICE_ACTIVITY.name, 1))
        if doors.setdefault(f"Triton by {inference.large_tensors_by}", inference) is not inference:
            inference.close()
    return doors


def _network(model: ModelSpec, doors: Doors, here: str, options: Options) -> Iterator[Row]:
    medians: dict[int, dict[str, tuple[float, ...]]] = {}
    for batch in batches(model.max_batch_size, full=options.full):
        case = f"{model.name}, batch {batch}"
        expected_s = batch * min((statistics.median(each[here]) for each in medians.values()), default=0.0) / 1000
        if expected_s > LONGEST_CALL_S and not options.full:
            yield Row.missing(case, "all doors", f"left out: a call would take {expected_s:.1f} s; --full has it")
            continue
        tensors = example(model.name, batch)
        asked = _doors_for(tensors, doors)
        works = {name: partial(inference.infer, model, tensors) for name, inference in asked.items()}
        try:
            for work in works.values():
                work()  # warms up
            each = _milliseconds(works, options.rounds_or(ROUNDS), batch)
        except Exception as exc:  # noqa: BLE001  # one network's failure is its row
            yield Row.missing(case, "all doors", f"{type(exc).__name__}: {exc}")
            continue
        medians[batch] = each
        for name, values in each.items():
            ratios = () if name == here else by_peer(values, each[here])
            yield Row(case, name, "ms", values, here if ratios else None, ratios, note=f"a {items_of(model.name)}")
    if medians:
        yield from _best(model.name, medians, here)


def batches(most: int, *, full: bool) -> tuple[int, ...]:
    """Sizes to try: one, a middle one and the largest; in full every power of two."""
    powers = [2**k for k in range(most.bit_length()) if 2**k <= most]
    return tuple(dict.fromkeys([*powers, most])) if full else tuple(dict.fromkeys([1, powers[len(powers) // 2], most]))


def _doors_for(tensors: Tensors, doors: Doors) -> Doors:
    """Shared memory carries tensors from 1 MiB up; below, both ways through Triton are the same."""
    from clipzy.inference.triton import SHARED_FROM

    shares = any(array.nbytes >= SHARED_FROM for array in tensors.values())
    return {name: inference for name, inference in doors.items() if shares or "shared memory" not in name}


def _milliseconds(works: Mapping[str, Callable[[], object]], rounds: int, batch: int) -> dict[str, tuple[float, ...]]:
    """Each door's median call in each round, per item; the doors take turns, every second round in the other order."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in in_turn(works, number):
            time.sleep(PAUSE_S)
            taken[name].append(1000 * statistics.median(calls_within(works[name], CALLS_S)) / batch)
    return {name: tuple(values) for name, values in taken.items()}


def _best(model: str, medians: Mapping[int, Mapping[str, tuple[float, ...]]], here: str) -> Iterator[Row]:
    """What Triton costs at the batch at which the network is fastest in process."""
    batch = min(medians, key=lambda size: statistics.median(medians[size][here]))
    through = {name: values for name, values in medians[batch].items() if name.startswith("Triton")}
    case = f"{model}, best batch"
    yield Row(case, here, "ms", medians[batch][here], note=f"batch {batch}")
    if through:
        name = min(through, key=lambda door: statistics.median(through[door]))
        ratios = by_peer(through[name], medians[batch][here])
        yield Row(
            case, "through Triton", "ms", through[name], here, ratios, note=f"batch {batch}, {name.partition('by ')[2]}"
        )
