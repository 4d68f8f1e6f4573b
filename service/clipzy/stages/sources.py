"""Measures the sources of a stage in the background: side by side, or the next one while the last is being kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from clipzy.stages.background import started
from clipzy.stages.context import Source, StageContext
from clipzy.stages.measured import cached, keep_each, unmeasured
from clipzy.stages.shares import Report, all_sources, together
from clipzy.style.measurements import AudioAnalysis, MotionAnalysis

T = TypeVar("T", AudioAnalysis, MotionAnalysis)


def measure_sources(
    context: StageContext, kind: type[T], stage: str, analyse: Callable[[StageContext, Source, Report], T], at_once: int
) -> None:
    """Leave `<role>.json` of every source: from the cache, else from `analyse`, which runs on `at_once` sources at a time.

    `analyse` runs in threads and has to report now and then: that is where it stops when the stage has ended for another reason.
    """
    told = dict(all_sources(context))
    look = partial(cached, context, kind=kind, stage=stage)
    known = {source: look(source) for source in context.sources}
    fresh = unmeasured(known)

    def task(source: Source, still_wanted: Report) -> T:
        return analyse(context, source, together(still_wanted, told[source]))

    with started([partial(task, source) for source in fresh], at_once) as running:
        keep_each(context, known, dict(zip(fresh, running, strict=True)), look)
    context.report(1.0)
