"""The commands that ask a running service, as Typer sees them; what they do is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clipzy.cli.remote.options import DEFAULT_URL, AsJson, JobId, JobIds, Timeout, Token, Url
from clipzy.jobs.lifecycle import Status


def status(jobs: JobIds, url: Url = DEFAULT_URL, token: Token = None, as_json: AsJson = False) -> None:
    """Show the state of jobs."""
    from clipzy.cli.remote.jobs import show_status

    show_status(url, token, jobs, as_json=as_json)


def watch(
    job: JobId, timeout: Timeout = None, url: Url = DEFAULT_URL, token: Token = None, as_json: AsJson = False
) -> None:
    """Follow a job, stage by stage, to its end."""
    from clipzy.cli.remote.jobs import watch_job

    watch_job(url, token, job, timeout, as_json=as_json)


def cancel(job: JobId, url: Url = DEFAULT_URL, token: Token = None, as_json: AsJson = False) -> None:
    """End a job that has not ended; its work stops within seconds."""
    from clipzy.cli.remote.jobs import cancel_job

    cancel_job(url, token, job, as_json=as_json)


def result(job: JobId, url: Url = DEFAULT_URL, token: Token = None, as_json: AsJson = False) -> None:
    """Show a job's result: its style as soon as it is known, its video once it is rendered."""
    from clipzy.cli.remote.jobs import show_result

    show_result(url, token, job, as_json=as_json)


def download(
    job: JobId,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File or folder to write to; default: JOB.mp4 in this folder.", show_default=False
        ),
    ] = None,
    artifact: Annotated[
        str | None, typer.Option(metavar="NAME", help="Download this file instead of the video, such as plan.json.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Download all files of the job into a folder; default: JOB/.")
    ] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Fetch a job's video, or other files of it."""
    from clipzy.cli.remote.files import download_files

    if every and artifact is not None:
        raise typer.BadParameter("give either --artifact or --all", param_hint="--all")
    download_files(url, token, job, output, artifact, every=every, as_json=as_json)


def jobs(
    *,
    status: Annotated[Status | None, typer.Option(help="Only jobs in this status.")] = None,
    video: Annotated[
        str | None, typer.Option(metavar="VIDEO", help="Only jobs that use this upload as footage or template.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of jobs.")] = 20,
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    from clipzy.cli.remote.jobs import list_jobs

    list_jobs(url, token, status, video, limit, as_json=as_json)


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A style.json, or the id of a job.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    url: Url = DEFAULT_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Tell how far two styles are apart, field by field."""
    from clipzy.cli.styles import show_difference

    show_difference(url, token, first, second, as_json=as_json)
