"""How the sources and the steps of a stage share its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from clipzy.stages.context import Source, StageContext

Report = Callable[[float], None]


def all_sources(context: StageContext) -> list[tuple[Source, Report]]:
    """The job's sources in order, each with a reporter for its share of the stage, by the size of its file.

    Reporters may be called from several threads.
    """
    return list(zip(context.sources, shared(context.report, [(source,) for source in context.sources]), strict=True))


def shared(report: Report, works: Sequence[Sequence[Source]]) -> list[Report]:
    """A reporter for each piece of work on some sources. `report` is told their sum, weighted by the size of the files; it never falls."""
    sizes = [sum(map(_size, sources)) for sources in works]
    done = [0.0] * len(sizes)
    lock = Lock()

    def reporter(index: int) -> Report:
        def tell(fraction: float) -> None:
            with lock:  # `report` is called in the lock too: else an older sum could follow a newer one
                done[index] = max(done[index], min(fraction, 1.0))
                report(sum(size * share for size, share in zip(sizes, done, strict=True)) / sum(sizes))

        return tell

    return [reporter(index) for index in range(len(sizes))]


def _size(source: Source) -> int:
    try:
        return max(1, source.path.stat().st_size)
    except OSError:  # whoever reads the file tells the user
        return 1


def together(*reports: Report) -> Report:
    """A reporter that tells each of these, in turn."""

    def tell(fraction: float) -> None:
        for report in reports:
            report(fraction)

    return tell


def part(report: Report, start: float, end: float) -> Report:
    """A reporter whose 0..1 becomes start..end."""
    return lambda fraction: report(start + (end - start) * min(max(fraction, 0.0), 1.0))
