"""Signals that ask a command to end. By default Python would end at once, and leave its temporary files behind."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from clipzy.cli.exit_codes import HUNG_UP, TERMINATED

EXIT_CODES = {signal.SIGTERM: TERMINATED, signal.SIGHUP: HUNG_UP}


@contextmanager
def unwinding() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the command in order, as Ctrl-C does, with exit codes of their own. For the main thread."""

    def end(number: int, _frame: FrameType | None) -> None:
        for each in before:  # asked twice it still tidies up
            signal.signal(each, lambda *_: None)
        raise SystemExit(EXIT_CODES[signal.Signals(number)])

    # what is ignored stays so: `nohup` wants it
    before = {number: signal.getsignal(number) for number in EXIT_CODES}
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold back signals that ask the command to end, since a handler may raise in the middle of anything. For the main thread.

    It holds back their handlers, not the signals: one that this thread blocks is taken by another, and its handler runs here all the same.
    """
    asked: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    def restore(number: signal.Signals, handler: Callable[[int, FrameType | None], object]) -> None:
        if signal.getsignal(number) is remember:  # else the command ends already, and its handlers are gone
            signal.signal(number, handler)

    def deliver() -> None:
        for number in asked:
            signal.raise_signal(number)

    with ExitStack() as ending:
        ending.callback(deliver)
        for number in (*EXIT_CODES, signal.SIGINT):
            if callable(handler := signal.getsignal(number)):  # others raise nothing
                ending.callback(restore, number, handler)
                signal.signal(number, remember)
        yield
