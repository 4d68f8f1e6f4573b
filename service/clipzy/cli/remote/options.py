"""The arguments and options that several commands share, with their words."""

from __future__ import annotations

import re
from typing import Annotated

import typer

DEFAULT_URL = "http://localhost:8000"
JOB_ID = re.compile(r"job_[A-Za-z0-9_-]+")

Url = Annotated[
    str, typer.Option("--url", envvar="CLIPZY_URL", help="Address of the service.", rich_help_panel="Service")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CLIPZY_TOKEN",
        help="Token, if the service requires one. Prefer the variable: process lists do not show it.",
        rich_help_panel="Service",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to stdout; everything else goes to stderr.")
]


def _job_id(given: str) -> str:
    if not JOB_ID.fullmatch(given):
        raise typer.BadParameter(f"{given!r} is not a job id, such as job_…")
    return given


JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job: job_…", show_default=False, parser=_job_id)]
JobIds = Annotated[
    list[str], typer.Argument(metavar="JOB", help="Ids of jobs: job_…", show_default=False, parser=_job_id)
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", min=0.1, metavar="SECONDS", help="Stop waiting after this many seconds; the job goes on."
    ),
]
