"""A whole job engine in a folder: store, object storage, queue, and real workers in processes of their own."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import SecretStr

from clipzy.jobs import moves
from clipzy.jobs.engine import Engine, prepare_database
from clipzy.jobs.job_rows import job_values
from clipzy.jobs.lifecycle import TERMINAL, Stage
from clipzy.jobs.records import Job, Video, VideoMetadata, new_job, new_video_id, now
from clipzy.jobs.store import Store
from clipzy.settings import Settings
from clipzy.storage.database import open_database
from clipzy.storage.keys import video_key
from clipzy.storage.objects import open_objects
from clipzy.storage.revisions import upgrade
from clipzy.storage.tables import jobs
from nursery import AnyWorker, Worker, interpreted
from shaped import shape

if TYPE_CHECKING:  # processes of workers need no pytest
    import pytest

POLLING_INTERVAL_S = 0.1


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings whose every file lies in the folder."""
    paths = {"data_path": folder / "data", "local_storage_path": folder / "storage"}
    return Settings(_env_file=None, **{**paths, **changes})


def open_store(folder: Path) -> Store:
    """A store on a fresh SQLite file in the folder."""
    url = settings_in(folder).resolved_database_url
    shape(url, upgrade)
    return Store(open_database(url))


def remember(store: Store, job: Job) -> None:
    """Put a job into the store without a queue; its videos need not exist."""
    with store.database.begin() as connection:
        connection.execute(sa.insert(jobs).values(**job_values(job)))


def unqueued(_connection: object, _job: Job) -> None:
    """In place of what puts a job on the queue, where none is there to run it."""


def rewrite_as_of_old(store: Store, job_id: str) -> None:
    """Let a job's config be one that another version of the engine has written: with a plan that this one does not understand."""
    old = {"quality": "low", "plan": {"version": "1", "look": "lut.cube", "clips": [{"look": True}]}}
    with store.database.begin() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.job_id == job_id).values(config=old))


def begin(store: Store, job_id: str, stage: Stage, *, attempts: int = 0) -> None:
    """Let a job begin a stage, and let so many attempts at it begin without an end."""
    with store.database.begin() as connection:
        moves.begin_stage(connection, job_id, stage)
        for _ in range(attempts):
            moves.claim_attempt(connection, job_id)


def write_script(path: Path, script: dict) -> Path:
    """A "video" that tells tiny_stages what to do: by stage name a list of [action, argument]."""
    path.write_text(json.dumps(script))
    return path


def grandchild(cache: Path) -> int | None:
    """The process that a stage started with `start_child`, None before it did."""
    path = cache / "grandchild.pid"
    return int(path.read_text()) if path.exists() and path.read_text() else None


def place(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings for the database and the storage that a fixture's parameter names, such as "sqlite" or "postgresql, s3"."""
    database = {"database_url": request.getfixturevalue("postgres_database")} if "postgresql" in request.param else {}
    return {**database, **(request.getfixturevalue("s3").settings() if "s3" in request.param else {})}


class Workshop(AbstractContextManager["Workshop"]):
    """The engine as its API side sees it; `worker()` runs the other side."""

    def __init__(self, folder: Path, *, queue: bool = True, **changes: object) -> None:
        """`queue`: whether jobs can be submitted."""
        self.folder = folder
        self.settings = settings_in(folder, **changes)
        prepare = prepare_database if queue else upgrade
        shape(self.settings.resolved_database_url, prepare)
        self.database = open_database(self.settings.resolved_database_url)
        self.store = Store(self.database)
        self.objects = open_objects(self.settings)
        self.engine = Engine(self.settings, self.store)
        self.workers: list[AnyWorker] = []

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """End every worker and close what is open."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait(10)
        self.engine.close()
        self.database.dispose()

    def add_video(self, script: dict | None = None, owner: str | None = None) -> str:
        """Upload a "video" that tells tiny_stages what to do; its id."""
        content = json.dumps(script or {}).encode()
        video_id = new_video_id()
        key = video_key(video_id, "mp4")
        self.objects.put_stream(key, iter([content]))
        facts = VideoMetadata(1920, 1080, 60.0, 30.0, "h264", 5000, "mp4")
        digest = hashlib.sha256(content).hexdigest()
        video = Video(video_id, "video.mp4", len(content), digest, key, facts, now(), owner=owner)
        self.store.add_video(video)
        return video_id

    def submit(self, script: dict | None = None, *, owner: str | None = None, **job: object) -> Job:
        """A job on a new video with that script."""
        return self.engine.submit(new_job(video_id=self.add_video(script, owner), owner=owner, **job))

    def remember(self, script: dict) -> Job:
        """A job on a new video with that script, known to the store but on no queue."""
        job = new_job(video_id=self.add_video(script))
        remember(self.store, job)
        return job

    def start_worker(self, *, fresh: bool = False, **changes: str) -> AnyWorker:
        """A worker with tiny_stages, in a process of its own; `changes` to the settings are its alone.

        `fresh`: by an interpreter of its own, which takes its time to import everything, as where one is started again.
        """
        told = {name: _plain(getattr(self.settings, name)) for name in self.settings.model_fields_set} | changes
        worker = (interpreted if fresh else Worker)(told, self.folder / "worker.log")
        self.workers.append(worker)
        return worker

    @contextmanager
    def worker(self):
        """A worker that is stopped by SIGTERM at the end."""
        worker = self.start_worker()
        try:
            yield worker
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(20)

    def wait(self, job_id: str, until: Callable[[Job], bool] | None = None, seconds: float = 120.0) -> Job:
        """The job as soon as `until` holds (without it: as soon as it has ended)."""
        holds = until or (lambda job: job.status in TERMINAL)
        deadline = time.monotonic() + seconds
        while not holds(job := self.store.get_job(job_id)):
            assert time.monotonic() < deadline, f"still {job}; the worker said {self.said()}"
            time.sleep(0.02)
        return job

    def journal(self, job_id: str) -> list[str]:
        """The stages that were run for a job, in order, repetitions too."""
        path = self.settings.data_path / "cache" / "journal.txt"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [stage for job, stage, *_ in lines if job == job_id]

    def processes(self, job_id: str) -> list[int]:
        """The processes that ran its stages, in order."""
        path = self.settings.data_path / "cache" / "journal.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [int(line.split()[3]) for line in lines if line.startswith(job_id)]

    @staticmethod
    def worker_of(pid: int) -> int:
        """The worker that a stage's process, alive, belongs to: the parent of the process it was forked from."""
        return _parent(_parent(pid))

    def stages_under(self, worker: AnyWorker) -> list[str]:
        """The stages that a worker runs at present, of the hundred begun last."""
        path = self.settings.data_path / "cache" / "journal.txt"
        found = []
        for line in path.read_text().splitlines()[-100:] if path.exists() else ():
            _, stage, _, pid = line.split()
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
                if self.worker_of(int(pid)) == worker.pid:
                    found.append(stage)
        return found

    def said(self) -> str:
        """The end of the workers' log."""
        path = self.folder / "worker.log"
        return path.read_text()[-4000:] if path.exists() else "nothing"

    def scratch(self, job_id: str) -> bool:
        """Whether scratch files of the job are left."""
        return (self.settings.data_path / "work" / job_id).exists()


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that has ended and waits to be reaped does not)."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def dies(pid: int, within_s: float = 2.0) -> bool:
    """Whether a process is gone within that time."""
    deadline = time.monotonic() + within_s
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def in_stage(stage: Stage) -> Callable[[Job], bool]:
    """For `wait`: the job is in that stage and has moved inside it."""
    return lambda job: job.current_stage is stage
