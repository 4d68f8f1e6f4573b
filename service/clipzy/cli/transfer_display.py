"""Shows how much of a file has been sent or fetched: a bar on a terminal, now and then a line anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from clipzy.cli.figures import clock_time, file_size

OnProgress = Callable[[int, int | None], None]

SAID_EVERY_S = 10.0  # on no terminal
NAME_WIDTH = 22  # what a line of 80 columns has room for beside the figures


@contextmanager
def transfer_display(console: Console, verbs: tuple[str, str], name: str) -> Iterator[OnProgress]:
    """Takes the bytes done and those in all of one file; in the end a line says how it went, unless it did not.

    `verbs`: what is done to the file and what has been done, such as `uploading` and `uploaded`.
    """
    began, done = time.monotonic(), 0
    with (_bar if console.is_terminal else _lines)(console, f"{verbs[0]} {_shortened(name)}") as show:

        def see(so_far: int, total: int | None) -> None:
            nonlocal done
            done = so_far
            show(so_far, total)

        yield see
    took = time.monotonic() - began
    console.print(f"{verbs[1]} {name}: {file_size(done)} in {clock_time(took)} ({file_size(done / took)}/s)")


@contextmanager
def _bar(console: Console, doing: str) -> Iterator[OnProgress]:
    """A bar that is gone in the end."""
    columns = (BarColumn(bar_width=12), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(compact=True))
    with Progress(
        TextColumn("{task.description}", markup=False), *columns, console=console, transient=True
    ) as progress:
        task = progress.add_task(doing, total=None)
        yield lambda so_far, total: progress.update(task, completed=so_far, total=total)


@contextmanager
def _lines(console: Console, doing: str) -> Iterator[OnProgress]:
    """Nothing of a transfer that is soon done."""
    said = time.monotonic()

    def see(so_far: int, total: int | None) -> None:
        nonlocal said
        if time.monotonic() - said >= SAID_EVERY_S:
            said = time.monotonic()
            console.print(f"{doing}: {file_size(so_far)}{'' if total is None else f' of {file_size(total)}'}")

    yield see


def _shortened(name: str) -> str:
    """A name that fits, with its end, where files differ."""
    return name if len(name) <= NAME_WIDTH else f"…{name[1 - NAME_WIDTH :]}"
