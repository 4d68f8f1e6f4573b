"""Triton asked by more and more callers at once: calls a second and how long each waits.

A closed loop of our own on the loopback: each caller asks again as soon as it has its answer. NVIDIA's perf_analyzer does the same, but
its wheel needs a newer C library than the systems that this engine supports.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from scenarios.examples import example, items_of
from scenarios.measuring import Failed, quantile
from scenarios.options import Options
from scenarios.rows import Row
from scenarios.serving import triton

USUAL = ("camera_motion", "faces", "shot_boundary")  # what most calls of jobs are for
CALLERS, LOOP_S = (1, 2, 4, 8), 2.0
LONGEST_S = 60.0  # of one call


def run(options: Options) -> Iterator[Row]:
    """Calls of one item a second, as a ratio to what a single caller gets through, and the median and 99th percentile of the wait."""
    from clipzy.inference.specs import MODELS

    if options.inference != "triton":
        raise Failed("Triton was not asked for: --inference local")
    names = tuple(MODELS) if options.full else USUAL
    callers = (*CALLERS, 16) if options.full else CALLERS
    with (
        tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as folder,
        triton(options, Path(folder), names) as server,
    ):
        for name in names:
            alone: float | None = None
            for count in callers:
                took, elapsed = closed_loop(server.url, name, count, LOOP_S)
                rate = len(took) / elapsed
                alone = alone or rate
                case, item = f"{name}, {count} at once", items_of(name)
                single = f"{name}, 1 at once"
                yield Row(case, "calls", "1/s", (rate,), single, (rate / alone,), less=False, note=f"a {item} each")
                yield Row(case, "wait, median", "ms", (1000 * quantile(took, 0.5),))
                yield Row(case, "wait, 99th percentile", "ms", (1000 * quantile(took, 0.99),))


def closed_loop(url: str, model: str, callers: int, seconds: float) -> tuple[list[float], float]:
    """Seconds that each call of so many callers took that began within the time, and seconds until the last of them ended.

    Raises:
        Failed: a call failed.
    """
    from clipzy.inference.specs import MODELS
    from clipzy.inference.triton import TritonInference

    spec, tensors = MODELS[model], example(model, 1)
    took: list[float] = []
    failures: list[str] = []
    start = threading.Barrier(callers + 1)

    def ask() -> None:
        inference = TritonInference(url, timeout_s=LONGEST_S, patience_s=0)
        try:
            inference.infer(spec, tensors)  # connects
            start.wait(LONGEST_S)
            end = time.perf_counter() + seconds
            while (began := time.perf_counter()) < end:
                inference.infer(spec, tensors)
                took.append(time.perf_counter() - began)
        except Exception as exc:  # noqa: BLE001  # told by the thread that waits for all
            failures.append(f"{type(exc).__name__}: {exc}")
            start.abort()
        finally:
            inference.close()

    threads = [threading.Thread(target=ask) for _ in range(callers)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):  # a caller failed, and says why
        start.wait(LONGEST_S)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise Failed(failures[0])
    return took, time.perf_counter() - began
