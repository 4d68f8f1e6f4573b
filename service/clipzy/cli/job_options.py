"""The choices for a job that `clipzy run` and `clipzy submit` share, with their words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from clipzy.style.config import LEAST_HEIGHT, LONGEST_TARGET_S, MOST_HEIGHT, SHORTEST_TARGET_S, USUAL_STRENGTH, Quality
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


BESIDE_PLAN = ("plan", "config", "strength", "only", "own_style")  # the options that it goes together with
RENDER = {None: None, End.STYLE: False, End.PLAN: "plan"}  # as the job's config has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was chosen, each field by an option of its own; None or False where it was not given."""

    quality: Annotated[Quality | None, typer.Option(help="Encoding quality.", rich_help_panel=PANEL)] = None
    strength: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help=f"Strength of the look, 0 to 1; default {USUAL_STRENGTH}.", rich_help_panel=PANEL
        ),
    ] = None
    aspect_ratio: Annotated[
        AspectRatio | None,
        typer.Option(help="Aspect ratio of the output; default: the template's.", rich_help_panel=PANEL),
    ] = None
    frame_rate: Annotated[
        Rate | None,
        typer.Option(help="Frames per second of the output; default: the template's.", rich_help_panel=PANEL),
    ] = None
    frame_blending: Annotated[
        bool,
        typer.Option(
            "--frame-blending",
            help="Where the frame rate changes, blend neighbouring frames: smoother, less sharp.",
            rich_help_panel=PANEL,
        ),
    ] = False
    max_height: Annotated[
        int | None,
        typer.Option(
            min=LEAST_HEIGHT, max=MOST_HEIGHT, help="Maximum height of the output in pixels.", rich_help_panel=PANEL
        ),
    ] = None
    min_height: Annotated[
        int | None,
        typer.Option(
            min=LEAST_HEIGHT,
            max=MOST_HEIGHT,
            help="Minimum height of the output in pixels: smaller pictures are enlarged to it.",
            rich_help_panel=PANEL,
        ),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=2**32 - 1,
            help="Seed of random choices; the same seed gives the same output.",
            rich_help_panel=PANEL,
        ),
    ] = None
    sound: Annotated[
        HeardSound | None,
        typer.Option(
            "--sound",
            help="Keep the footage's sound, replace it with the template's, or mix both with the template's lowered under speech.",
            rich_help_panel=PANEL,
        ),
    ] = None
    highlights: Annotated[
        bool,
        typer.Option(
            "--highlights",
            help="Keep only the best moments of the footage, at the template's pace.",
            rich_help_panel=PANEL,
        ),
    ] = False
    target_duration: Annotated[
        float | None,
        typer.Option(
            min=SHORTEST_TARGET_S,
            max=LONGEST_TARGET_S,
            metavar="SECONDS",
            help="Total length of the highlights; default: the template's length. Implies --highlights.",
            rich_help_panel=PANEL,
        ),
    ] = None
    only: Annotated[
        End | None,
        typer.Option(help="Stop after the style or the edit plan, without rendering.", rich_help_panel=PANEL),
    ] = None
    without: Annotated[
        list[Aspect] | None,
        typer.Option(
            metavar="ASPECT",
            help="Do not apply this aspect of the style: color, pacing, transitions, motion, framing or audio; may be repeated.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ] = None
    own_style: Annotated[
        bool,
        typer.Option(
            "--own-style", help="Take the given video as footage and keep its own style.", rich_help_panel=PANEL
        ),
    ] = False
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="PLAN.json",
            help="Render this edit plan, edited or not, instead of making one. It also sets quality, size, frame rate, cuts and sound.",
            rich_help_panel=PANEL,
        ),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE.json",
            help="The job's `config` as in the API; options override it.",
            rich_help_panel=PANEL,
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse two that contradict each other."""
        out = self.without or ()
        if self.has_highlights and Aspect.PACING in out:
            raise typer.BadParameter("--without pacing leaves the pacing out", param_hint="--highlights")
        if self.sound is not None and Aspect.AUDIO in out:
            raise typer.BadParameter("--without audio leaves the sound out", param_hint="--sound")
        if self.plan is not None:
            self._check_beside_plan()

    def _check_beside_plan(self) -> None:
        """Refuse what the plan says itself."""
        for field in fields(self):
            if field.name not in BESIDE_PLAN and getattr(self, field.name) != field.default:
                why = "the plan sets this itself: edit the plan, or run without --plan"
                raise typer.BadParameter(why, param_hint=f"--{field.name.replace('_', '-')}")

    @property
    def has_highlights(self) -> bool:
        """Whether only the best moments are wanted."""
        return self.highlights or self.target_duration is not None

    @property
    def in_config(self) -> dict[str, Any]:
        """What they say of a job's `config`; None where one was not given."""
        return {
            "quality": self.quality,
            "strength": self.strength,
            "aspect_ratio": self.aspect_ratio,
            "frame_rate": None if self.frame_rate is None else int(self.frame_rate),
            "frame_blending": self.frame_blending or None,
            "max_height": self.max_height,
            "min_height": self.min_height,
            "seed": self.seed,
            "audio": self.sound,
            "pacing": "highlights" if self.has_highlights else None,
            "target_duration_seconds": self.target_duration,
            "render": RENDER[self.only],
            **dict.fromkeys(self.without or (), False),
        }


def with_choices(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take each field of `Choices` as an option, in the place of its parameter `choices`."""
    options = inspect.signature(Choices, eval_str=True).parameters

    @wraps(command)
    def take(**given: Any) -> None:  # noqa: ANN401 (whatever its parameters are)
        choices = Choices(**{name: given.pop(name) for name in options})
        command(**given, choices=choices)

    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        parameters += options.values() if name == "choices" else [parameter]
    take.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what Typer makes options of
    return take


def roles(first: str, second: str | None, *, own_style: bool) -> tuple[Path | None, str | None, str | None]:
    """Which of a command's one or two arguments is a file with a style, which the template, which the footage.

    Raises:
        typer.BadParameter: they do not go together.
    """
    if own_style:
        if second is not None:
            raise typer.BadParameter("--own-style takes a single video, the footage", param_hint="FOOTAGE")
        return None, None, first
    if first.endswith(".json"):
        if second is None:
            raise typer.BadParameter("a style needs footage to be applied to", param_hint="FOOTAGE")
        return Path(first), None, second
    return None, first, second
