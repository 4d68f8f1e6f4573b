"""The arguments and options that several commands share, with their words."""

from __future__ import annotations

import re
from typing import Annotated

import typer

DEFAULT_URL = "http://localhost:8000"
JOB_ID = re.compile(r"job_[A-Za-z0-9_-]+")

Url = Annotated[
    str, typer.Option("--url", envvar="CLIPZY_URL", help="Where the service is.", rich_help_panel="Service")
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        envvar="CLIPZY_TOKEN",
        help="Token of a service that wants one; better given by the variable, which no list of processes shows.",
        rich_help_panel="Service",
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document on stdout; the rest goes to stderr.")
]


def _job_id(given: str) -> str:
    if not JOB_ID.fullmatch(given):
        raise typer.BadParameter(f"{given!r} is no id of a job, which is as job_…")
    return given


JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job: job_…", show_default=False, parser=_job_id)]
JobIds = Annotated[
    list[str], typer.Argument(metavar="JOB", help="Ids of jobs: job_…", show_default=False, parser=_job_id)
]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", min=0.1, metavar="SECONDS", help="Stop waiting after so long; the job goes on."),
]
