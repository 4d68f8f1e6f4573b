"""`clipzy run`: one whole job on an engine that lives as long as the job, with its progress on the terminal."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from clipzy.cli.figures import clock_time
from clipzy.cli.plan_frames import frames_of_plan
from clipzy.cli.stage_display import StageDisplay
from clipzy.cli.stage_times import FrameCount, Look
from clipzy.cli.terminal import console as make_console
from clipzy.cli.terminal import say
from clipzy.errors import ConfigurationError, StageError
from clipzy.inference.server import TritonServer
from clipzy.jobs.engine import Engine, prepare_database
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Job, Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.jobs.worker import run_worker
from clipzy.media.guard import guarded
from clipzy.media.probe import Limits, Probe, probe
from clipzy.settings import Settings
from clipzy.stages.context import QUALITY
from clipzy.storage.artifacts import content_hash, load_json
from clipzy.storage.database import open_database
from clipzy.storage.objects import ObjectStore, open_objects, video_key
from clipzy.style.config import JobConfig
from clipzy.style.quality import QualityReport
from clipzy.wiring import inference_of, networks_ready, stage_modules

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
    console = make_console(stderr=True)
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
        with StageDisplay(
            console,
            _Frames(store, objects, job.job_id, [(probes[path], path) for path in (order.template, order.footage)]),
        ) as display:
            ended = _follow(store, job.job_id, display)
        _deliver(ended, objects, order)
        for warning in ended.warnings:
            say(warning, mark="note:", style="yellow")
        summary = _quality(ended, objects).summary
        if summary is not None:
            say(summary)
        say(f"wrote {order.output} in {clock_time(ended.processing_time_seconds or 0)}")


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
        kwargs={"preload": stage_modules(settings), "stop": stop},
        name="worker",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOPPING_S)


class _Frames:
    """What is known of the frames that the job's stages go through."""

    def __init__(self, store: Store, objects: ObjectStore, job_id: str, videos: Sequence[tuple[Probe, Path]]) -> None:
        self._store, self._objects, self._job_id = store, objects, job_id
        self._videos = videos

    def __call__(self, stage: str) -> FrameCount | None:
        """Of the stages that look at every frame."""
        match stage:
            case Stage.VIDEO_ANALYSIS:
                counted = ((found.facts, path.stat().st_size) for found, path in self._videos)
                return FrameCount(tuple((float(facts.duration * facts.frame_rate), size) for facts, size in counted))
            case Stage.RENDERING:
                key = self._store.get_job(self._job_id).artifacts["plan.json"]
                with tempfile.TemporaryDirectory() as folder:
                    self._objects.fetch(key, Path(folder, "plan.json"))
                    return frames_of_plan(Path(folder, "plan.json"))
        return None


def _follow(store: Store, job_id: str, display: StageDisplay) -> Job:
    """Show the job's progress until it has ended."""
    while True:
        job = store.get_job(job_id)
        stage = None if job.current_stage is None else job.current_stage.value
        failed_in = None if job.error is None or job.error.stage is None else job.error.stage.value
        display.see(Look(job.status.value, stage, job.progress_percent, failed_in))
        if job.status in TERMINAL:
            return job
        time.sleep(POLL_S)


def _quality(job: Job, objects: ObjectStore) -> QualityReport:
    """What the job reports on its video."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, QUALITY)
        objects.fetch(job.artifacts[QUALITY], path)
        return load_json(path, QualityReport)


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
