"""`clipzy run`: one whole job on an engine that lives as long as the job, with its progress on the terminal."""

from __future__ import annotations

import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from clipzy.api.failures import validation_failed
from clipzy.api.forms import printable_name
from clipzy.api.job_requests import asked_job
from clipzy.api.schemas.config import JobConfig
from clipzy.api.schemas.jobs import JobRequest
from clipzy.api.services import Services
from clipzy.cli.figures import clock_time
from clipzy.cli.output_file import check_kept, check_writable, write_output
from clipzy.cli.output_name import check_name
from clipzy.cli.plan_frames import frames_of_plan
from clipzy.cli.run_folder import run_folder
from clipzy.cli.signals import held_back, unwinding
from clipzy.cli.stage_display import StageDisplay
from clipzy.cli.stage_times import FrameCount, Look
from clipzy.cli.terminal import console as make_console
from clipzy.cli.terminal import say
from clipzy.errors import ConfigurationError, RequestError, StageError
from clipzy.inference.prerequisites import check_models
from clipzy.inference.server import TritonServer
from clipzy.jobs.engine import Engine, prepare_database
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Job, Video, VideoMetadata, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.jobs.worker import run_worker
from clipzy.media.decoding.probe import Limits, Probe, probe
from clipzy.media.guard import guarded
from clipzy.settings import Settings
from clipzy.storage.artifacts import content_hash, load_json
from clipzy.storage.database import open_database
from clipzy.storage.keys import video_key
from clipzy.storage.objects import ObjectStore, open_objects
from clipzy.storage.published import OUTPUT, PLAN, QUALITY, STYLE
from clipzy.storage.volume import configured, private_folder
from clipzy.style.quality import QualityReport
from clipzy.wiring import inference_of, networks_ready, stage_modules

POLL_S = 0.2
LIKE_INPUTS = (OUTPUT, STYLE, PLAN)  # those of a job's files that an input may be called as
STOPPING_S = 30.0
STARTING = "starting the networks …"
FOUND = "using the Triton at {}: the job waits for it, and fails, if it goes away"


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for on the command line. `config`: a job's, as the API takes it; `read`: the files that it came from."""

    template: Path | None
    footage: Path | None
    output: Path
    artifacts: Path | None
    config: Mapping[str, Any]
    read: tuple[Path, ...]

    @property
    def videos(self) -> tuple[Path, ...]:
        """The files that are looked at, one of them once."""
        return tuple(dict.fromkeys(path for path in (self.template, self.footage) if path is not None))


def run_job(settings: Settings, order: Order) -> None:
    """Do one job and write what comes of it, whole or not at all.

    Raises:
        RequestError: a video or the config is not accepted.
        StageError: the job failed; the message names the stage.
        ConfigurationError: the networks cannot be served, the worker cannot work, or the output not be written.
        CommandFailed: the output is a folder or an input, cannot be written, or is named as another kind of file.
    """
    began, console = time.monotonic(), make_console(stderr=True)
    config = _accepted(order.config)
    check_name(order.output, has_footage=order.footage is not None, render=config.render)
    limits = Limits(settings.max_duration_s, settings.max_dimension_px)
    probes = {path: _probed(path, limits) for path in order.videos}
    _check_writable(order)
    with ExitStack() as opened:
        opened.enter_context(unwinding())
        settings = opened.enter_context(_private_folder(settings))
        prepare_database(settings.resolved_database_url)
        database = open_database(settings.resolved_database_url)
        opened.callback(database.dispose)
        store, objects = Store(database), open_objects(settings)
        ids = {path: _add(store, objects, path, probes[path]) for path in order.videos}
        engine = Engine(settings, store)
        opened.callback(engine.close)
        services = Services(settings, store, objects, engine, dict)
        job = asked_job(_request(order, ids, config), services, None)
        frames = _Frames(store, objects, job.job_id, [(found, path) for path, found in probes.items()])
        settings = opened.enter_context(_networks(settings, console))
        engine.submit(job)
        worker = opened.enter_context(_working(settings))
        with StageDisplay(console, frames) as display:
            ended = _follow(store, job.job_id, display, worker)
        _deliver(ended, objects, order)
        _tell(ended, objects, order, time.monotonic() - began)


def _accepted(config: Mapping[str, Any]) -> JobConfig:
    try:
        return JobConfig.model_validate_json(json.dumps(config))
    except ValidationError as exc:
        raise validation_failed(exc) from exc


def _probed(path: Path, limits: Limits) -> Probe:
    """What is in a video, which an error names."""
    try:
        return guarded(probe, path, limits)
    except RequestError as exc:
        raise type(exc)(f"{path}: {exc}") from exc


def _request(order: Order, ids: Mapping[Path, str], config: JobConfig) -> JobRequest:
    return JobRequest(
        template_video_id=None if order.template is None else ids[order.template],
        video_id=None if order.footage is None else ids[order.footage],
        config=config,
    )


def _check_writable(order: Order) -> None:
    """Fail before the work, not after it."""
    inputs = (*order.videos, *order.read)
    try:
        order.output.parent.mkdir(parents=True, exist_ok=True)
        if order.artifacts:
            order.artifacts.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=order.artifacts).close()
    except OSError as exc:
        raise ConfigurationError(f"nothing can be written to {exc.filename}: {exc.strerror}") from exc
    check_writable(order.output, inputs)
    if order.artifacts:
        for name in LIKE_INPUTS:
            check_kept(order.artifacts / name, inputs)


@contextmanager
def _private_folder(settings: Settings) -> Iterator[Settings]:
    """The same settings on a database and a storage of their own, gone in the end; only the analysis cache is shared."""
    root = settings.data_path.resolve()
    with ExitStack() as opened:
        with configured("DATA_PATH", root):
            private_folder(root)
            (root / "cache").mkdir(exist_ok=True)
            folder = opened.enter_context(run_folder(root))
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
        if settings.inference == "triton":
            say(FOUND.format(settings.triton_url))
        yield settings
        return
    check_models(settings.model_repository_path)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    log_path = settings.data_path / "triton.log"
    with ExitStack() as opened:
        if not console.is_terminal:
            say(STARTING)
        with console.status(STARTING):
            server = opened.enter_context(
                TritonServer(settings.model_repository_path, settings.weights_path, grpc_port=port, log_path=log_path)
            )
        yield settings.model_copy(update={"triton_url": server.url})


def _add(store: Store, objects: ObjectStore, path: Path, found: Probe) -> str:
    video_id = new_video_id()
    key = video_key(video_id, found.container.value)
    objects.put_file(key, path)
    metadata = VideoMetadata.of(found)
    store.add_video(
        Video(video_id, printable_name(path.name), path.stat().st_size, content_hash(path), key, metadata, now())
    )
    return video_id


class _Worker:
    """A worker in a thread of this process; its stages have processes of their own all the same."""

    def __init__(self, settings: Settings) -> None:
        self._work = partial(run_worker, settings, inference_of(settings), preload=stage_modules(settings))
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with held_back():
            self._stop.set()
            self._thread.join(STOPPING_S)

    def check(self) -> None:
        """Raise what the worker ended of; without one no job ever ends."""
        if self._thread.is_alive():
            return
        raise self._error or StageError("the worker ended before the job did")

    def _run(self) -> None:
        try:
            self._work(stop=self._stop)
        except BaseException as exc:  # noqa: BLE001 (told by `check`, in the thread that waits)
            self._error = exc


@contextmanager
def _working(settings: Settings) -> Iterator[_Worker]:
    """A worker that is at work within, and has ended before anything that it uses is taken away."""
    worker = _Worker(settings)
    with ExitStack() as ending:
        with held_back():
            worker.start()
            ending.callback(worker.stop)
        yield worker


class _Frames:
    """What is known of the frames that the job's stages go through."""

    def __init__(self, store: Store, objects: ObjectStore, job_id: str, videos: Sequence[tuple[Probe, Path]]) -> None:
        self._store, self._objects, self._job_id = store, objects, job_id
        # now: once the job has its copies nobody has to keep the files
        self._of_videos = FrameCount(tuple((found.facts.frame_count, path.stat().st_size) for found, path in videos))

    def __call__(self, stage: str) -> FrameCount | None:
        """Of the stages that look at every frame."""
        match stage:
            case Stage.VIDEO_ANALYSIS:
                return self._of_videos
            case Stage.RENDERING:
                key = self._store.get_job(self._job_id).artifacts[PLAN]
                with tempfile.TemporaryDirectory() as folder:
                    self._objects.fetch(key, Path(folder, PLAN))
                    return frames_of_plan(Path(folder, PLAN))
        return None


def _follow(store: Store, job_id: str, display: StageDisplay, worker: _Worker) -> Job:
    """Show the job's progress until it has ended.

    Raises:
        Exception: what the worker ended of before the job did.
    """
    while True:
        job = store.get_job(job_id)
        display.see(Look.at(job))
        if job.status in TERMINAL:
            return job
        worker.check()
        time.sleep(POLL_S)


def _deliver(job: Job, objects: ObjectStore, order: Order) -> None:
    if job.status is not Status.COMPLETED:
        assert job.error is not None  # nobody else can cancel this job
        stage = f"{job.error.stage.value.replace('_', ' ')}: " if job.error.stage else ""
        raise StageError(f"{stage}{job.error.message}")
    write_output(order.output, objects.stream(job.output_key or job.artifacts.get(PLAN) or job.artifacts[STYLE]))
    if order.artifacts:
        for name, key in job.artifacts.items():
            write_output(order.artifacts / name, objects.stream(key))


def _tell(job: Job, objects: ObjectStore, order: Order, took_s: float) -> None:
    """What weakens the outcome, how near it came to the template, where it is, and how long one has waited for it: the networks' start is part of that."""
    for warning in job.warnings:
        say(warning, mark="note:", style="yellow")
    if QUALITY in job.artifacts:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, QUALITY)
            objects.fetch(job.artifacts[QUALITY], path)
            summary = load_json(path, QualityReport).summary
        if summary is not None:
            say(summary)
    say(f"wrote {order.output} in {clock_time(took_s)}")
