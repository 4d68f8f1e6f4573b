"""`clipzy run` as Typer sees it; what it does is imported when it runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from clipzy.cli.job_options import Choices, roles, with_choices


@with_choices
def run(
    template: Annotated[
        str,
        typer.Argument(metavar="TEMPLATE", help="The template: a video file or a style.json.", show_default=False),
    ],
    footage: Annotated[
        str | None,
        typer.Argument(
            metavar="FOOTAGE",
            help="The footage. Without it only the style is extracted.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: an mp4, or a json if no video is rendered.")
    ],
    artifacts: Annotated[
        Path | None,
        typer.Option(help="Folder for all files of the job: style, plan, looks, pictures, reports.", file_okay=False),
    ] = None,
    choices: Choices,
) -> None:
    """Put TEMPLATE's style on FOOTAGE, without a service."""
    from clipzy.cli.environment import read_settings
    from clipzy.cli.job_config import merged
    from clipzy.cli.remote.order import video_file
    from clipzy.cli.run import Order, run_job
    from clipzy.cli.terminal import say

    style, template_video, footage_video = roles(template, footage, own_style=choices.own_style)
    order = Order(
        template=None if template_video is None else video_file(template_video),
        footage=None if footage_video is None else video_file(footage_video),
        output=output,
        artifacts=artifacts,
        config=merged(choices.config, style, choices.plan, choices.in_config),
        read=tuple(each for each in (style, choices.plan, choices.config) if each is not None),
    )
    note = partial(say, mark="note:", style="yellow")
    settings = read_settings(note, log_level="ERROR")  # so that the lines of a log do not break into the display
    run_job(settings, order)
