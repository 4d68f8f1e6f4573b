"""Help that shows flags as what is typed: Typer shows a value beside them, `--json <bool>`, which none takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

Command = TypeVar("Command", bound=Callable[..., Any])


class CommandWithFlags(TyperCommand):
    """A command whose flags have no value in its help."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 (Typer keeps its type to itself)
        """Its parameters, and the flag `--help`."""
        return _without_values(super().get_params(ctx))


class GroupWithFlags(TyperGroup):
    """The same of a group of commands."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 (Typer keeps its type to itself)
        """Its parameters, and the flag `--help`."""
        return _without_values(super().get_params(ctx))


class Commands(typer.Typer):
    """Commands whose flags have no value in their help."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Command], Command]:  # noqa: ANN401 (Typer's)
        """Register a command, as Typer does."""
        return super().command(name, cls=CommandWithFlags, **settings)


def _without_values(params: list[Any]) -> list[Any]:
    for param in params:
        if isinstance(param, TyperOption) and param.is_flag:
            param.metavar = ""
    return params
