"""`clipzy submit`: sends the videos, queues the job, and on request waits for what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from rich.text import Text

from clipzy.cli.exit_codes import MISUSED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.output_file import check_writable, write_output
from clipzy.cli.output_name import check_name, document_of
from clipzy.cli.remote.connection import connected
from clipzy.cli.remote.files import fetch
from clipzy.cli.remote.order import Upload, Video
from clipzy.cli.remote.waiting import advise_to_watch, follow, raise_unless_completed, tell_ending
from clipzy.cli.standard_output import check_alone, is_stdout
from clipzy.cli.terminal import answering, console, say
from clipzy.cli.transfer_display import transfer_display
from clipzy.storage.published import PLAN
from clipzy_client import Client, Job, JobResult
from clipzy_client.errors import FileTooLarge, InvalidRequest

NOT_YET = "the job was not submitted; submit it again"


class Ending(TypedDict):
    """As `check_name` takes it."""

    has_footage: bool
    render: object


@dataclass(frozen=True, slots=True)
class Submission:
    """What was asked for. `template`: None where the style is in the config, or the footage's own. `read`: the files that the config came from."""

    template: Video | None
    footage: Video | None
    config: Mapping[str, Any]
    webhook_url: str | None
    metadata: Mapping[str, str]
    priority: int | None
    read: tuple[Path, ...]

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files on this machine that it is made of."""
        return (*(each for each in (self.template, self.footage) if isinstance(each, Path)), *self.read)

    @property
    def ending(self) -> Ending:
        """What tells what it ends with."""
        return {"has_footage": self.footage is not None, "render": self.config.get("render", True)}


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the job's end is waited for. `output`: where what comes of it is written."""

    wanted: bool
    timeout_s: float | None
    output: Path | None


def submit_job(url: str, token: str | None, submission: Submission, waiting: Waiting, *, as_json: bool) -> None:
    """Do it; the answer is the job, or what came of it.

    Raises:
        CommandFailed: the job ended badly, or the output cannot be written, is an input, or is named as another kind of file.
        ClipzyError: of the client.
    """
    submitted: Job | None = None

    def advise() -> None:
        if submitted is None:
            say(NOT_YET)
        else:
            advise_to_watch(submitted.job_id)

    with answering(as_json, advise) as answer, connected(url, token) as client:
        check_alone(waiting.output, as_json=as_json)
        if waiting.output is not None:
            check_writable(waiting.output, submission.inputs)
            check_name(waiting.output, **submission.ending)
        submitted = _create(client, submission)
        if not waiting.wanted:
            answer.give(submitted.model_dump(mode="json"), Text(submitted.job_id))
            say(_ways_on(submitted.job_id, document_of(**submission.ending)))
            return
        say(submitted.job_id, mark="job")
        ended = follow(client, submitted, waiting.timeout_s)
        written = _deliver(client, ended, waiting.output)
        tell_ending(ended, written=written is not None)
        document = ended.model_dump(mode="json") | {"written_to": None if written is None else str(written)}
        if written is None or not is_stdout(written):
            answer.give(document, Text(ended.job_id if written is None else str(written)))
        raise_unless_completed(ended)


def _ways_on(job_id: str, document: str | None) -> str:
    """How to go on with a job that ends with that document, or with a video."""
    fetched = "the video" if document is None else f"the {document.partition('.')[0]}"
    artifact = "" if document is None else f" --artifact {document}"
    return f"`clipzy watch {job_id}` follows it, `clipzy download {job_id}{artifact}` fetches {fetched}"


def _create(client: Client, submission: Submission) -> Job:
    sent: dict[Path, str] = {}
    template_id = _sent(client, submission.template, sent)
    return client.jobs.create(
        template_video_id=template_id,
        video_id=_sent(client, submission.footage, sent),
        config=submission.config or None,
        webhook_url=submission.webhook_url,
        metadata=submission.metadata or None,
        priority=submission.priority,
    )


def _sent(client: Client, video: Video | None, sent: dict[Path, str]) -> str | None:
    """The id of a video, sent first where it is a file; once, where template and footage are the same."""
    if video is None:
        return None
    if isinstance(video, Upload):
        return video.video_id
    path = video.resolve()
    if path not in sent:
        try:
            with transfer_display(console(stderr=True), ("uploading", "uploaded"), video.name) as on_progress:
                sent[path] = client.videos.upload(video, on_progress=on_progress).video_id
        except (InvalidRequest, FileTooLarge) as exc:  # of two files it must be clear which is meant
            raise type(exc)(
                f"{video}: {exc}", code=exc.code, status=exc.status, fields=exc.fields, request_id=exc.request_id
            ) from exc
        except OSError as exc:
            raise CommandFailed(f"{video} cannot be read: {exc.strerror or exc}", MISUSED, code="NOT_READABLE") from exc
    return sent[path]


def _deliver(client: Client, ended: Job, output: Path | None) -> Path | None:
    """Write what came of a job that ended well: the video, else the plan, else the style."""
    if output is None or not isinstance(ended, JobResult):
        return None
    names = {artifact.name for artifact in client.jobs.artifacts(ended.job_id)}
    if ended.output_video_url is not None:
        return fetch(client, ended.job_id, None, output)
    if PLAN in names:
        return fetch(client, ended.job_id, PLAN, output)
    assert ended.style_json is not None, "what neither rendered nor planned ended with its style"
    write_output(output, [(ended.style_json.model_dump_json(indent=1) + "\n").encode()])
    return output
