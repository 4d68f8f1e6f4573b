"""`clipzy submit` as Typer sees it; what it does is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from clipzy.cli.job_options import (
    PANEL,
    Aspect,
    FrameRate,
    Highlights,
    MaxHeight,
    Only,
    Seed,
    Shape,
    Strength,
    TargetDuration,
    WhoseSound,
    pacing_of,
)
from clipzy.cli.remote.options import DEFAULT_URL, AsJson, Timeout, Token, Url
from clipzy.style.config import Quality

RENDER = {None: None, Only.STYLE: False, Only.PLAN: "plan"}  # as the job's config has it


def submit(
    template: Annotated[
        str,
        typer.Argument(
            metavar="TEMPLATE",
            help="Whose style is wanted: a video file, the id of an upload (vid_…), or a style.json.",
            show_default=False,
        ),
    ],
    footage: Annotated[
        str | None,
        typer.Argument(
            metavar="FOOTAGE",
            help="What takes it on: a video file or the id of an upload. Without it the style alone is found.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Wait, and write what comes of it to this file.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", "--watch", "-w", help="Wait for the end, and show the stages.")
    ] = False,
    timeout: Timeout = None,
    quality: Annotated[Quality | None, typer.Option(help="Size against fidelity.", rich_help_panel=PANEL)] = None,
    strength: Strength = None,
    aspect_ratio: Shape = None,
    frame_rate: Annotated[
        FrameRate | None,
        typer.Option(help="Frames a second of the output; the template's when left out.", rich_help_panel=PANEL),
    ] = None,
    max_height: MaxHeight = None,
    seed: Seed = None,
    sound: WhoseSound = None,
    highlights: Highlights = False,
    target_duration: TargetDuration = None,
    only: Annotated[
        Only | None, typer.Option(help="End with the style or the edit plan, without a video.", rich_help_panel=PANEL)
    ] = None,
    without: Annotated[
        list[Aspect] | None,
        typer.Option(
            metavar="ASPECT",
            help="Leave this of the style out: color, pacing, transitions, motion, framing or audio; may be given again.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ] = None,
    own_style: Annotated[
        bool,
        typer.Option(
            "--own-style", help="The one video given is the footage, and keeps its own style.", rich_help_panel=PANEL
        ),
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json", help="The job's `config` as the API has it; options go over it.", rich_help_panel=PANEL
        ),
    ] = None,
    webhook_url: Annotated[
        str | None, typer.Option(help="Where the job's end is told to.", rich_help_panel=PANEL)
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(min=0, help="Of the jobs that wait the lowest number begins first.", rich_help_panel=PANEL),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="Your own data, given back as it came; may be given again.", rich_help_panel=PANEL
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Submit a job: FOOTAGE in TEMPLATE's style, or TEMPLATE alone for its style. Prints its id."""
    from clipzy.cli.remote.order import merged, pairs, video_of
    from clipzy.cli.remote.submit import Submission, Waiting, submit_job
    from clipzy.cli.terminal import answering

    if own_style and footage is not None:
        raise typer.BadParameter("--own-style takes one video, the footage", param_hint="FOOTAGE")
    pacing = pacing_of(highlights=highlights, target_duration=target_duration)
    if pacing is not None and Aspect.PACING in (without or ()):
        raise typer.BadParameter("the pacing is left out with --without pacing", param_hint="--highlights")
    if sound is not None and Aspect.AUDIO in (without or ()):
        raise typer.BadParameter("the sound is left out with --without audio", param_hint="--sound")
    chosen: dict[str, Any] = {
        "quality": quality,
        "strength": strength,
        "aspect_ratio": aspect_ratio,
        "frame_rate": None if frame_rate is None else int(frame_rate),
        "max_height": max_height,
        "seed": seed,
        "audio": sound,
        "pacing": pacing,
        "target_duration_seconds": target_duration,
        "render": RENDER[only],
        **dict.fromkeys(without or (), False),
    }
    style = Path(template) if template.endswith(".json") else None
    if style is not None and footage is None:
        raise typer.BadParameter("a style needs footage to be put on", param_hint="FOOTAGE")
    with answering(as_json):
        submission = Submission(
            template=None if own_style or style is not None else video_of(template),
            footage=video_of(template) if own_style else None if footage is None else video_of(footage),
            config=merged(config, style, chosen),
            webhook_url=webhook_url,
            metadata=pairs(metadata or ()),
            priority=priority,
        )
    waiting = Waiting(wait or output is not None or timeout is not None, timeout, output)
    submit_job(url, token, submission, waiting, as_json=as_json)
