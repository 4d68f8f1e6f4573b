"""The choices for a job that `clipzy run` and `clipzy submit` share, with their words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from clipzy.style.config import LONGEST_TARGET_S, SHORTEST_TARGET_S
from clipzy.style.config import Quality as QualityName
from clipzy.style.dna import AspectRatio

PANEL = "Job"


class HeardSound(StrEnum):
    """Whose sound is heard; its value of `config.audio`."""

    SOURCE = "source"
    TEMPLATE = "template"
    MIX = "mix"


class Aspect(StrEnum):
    """What can be left out of a style; each is a switch of the job's `config`."""

    COLOR = "color"
    PACING = "pacing"
    TRANSITIONS = "transitions"
    MOTION = "motion"
    FRAMING = "framing"
    AUDIO = "audio"


class Rate(StrEnum):
    """Frames a second."""

    FILM = "24"
    TELEVISION = "30"
    SMOOTH = "60"


class End(StrEnum):
    """What a job may end with in place of a video."""

    STYLE = "style"
    PLAN = "plan"


RENDER = {None: None, End.STYLE: False, End.PLAN: "plan"}  # as the job's config has it

Quality = Annotated[QualityName | None, typer.Option(help="Size against fidelity.", rich_help_panel=PANEL)]
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
FrameRate = Annotated[
    Rate | None,
    typer.Option(help="Frames a second of the output; the template's when left out.", rich_help_panel=PANEL),
]
FrameBlending = Annotated[
    bool,
    typer.Option(
        "--frame-blending",
        help="Where the frame rate changes, mix neighbouring frames: smoother, less sharp.",
        rich_help_panel=PANEL,
    ),
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
Only = Annotated[
    End | None, typer.Option(help="End with the style or the edit plan, without a video.", rich_help_panel=PANEL)
]
Without = Annotated[
    list[Aspect] | None,
    typer.Option(
        metavar="ASPECT",
        help="Leave this of the style out: color, pacing, transitions, motion, framing or audio; may be given again.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
OwnStyle = Annotated[
    bool,
    typer.Option(
        "--own-style", help="The one video given is the footage, and keeps its own style.", rich_help_panel=PANEL
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="PLAN.json",
        help="Render this edit plan, as it came or edited, in place of one that is made.",
        rich_help_panel=PANEL,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE.json",
        help="The job's `config` as the API has it; options go over it.",
        rich_help_panel=PANEL,
    ),
]


def chosen(
    *,
    quality: QualityName | None,
    strength: float | None,
    aspect_ratio: AspectRatio | None,
    frame_rate: Rate | None,
    frame_blending: bool,
    max_height: int | None,
    seed: int | None,
    sound: HeardSound | None,
    highlights: bool,
    target_duration: float | None,
    only: End | None,
    without: Sequence[Aspect] | None,
) -> dict[str, Any]:
    """What these options say of a job's `config`; None where one was not given.

    Raises:
        typer.BadParameter: two of them contradict each other.
    """
    out = without or ()
    has_highlights = highlights or target_duration is not None
    if has_highlights and Aspect.PACING in out:
        raise typer.BadParameter("the pacing is left out with --without pacing", param_hint="--highlights")
    if sound is not None and Aspect.AUDIO in out:
        raise typer.BadParameter("the sound is left out with --without audio", param_hint="--sound")
    return {
        "quality": quality,
        "strength": strength,
        "aspect_ratio": aspect_ratio,
        "frame_rate": None if frame_rate is None else int(frame_rate),
        "frame_blending": frame_blending or None,
        "max_height": max_height,
        "seed": seed,
        "audio": sound,
        "pacing": "highlights" if has_highlights else None,
        "target_duration_seconds": target_duration,
        "render": RENDER[only],
        **dict.fromkeys(out, False),
    }


def roles(first: str, second: str | None, *, own_style: bool) -> tuple[Path | None, str | None, str | None]:
    """Which of a command's one or two arguments is a file with a style, which the template, which the footage.

    Raises:
        typer.BadParameter: they do not go together.
    """
    if own_style:
        if second is not None:
            raise typer.BadParameter("--own-style takes one video, the footage", param_hint="FOOTAGE")
        return None, None, first
    if first.endswith(".json"):
        if second is None:
            raise typer.BadParameter("a style needs footage to be put on", param_hint="FOOTAGE")
        return Path(first), None, second
    return None, first, second
