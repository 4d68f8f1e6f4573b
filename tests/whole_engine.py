"""The whole engine as its users run it: `clipzy up` in a process of its own, and a client for its API."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from ports import free_pair, free_port
from watcher import watch

READY_S = 240.0
TERMINAL = {"completed", "failed", "cancelled"}
SOON_MISSED = {"HEARTBEAT_INTERVAL_S": "1", "WORKER_LOST_AFTER_S": "5"}  # a worker that was killed


class Engine:
    """`clipzy up` in a folder, and a client for its API."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.triton_url = f"127.0.0.1:{free_pair()}"
        self.environment = {
            **os.environ,
            "API_PORT": self.url.rpartition(":")[2],
            "TRITON_URL": self.triton_url,
            "DATA_PATH": str(folder / "data"),
            "LOCAL_STORAGE_PATH": str(folder / "storage"),
            **environment,
        }
        self.exit_code: int | None = None
        self._process: subprocess.Popen | None = None
        self._watcher: subprocess.Popen | None = None

    @contextmanager
    def running(self):
        """The engine, ready; stopped as Ctrl-C stops it."""
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start everything and wait until it answers."""
        self.client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=30, trust_env=False)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "clipzy", "up"], env=self.environment, stdout=log, stderr=log
            )
        self._watcher = watch(self._process, signal.SIGTERM)
        deadline = time.monotonic() + READY_S
        while not self._is_ready():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does."""
        self.client.close()
        self._process.send_signal(signal.SIGINT)
        try:
            self.exit_code = self._process.wait(60)
        finally:
            self._watcher.communicate()  # which kills what does not end

    def kill_everything(self) -> None:
        """A machine that loses power: nothing of it gets to say a last word."""
        for pid in (self._process.pid, *descendants(self._process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(10)
        self._watcher.communicate()
        self.client.close()

    def process_of(self, command: str) -> int:
        """The process of `clipzy worker`, `clipzy api` or `clipzy triton`."""
        for pid in descendants(self._process.pid):
            if command_of(pid)[-3:] == ["-m", "clipzy", command]:
                return pid
        raise AssertionError(f"no clipzy {command}: {self.said()}")

    def stage_processes(self) -> list[int]:
        """The processes that run a stage at present; each leads a session of its own."""
        found = []
        for pid in descendants(self.process_of("worker")):
            with suppress(ProcessLookupError):
                if os.getsid(pid) == pid:
                    found.append(pid)
        return found

    def kill_triton(self) -> None:
        """Kill the server and all its processes; `clipzy up` starts it again."""
        triton = self.process_of("triton")
        for pid in (triton, *descendants(triton)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def files_of(self, job_id: str) -> set[Path]:
        """What is stored for a job."""
        return {path for path in self.stored_files() if job_id in path.parts}

    def upload(self, path: Path, **form: str) -> str:
        """A video's id."""
        with path.open("rb") as file:
            answer = self.client.post("/videos/upload", files={"file": (path.name, file)}, data=form)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["video_id"]

    def create(self, **body: object) -> str:
        """A job's id."""
        answer = self.client.post("/jobs", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["job_id"]

    def wait(self, job_id: str, until: Callable[[dict], bool] | None = None, seconds: float = 280.0) -> dict:
        """The job as soon as `until` holds; without it, as soon as it has ended."""
        holds = until or (lambda job: job["status"] in TERMINAL)
        deadline = time.monotonic() + seconds
        while not holds(job := self.client.get(f"/jobs/{job_id}").json()["data"]):
            assert time.monotonic() < deadline, f"still {job}; {self.said()}"
            time.sleep(0.05)
        return job

    def said(self) -> str:
        """The end of the log."""
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def stored_files(self) -> set[Path]:
        """All files in its storage."""
        return {path for path in (self.folder / "storage").rglob("*") if path.is_file()}

    def ended_stages(self, job_id: str) -> list[str]:
        """The stages that ran to their end for a job, in order, by the worker's log."""
        lines = [line for line in (self.folder / "log").read_text(errors="replace").splitlines() if job_id in line]
        ends = [line for line in lines if "stage ended" in line and "outcome=completed" in line]
        return [re.search(r"stage=(\w+)", line)[1] for line in ends]

    def processes(self) -> list[int]:
        """Its processes: `clipzy up` and all below."""
        return [self._process.pid, *descendants(self._process.pid)]

    def _is_ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
            return answer.json().get("data", {}).get("status") == "healthy"  # the networks too
        except httpx.TransportError:
            return False


def command_of(pid: int) -> list[str]:
    """A process's command line."""
    try:
        return [part.decode() for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if part]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid: int) -> list[int]:
    """The processes below a process, all generations."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found, ahead = [], [pid]
    while ahead:
        children = parents.get(ahead.pop(), [])
        found += children
        ahead += children
    return found
