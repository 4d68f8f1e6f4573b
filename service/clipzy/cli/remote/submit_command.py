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
        Path | None,
        typer.Option("--output", "-o", help="Wait, and write an mp4, or a json where there is no video, to this file."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", "--watch", "-w", help="Wait for the end, and show the stages.")
    ] = False,
    timeout: Timeout = None,
    choices: Choices,
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
