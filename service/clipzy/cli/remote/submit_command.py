"""`clipzy submit` as Typer sees it; what it does is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clipzy.cli.job_options import PANEL, Choices, roles, with_choices
from clipzy.cli.remote.options import DEFAULT_URL, AsJson, Timeout, Token, Url


@with_choices
def submit(
    template: Annotated[
        str,
        typer.Argument(
            metavar="TEMPLATE",
            help="The template: a video file, the id of an upload (vid_…), or a style.json.",
            show_default=False,
        ),
    ],
    footage: Annotated[
        str | None,
        typer.Argument(
            metavar="FOOTAGE",
            help="The footage: a video file or the id of an upload. Without it only the style is extracted.",
            show_default=False,
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Wait for the end and write the result to this file: an mp4, or a json if no video is rendered.",
        ),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", "--watch", "-w", help="Wait for the end and show the stages.")
    ] = False,
    timeout: Timeout = None,
    choices: Choices,
    webhook_url: Annotated[
        str | None, typer.Option(help="URL that receives a POST when the job ends.", rich_help_panel=PANEL)
    ] = None,
    priority: Annotated[
        int | None,
        typer.Option(min=0, help="Of the waiting jobs, the lowest number starts first.", rich_help_panel=PANEL),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE", help="Your own data, returned unchanged; may be repeated.", rich_help_panel=PANEL
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Submit a job: FOOTAGE in TEMPLATE's style, or TEMPLATE alone for its style. Prints its id."""
    from clipzy.cli.job_config import merged
    from clipzy.cli.remote.order import pairs, video_of
    from clipzy.cli.remote.submit import Submission, Waiting, submit_job
    from clipzy.cli.terminal import answering

    style, template_video, footage_video = roles(template, footage, own_style=choices.own_style)
    with answering(as_json):
        submission = Submission(
            template=None if template_video is None else video_of(template_video),
            footage=None if footage_video is None else video_of(footage_video),
            config=merged(choices.config, style, choices.plan, choices.in_config),
            webhook_url=webhook_url,
            metadata=pairs(metadata or ()),
            priority=priority,
            read=tuple(each for each in (style, choices.plan, choices.config) if each is not None),
        )
    waiting = Waiting(wait or output is not None or timeout is not None, timeout, output)
    submit_job(url, token, submission, waiting, as_json=as_json)
