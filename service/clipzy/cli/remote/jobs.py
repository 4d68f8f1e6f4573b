"""`clipzy status`, `jobs`, `watch`, `cancel` and `result`: how jobs stand and what came of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from rich.table import Table
from rich.text import Text

from clipzy.cli.exit_codes import NOT_FOUND
from clipzy.cli.failures import CommandFailed
from clipzy.cli.figures import clock_time, moment
from clipzy.cli.remote.connection import connected
from clipzy.cli.remote.waiting import advise_to_watch, follow, raise_unless_completed, tell_ending
from clipzy.cli.styles import shown_style
from clipzy.cli.terminal import answering
from clipzy.errors import StageError
from clipzy.storage.artifacts import load_json
from clipzy.storage.published import QUALITY
from clipzy.style.quality import QualityReport
from clipzy_client import Client, Job, JobResult, JobStatus
from clipzy_client.errors import JobNotFound, ResultNotReady

STATUS_STYLES = {
    JobStatus.PROCESSING: "cyan",
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "red",
    JobStatus.CANCELLED: "yellow",
}


def show_status(url: str, token: str | None, job_ids: Sequence[str], *, as_json: bool) -> None:
    """How these jobs stand.

    Raises:
        CommandFailed: one of them is not there; the others are shown all the same.
    """
    with answering(as_json) as answer, connected(url, token) as client:
        found = {job_id: _known(client, job_id) for job_id in dict.fromkeys(job_ids)}
        jobs = [job for job in found.values() if job is not None]
        missing = [job_id for job_id, job in found.items() if job is None]
        if jobs or as_json:
            document = {"jobs": [job.model_dump(mode="json") for job in jobs], "missing": missing}
            answer.give(document, *([_facts(jobs[0])] if len(found) == 1 and jobs else [_table(jobs)]))
        if missing:
            raise CommandFailed(
                f"there is no job {', '.join(missing)}",
                NOT_FOUND,
                "`clipzy jobs` lists the jobs of this service",
                JobNotFound.code,
            )


def list_jobs(
    url: str, token: str | None, status: str | None, video_id: str | None, limit: int, *, as_json: bool
) -> None:
    """The newest jobs."""
    with answering(as_json) as answer, connected(url, token) as client:
        found = list(islice(client.jobs.iterate(status=status, video_id=video_id, page_size=min(limit, 100)), limit))
        shown = _table(found) if found else Text("no jobs")
        answer.give({"jobs": [job.model_dump(mode="json") for job in found]}, shown)


def watch_job(url: str, token: str | None, job_id: str, timeout_s: float | None, *, as_json: bool) -> None:
    """Follow a job to its end.

    Raises:
        CommandFailed: it ended badly.
    """
    with answering(as_json, lambda: advise_to_watch(job_id)) as answer, connected(url, token) as client:
        ended = follow(client, client.jobs.get(job_id), timeout_s)
        tell_ending(ended)
        if as_json:
            answer.give(ended.model_dump(mode="json"))
        raise_unless_completed(ended)


def cancel_job(url: str, token: str | None, job_id: str, *, as_json: bool) -> None:
    """End a job."""
    with answering(as_json) as answer, connected(url, token) as client:
        job = client.jobs.cancel(job_id)
        answer.give(job.model_dump(mode="json"), Text(f"{job_id} is {job.status.value}"))


def show_result(url: str, token: str | None, job_id: str, *, as_json: bool) -> None:
    """What came of a job so far.

    Raises:
        CommandFailed: it failed or was cancelled.
    """
    with answering(as_json) as answer, connected(url, token) as client:
        try:
            found = client.jobs.result(job_id)
        except ResultNotReady:
            raise_unless_completed(client.jobs.get(job_id))  # one that was cancelled will never have any
            raise
        answer.give(found.model_dump(mode="json"), *_result(found, None if as_json else _closed(client, found)))
        raise_unless_completed(found)


def _known(client: Client, job_id: str) -> Job | None:
    try:
        return client.jobs.get(job_id)
    except JobNotFound:
        return None


def _table(jobs: Iterable[Job]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("JOB", overflow="fold")  # an id that is cut is none
    for title in ("STATUS", "DONE", "STAGE"):
        table.add_column(title, no_wrap=True)
    table.add_column("SUBMITTED", no_wrap=True)
    for job in jobs:
        table.add_row(
            Text(job.job_id),
            _status(job),
            f"{job.progress_percent} %",
            "" if job.current_stage is None else job.current_stage.value.replace("_", " "),
            moment(job.created_at)[5:-3],
        )
    return table


def _facts(job: Job) -> Table:
    facts: list[tuple[str, str | Text]] = [
        ("job", Text(job.job_id)),
        ("status", _status(job)),
        ("done", f"{job.progress_percent} %"),
        ("stage", "" if job.current_stage is None else job.current_stage.value.replace("_", " ")),
        ("template", job.template_video_id or ""),
        ("style", "given with the job" if job.style_given else ""),
        ("footage", job.video_id or ""),
        ("submitted", moment(job.created_at)),
        ("started", moment(job.started_at)),
        ("ended", moment(job.completed_at)),
        *((f"metadata {key}", Text(str(value))) for key, value in job.metadata.items()),
    ]
    if job.error is not None:
        facts.append(("error", Text(job.error.message)))
    return _listed(facts)


def _closed(client: Client, found: JobResult) -> str | None:
    """How near the video came to the template, in one line; None without a report."""
    if all(artifact.name != QUALITY for artifact in client.jobs.artifacts(found.job_id)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = client.jobs.download_artifact(found.job_id, QUALITY, Path(folder, QUALITY))
        try:
            return load_json(path, QualityReport).summary
        except StageError:  # of a service of another version
            return f"in {QUALITY}, which has a format that this clipzy does not know"


def _result(found: JobResult, closed: str | None) -> list[Table | Text]:
    facts: list[tuple[str, str | Text]] = [("job", Text(found.job_id)), ("status", _status(found))]
    if found.processing_time_seconds is not None:
        facts.append(("took", clock_time(found.processing_time_seconds)))
    if found.output_video_url is not None:
        facts.append(("video", Text(found.output_video_url)))
    if closed is not None:
        facts.append(("quality", closed))
    facts += [("note", Text(warning)) for warning in found.warnings]
    shown: list[Table | Text] = [_listed(facts)]
    return shown if found.style_json is None else [*shown, Text(), shown_style(found.style_json)]


def _listed(facts: Sequence[tuple[str, str | Text]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts:
        if value:
            table.add_row(name, value)
    return table


def _status(job: Job) -> Text:
    return Text(job.status.value, STATUS_STYLES.get(job.status, ""))
