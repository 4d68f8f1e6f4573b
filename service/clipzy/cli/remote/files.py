"""`clipzy download`: a job's video, one of its other files, or all of them."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path, PurePath

from rich.text import Text

from clipzy.cli.exit_codes import MISUSED, NOT_FOUND
from clipzy.cli.failures import CommandFailed, looking_at
from clipzy.cli.output_name import VIDEO, check_ending
from clipzy.cli.remote.connection import connected
from clipzy.cli.remote.waiting import raise_unless_completed
from clipzy.cli.standard_output import check_alone, is_stdout, write_stdout
from clipzy.cli.terminal import answering, console
from clipzy.cli.transfer_display import transfer_display
from clipzy_client import Client
from clipzy_client.errors import JobNotFound, NotFound

PIECE_BYTES = 1 << 18


def download_files(
    url: str, token: str | None, job_id: str, output: Path | None, artifact: str | None, *, every: bool, as_json: bool
) -> None:
    """Fetch what was asked for; the answer is where it was written, but for what went to standard output.

    Raises:
        CommandFailed: the job has no such file, ended badly, or the file cannot be written or is not named as a video.
    """
    with answering(as_json) as answer, connected(url, token) as client:
        check_alone(output, as_json=as_json)
        if every:
            if output is not None and is_stdout(output):
                raise CommandFailed(
                    "several files cannot go to standard output", MISUSED, "name a folder", "NOT_WRITABLE"
                )
            written = _fetch_all(client, job_id, output or Path(job_id))
        elif artifact is not None:
            written = [fetch(client, job_id, artifact, _target(output, PurePath(artifact).name))]
        else:
            target = _target(output, f"{job_id}.mp4")
            check_ending(target, *VIDEO)
            written = [fetch(client, job_id, None, target)]
        if any(is_stdout(path) for path in written):
            return
        answer.give(
            {"job_id": job_id, "files": [{"path": str(path), "size_bytes": path.stat().st_size} for path in written]},
            *(Text(str(path)) for path in written),
        )


def fetch(client: Client, job_id: str, artifact: str | None, path: Path) -> Path:
    """One file of a job, at that path; the video without a name. Nothing goes to standard output before it is there whole.

    Raises:
        CommandFailed: the job has no such file, ended badly, or it cannot be written.
    """
    if is_stdout(path):
        with tempfile.TemporaryDirectory() as folder:
            whole = fetch(client, job_id, artifact, Path(folder, PurePath(artifact or "output.mp4").name))
            with whole.open("rb") as file:
                write_stdout(iter(partial(file.read, PIECE_BYTES), b""))
        return path
    try:
        with transfer_display(console(stderr=True), ("fetching", "fetched"), path.name) as on_progress:
            if artifact is None:
                return client.jobs.download(job_id, path, on_progress=on_progress)
            return client.jobs.download_artifact(job_id, artifact, path, on_progress=on_progress)
    except JobNotFound:
        raise
    except NotFound as exc:
        raise_unless_completed(client.jobs.get(job_id))
        raise CommandFailed(str(exc), NOT_FOUND, _advice(client, job_id), exc.code) from exc
    except OSError as exc:
        raise CommandFailed(f"{path} cannot be written: {exc.strerror or exc}", MISUSED, code="NOT_WRITABLE") from exc


def _fetch_all(client: Client, job_id: str, folder: Path) -> list[Path]:
    # a name may not lead out of the folder, whoever answers
    names = [each.name for each in client.jobs.artifacts(job_id) if each.name == PurePath(each.name).name]
    if not names:
        job = client.jobs.get(job_id)
        raise CommandFailed(f"{job_id} is {job.status.value} and has no files", NOT_FOUND, code="NOT_FOUND")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise CommandFailed(f"{folder} cannot be made: {exc.strerror}", MISUSED, code="NOT_WRITABLE") from exc
    return [fetch(client, job_id, name, folder / name) for name in names]


def _target(output: Path | None, name: str) -> Path:
    if output is None:
        return Path(name)
    with looking_at(output):
        return output / name if output.is_dir() else output


def _advice(client: Client, job_id: str) -> str:
    names = [each.name for each in client.jobs.artifacts(job_id)]
    return f"it has {', '.join(names)}: --artifact fetches one, --all all" if names else ""
