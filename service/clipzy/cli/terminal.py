"""What a command says: its answer on stdout, as text or as one JSON document; everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed, failure_of

COLUMNS = 80  # in which every table fits

Json = Any  # what `json` writes


@contextmanager
def writing() -> Iterator[None]:
    """Raise OSErrors of writing to standard output as CommandFailed.

    Raises:
        CommandFailed: it leads to a disk that is full, or fails. A reader that has left is no failure.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as exc:
        why = exc.strerror or exc
        raise CommandFailed(f"standard output cannot be written: {why}", MISUSED, code="NOT_WRITABLE") from exc


class _Stdout(Console):
    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 (as rich has them)
        with writing():
            super().print(*objects, **options)


def console(*, stderr: bool = False) -> Console:
    """A console that takes text as it is: file names may hold anything. Where nobody sees it, lines and tables stay whole."""
    made = (Console if stderr else _Stdout)(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not made.is_terminal:
        # a narrow terminal may have told its width to what it began, and writes into a pipe
        made.soft_wrap, made.width = True, max(COLUMNS, made.width)
    return made


def say(message: str, *, mark: str = "", style: str = "bold") -> None:
    """One remark on stderr; `mark`: a word before it, in that style."""
    console(stderr=True).print(Text.assemble((f"{mark} ", style) if mark else "", message))


class Answer:
    """The one answer of a command, in the form that was asked for."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.given = False

    def give(self, document: Json, *shown: RenderableType) -> None:
        """Say it: the document where JSON was asked for, else what is shown to a person, one below the other."""
        self.given = True
        if self.as_json:
            with writing():
                sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
                sys.stdout.flush()
            return
        out = console()
        for each in shown:
            out.print(each)


@contextmanager
def answering(as_json: bool, advise: Callable[[], None] = lambda: None) -> Iterator[Answer]:
    """A command's work. With `as_json` an error is its answer too, where it has given none: `{"error": {…}}`.

    `advise` is called when Ctrl-C ends it.
    """
    answer = Answer(as_json=as_json)
    try:
        yield answer
    except KeyboardInterrupt:
        advise()
        raise
    except Exception as error:
        failure = failure_of(error)
        if failure is not None and as_json and not answer.given:
            answer.give({"error": failure.as_document()})
        raise
