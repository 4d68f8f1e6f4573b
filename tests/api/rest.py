"""A real API to test: uvicorn on a free port, SQLite, local storage, the durable queue; jobs are moved on by hand."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import structlog

from clipzy.api.app import create_app
from clipzy.api.server import Server
from clipzy.api.services import Services
from clipzy.jobs import moves
from clipzy.jobs.engine import Engine
from clipzy.jobs.lifecycle import Stage
from clipzy.jobs.moves import StageResult
from clipzy.jobs.records import JobError, Video, VideoMetadata, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.artifacts import to_json
from clipzy.storage.database import open_database
from clipzy.storage.keys import job_prefix, video_key
from clipzy.storage.objects import open_objects
from clipzy.style.dna import (
    AspectRatio,
    AudioStyle,
    BeatBand,
    ColorGrade,
    DetectedBeat,
    StyleDNA,
    TextOverlay,
    Transition,
    TransitionType,
)

STYLE = StyleDNA(
    color_grade=ColorGrade(temperature=12.5, shadows=-4.0),
    aspect_ratio=AspectRatio.TALL,
    frame_rate=30,
    audio_style=AudioStyle(0.7, 2.0, 30.0, enhance_speech=False),
    cut_frequency=24.5,
    motion_intensity=40.0,
    zoom_usage=10.0,
    primary_transition=Transition(TransitionType.CUT, 0),
    secondary_transition=None,
    text_overlays=(TextOverlay("HELLO", None, 0.08, "#ffffff", (0.5, 0.8), 2000, 500),),
    use_subtitles=False,
    detected_beats=(DetectedBeat(480, 0.9, BeatBand.BASS),),
    tempo_bpm=125.0,
    music_genre=None,
    created_at="2026-01-31T12:00:42Z",
    source_duration_seconds=42.0,
    extraction_confidence=0.9,
)
STYLE_JSON = to_json(StyleDNA, STYLE)


class Service:
    """A running API, and the hands that move its jobs in the place of a worker."""

    def __init__(self, services: Services, server: Server, thread: threading.Thread, client: httpx.Client) -> None:
        self.services = services
        self.store, self.objects = services.store, services.objects
        self.server, self._thread = server, thread
        self.url = str(client.base_url).rstrip("/")
        self.port = client.base_url.port
        self.client = client

    def stop(self) -> None:
        """Ask it to end, as a signal does."""
        self.server.should_exit = True

    def gone(self) -> None:
        """Wait until it has ended."""
        self._thread.join(20)
        assert not self._thread.is_alive()

    def add_video(self, content: bytes = b"a video", filename: str = "a.mp4", **rest) -> str:
        """A video that was uploaded; its id."""
        video_id = new_video_id()
        key = video_key(video_id, "mp4")
        self.objects.put_stream(key, iter([content]))
        facts = VideoMetadata(1920, 1080, 60.5, 29.97, "h264", 5000, "mp4")
        self.store.add_video(Video(video_id, filename, len(content), "0" * 64, key, facts, now(), **rest))
        return video_id

    def add_job(self, **body) -> str:
        """A queued job; its id."""
        body = body or {"video_id": self.add_video()}
        return data(self.client.post("/api/v1/jobs", json=body))["job_id"]

    def begin(self, job_id: str, stage: Stage = Stage.VIDEO_ANALYSIS) -> None:
        """Let a stage of the job begin."""
        with self.store.database.begin() as connection:
            assert moves.begin_stage(connection, job_id, stage)

    def progress(self, job_id: str, percent: int) -> None:
        """Let the job report progress."""
        with self.store.database.begin() as connection:
            attempt, _lost = moves.claim_attempt(connection, job_id)
            assert moves.report_progress(connection, job_id, attempt, percent)

    def finish_extraction(self, job_id: str, style_json: Mapping[str, Any] = STYLE_JSON) -> None:
        """Let the job find its style, at a stroke: whoever follows it sees the stage when it is done."""
        files = {"style.json": self.keep(job_id, "style.json", b"{}")}
        with self.store.database.begin() as connection:
            assert moves.begin_stage(connection, job_id, Stage.STYLE_EXTRACTION)
            result = StageResult(["the video is short"], files, style_json)
            assert moves.finish_stage(connection, job_id, Stage.STYLE_EXTRACTION, result)

    def complete(self, job_id: str, output: bytes | None = None, **others: bytes) -> None:
        """Let the job end well, with a rendered output where there is one; `others`: JSON files by name without suffix."""
        key = None if output is None else self.keep(job_id, "output.mp4", output)
        files = {f"{name}.json": self.keep(job_id, f"{name}.json", content) for name, content in others.items()}
        with self.store.database.begin() as connection:
            files |= {} if key is None else {"output.mp4": key}
            assert moves.complete(connection, job_id, StageResult(artifacts=files), key)

    def fail(self, job_id: str, stage: Stage = Stage.AUDIO_ANALYSIS, code: str = "PROCESSING_FAILED") -> None:
        """Let the job end badly."""
        with self.store.database.begin() as connection:
            error = JobError(stage, "the sound cannot be decoded", code)
            assert moves.fail(connection, job_id, error)

    def keep(self, job_id: str, name: str, content: bytes) -> str:
        """Store a file of the job; its key."""
        key = f"{job_prefix(job_id)}{len(content)}/{name}"
        self.objects.put_stream(key, iter([content]))
        return key

    def rendered(self, output: bytes) -> str:
        """A completed job with that output; its id."""
        job_id = self.add_job()
        self.finish_extraction(job_id)
        self.complete(job_id, output)
        return job_id

    def stored_files(self) -> set[Path]:
        """Every file in the storage, hidden ones too."""
        return {path for path in self.services.settings.local_storage_path.rglob("*") if path.is_file()}


def data(response: httpx.Response):
    """What a successful answer holds."""
    body = response.json()
    assert response.status_code == 200, body
    assert body.keys() == {"success", "message", "data"}
    assert body["success"] is True
    return body["data"]


def error(response: httpx.Response, status: int, code: str) -> dict:
    """The error of a refusal, after a look at its envelope."""
    assert response.status_code == status, response.text
    body = response.json()
    assert body.keys() == {"success", "message", "error"}
    assert body["success"] is False
    assert body["error"]["code"] == code, body
    assert isinstance(body["message"], str)
    assert body["error"].keys() <= {"detail", "code", "job_id", "fields"}
    assert ("job_id" in body["error"]) == (code in {"JOB_ALREADY_PROCESSING", "VIDEO_IN_USE"})
    return body["error"]


@contextmanager
def logging_plainly() -> Iterator[None]:
    """Lines of the service's log go where pytest sees them, traces without the values of every variable, which take seconds."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    yield
    structlog.reset_defaults()


@contextmanager
def serving(folder: Path, database: Path, networks=lambda: {"beats": True}, grace_s=1, **changes) -> Iterator[Service]:
    """An API of its own in that folder."""
    paths = {"data_path": folder / "data", "local_storage_path": folder / "storage"}
    settings = Settings(_env_file=None, **{**paths, **changes})
    settings.data_path.mkdir(parents=True)
    shutil.copy(database, settings.data_path / "clipzy.db")
    engine_database = open_database(settings.resolved_database_url)
    store = Store(engine_database)
    engine = Engine(settings, store)
    services = Services(settings, store, open_objects(settings), engine, networks)
    server = Server(create_app(services), "127.0.0.1", 0)
    server.config.timeout_graceful_shutdown = grace_s
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive(), "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield Service(services, server, thread, client)
    finally:
        server.should_exit = True
        thread.join(20)
        engine.close()
        engine_database.dispose()
