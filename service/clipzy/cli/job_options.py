"""The choices for a job that `clipzy run` and `clipzy submit` share, with their words."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import typer

from clipzy.style.config import LONGEST_TARGET_S, SHORTEST_TARGET_S
from clipzy.style.dna import AspectRatio

PANEL = "Job"

Strength = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, help="How far the colours go to the template's; 0.7 when left out.", rich_help_panel=PANEL
    ),
]
Shape = Annotated[
    AspectRatio | None,
    typer.Option(help="Shape of the output; the template's when left out.", rich_help_panel=PANEL),
]
MaxHeight = Annotated[
    int | None, typer.Option(min=144, max=4320, help="Most lines of the output.", rich_help_panel=PANEL)
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, max=2**32 - 1, help="Of what is left to chance; the same gives the same.", rich_help_panel=PANEL
    ),
]


class HeardSound(StrEnum):
    """Whose sound is heard; its value of `config.audio`."""

    SOURCE = "source"
    TEMPLATE = "template"
    MIX = "mix"


WhoseSound = Annotated[
    HeardSound | None,
    typer.Option(
        "--sound",
        help="The footage's sound, the template's in its place, or both, the template's under the speech.",
        rich_help_panel=PANEL,
    ),
]


Highlights = Annotated[
    bool,
    typer.Option("--highlights", help="Of the footage only its best moments, cut as often.", rich_help_panel=PANEL),
]
TargetDuration = Annotated[
    float | None,
    typer.Option(
        min=SHORTEST_TARGET_S,
        max=LONGEST_TARGET_S,
        metavar="SECONDS",
        help="How long they last together, the template's length when left out; implies --highlights.",
        rich_help_panel=PANEL,
    ),
]


def pacing_of(*, highlights: bool, target_duration: float | None) -> Literal["highlights"] | None:
    """A job's `pacing` by these two options, None where neither is given."""
    return "highlights" if highlights or target_duration is not None else None


class Aspect(StrEnum):
    """What can be left out of a style; each is a switch of the job's `config`."""

    COLOR = "color"
    PACING = "pacing"
    TRANSITIONS = "transitions"
    MOTION = "motion"
    FRAMING = "framing"
    AUDIO = "audio"


class FrameRate(StrEnum):
    """Frames a second."""

    FILM = "24"
    TELEVISION = "30"
    SMOOTH = "60"


class Only(StrEnum):
    """What a job may end with in place of a video; its value of `config.render`."""

    STYLE = "style"
    PLAN = "plan"
