"""`clipzy run`: one whole job on an engine that lives as long as the job, with its progress on the terminal."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from clipzy.errors import ConfigurationError, StageError
from clipzy.inference.server import TritonServer
from clipzy.jobs.engine import Engine, prepare_database
from clipzy.jobs.lifecycle import TERMINAL, Status
from clipzy.jobs.records import Job, Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.jobs.worker import run_worker
from clipzy.media.guard import guarded
from clipzy.media.probe import Limits, Probe, probe
from clipzy.settings import Settings
from clipzy.storage.artifacts import content_hash
from clipzy.storage.database import open_database
from clipzy.storage.objects import ObjectStore, open_objects, video_key
from clipzy.style.config import JobConfig
from clipzy.wiring import STAGE_MODULES, inference_of, networks_ready

POLL_S = 0.2
STOPPING_S = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line."""

    template: Path
    footage: Path
    output: Path
    artifacts: Path | None
    config: JobConfig


def run_job(settings: Settings, order: Order) -> None:
    """Do one job and write its output, whole or not at all.

    Raises:
        RequestError: a video is not accepted.
        StageError: the job failed; the message names the stage.
        ConfigurationError: the networks cannot be served, or the output not written.
    """
    console = Console(stderr=True, highlight=False)
    limits = Limits(settings.max_duration_s, settings.max_dimension_px)
    probes = {path: guarded(probe, path, limits) for path in (order.template, order.footage)}
    _check_writable(order)
    with ExitStack() as opened:
        settings = opened.enter_context(_private_folder(settings))
        settings = opened.enter_context(_networks(settings, console))
        prepare_database(settings.resolved_database_url)
        database = open_database(settings.resolved_database_url)
        opened.callback(database.dispose)
        store, objects = Store(database), open_objects(settings)
        engine = Engine(settings, store)
        opened.callback(engine.close)
        job = engine.submit(
            new_job(
                template_video_id=_add(store, objects, order.template, probes[order.template]),
                video_id=_add(store, objects, order.footage, probes[order.footage]),
                config=order.config,
            )
        )
        opened.enter_context(_worker(settings))
        ended = _follow(store, job.job_id, console)
        _deliver(ended, objects, order)
        for warning in ended.warnings:
            console.print(f"[yellow]note:[/yellow] {warning}")
        console.print(f"wrote {order.output} in {ended.processing_time_seconds or 0:.0f} s")


def _check_writable(order: Order) -> None:
    """Fail before the work, not after it."""
    folders = [order.output.parent, *([order.artifacts] if order.artifacts else [])]
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as exc:
        raise ConfigurationError(f"nothing can be written to {exc.filename}: {exc.strerror}") from exc
    if order.output.suffix.lower() != ".mp4":
        raise ConfigurationError(f"the output is an mp4: name it so, not {order.output.name}")


@contextmanager
def _private_folder(settings: Settings) -> Iterator[Settings]:
    """The same settings on a database and a storage of their own, gone in the end; only the analysis cache is shared."""
    root = settings.data_path.resolve()
    (root / "cache").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=root, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "cache").symlink_to(root / "cache")
        yield settings.model_copy(
            update={
                "data_path": folder,
                "database_url": "",
                "storage_type": "local",
                "local_storage_path": folder / "storage",
                "max_concurrent_jobs": 1,
            }
        )


@contextmanager
def _networks(settings: Settings, console: Console) -> Iterator[Settings]:
    """The same settings where the networks answer: as they are, or with a Triton server started for this job."""
    if all(networks_ready(settings).values()):
        yield settings
        return
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    log_path = settings.data_path / "triton.log"
    with ExitStack() as opened:
        with console.status("starting the networks …"):
            server = opened.enter_context(
                TritonServer(settings.model_repository_path, settings.weights_path, grpc_port=port, log_path=log_path)
            )
        yield settings.model_copy(update={"triton_url": server.url})


def _add(store: Store, objects: ObjectStore, path: Path, found: Probe) -> str:
    video_id = new_video_id()
    key = video_key(video_id, found.container.value)
    objects.put_file(key, path)
    metadata = VideoMetadata.of(found)
    store.add_video(Video(video_id, path.name, path.stat().st_size, content_hash(path), key, metadata, now()))
    return video_id


@contextmanager
def _worker(settings: Settings) -> Iterator[None]:
    """A worker in a thread of this process; its stages have processes of their own all the same."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_worker,
        args=(settings, inference_of(settings)),
        kwargs={"preload": STAGE_MODULES, "stop": stop},
        name="worker",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOPPING_S)


def _follow(store: Store, job_id: str, console: Console) -> Job:
    """Show the job's progress until it has ended."""
    with Progress(
        TextColumn("{task.description:<18}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("queued", total=100)
        while True:
            job = store.get_job(job_id)
            stage = job.current_stage
            progress.update(
                task,
                completed=job.progress_percent,
                description=(stage.value if stage else job.status.value).replace("_", " "),
            )
            if job.status in TERMINAL:
                return job
            time.sleep(POLL_S)


def _deliver(job: Job, objects: ObjectStore, order: Order) -> None:
    if job.status is not Status.COMPLETED or job.output_key is None:
        assert job.error is not None  # nobody else can cancel this job
        stage = f"{job.error.stage.value.replace('_', ' ')}: " if job.error.stage else ""
        raise StageError(f"{stage}{job.error.message}")
    try:
        objects.fetch(job.output_key, order.output)
        if order.artifacts:
            for name, key in job.artifacts.items():
                objects.fetch(key, order.artifacts / name)
    except OSError as exc:
        raise ConfigurationError(f"{exc.filename} cannot be written: {exc.strerror}") from exc
