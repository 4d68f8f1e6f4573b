"""How the API bears load: status polls beside many jobs that wait, uploads at once with the memory they take, how soon a job begins.

A real `clipzy api` and, for the last part, a real `clipzy worker` on SQLite, on the loopback. The clients run on the same machine and take
their share of the processors.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios.measuring import Failed, quantile
from scenarios.media import made
from scenarios.options import Options
from scenarios.rows import Row
from scenarios.serving import command, environment, free_port, wait_until_it_answers
from scenarios.uploads import grown, upload

if TYPE_CHECKING:
    import httpx

ACTIVE_JOBS, CLIENTS, POLLING_S = 100, 16, 5.0  # active: not ended; no worker runs meanwhile
UPLOADS, UPLOAD_MB = 20, 200
STARTS = 10


def run(options: Options) -> Iterator[Row]:
    """Answers a second and their times, megabytes a second and peak memory, milliseconds from creation to first stage."""
    import httpx

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name:
        folder = Path(name)
        variables = environment(options, folder, port, INFERENCE="local")
        small = made(options.folder, "180p", 2).path
        with (
            command("api", variables, folder / "api.log") as api,
            httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ):
            wait_until_it_answers(url, api, folder / "api.log")
            video = upload(client, small)
            jobs = [_create(client, video, seed) for seed in range(ACTIVE_JOBS)]
            took, elapsed = asyncio.run(poll(url, jobs, POLLING_S, CLIENTS))
            case = f"{CLIENTS} clients, {ACTIVE_JOBS} active jobs"
            yield Row(case, "status polls", "1/s", (len(took) / elapsed,), less=False)
            yield Row(case, "status poll, median", "ms", (1000 * quantile(took, 0.5),))
            yield Row(case, "status poll, 99th percentile", "ms", (1000 * quantile(took, 0.99),))
            yield from _uploads(url, grown(small, folder / "large.mp4", UPLOAD_MB << 20), api.pid)
            for job in jobs:
                client.post(f"/api/v1/jobs/{job}/cancel")
            with command("worker", variables, folder / "worker.log"):
                start_latencies(client, video, 1)  # the first waits for the worker to come up
                latencies = start_latencies(client, video, STARTS)
            yield Row("idle worker", "creation to first stage, median", "ms", (1000 * quantile(latencies, 0.5),))
            yield Row("idle worker", "creation to first stage, longest", "ms", (1000 * max(latencies),))


def _uploads(url: str, path: Path, pid: int) -> Iterator[Row]:
    before = peak_mib(pid)
    seconds = asyncio.run(upload_at_once(url, path, UPLOADS))
    case = f"{UPLOADS} of {UPLOAD_MB} MiB at once"
    yield Row(case, "uploads", "MiB/s", (UPLOADS * UPLOAD_MB / seconds,), less=False)
    yield Row(case, "API, peak memory", "MiB", (peak_mib(pid),), "before the uploads", (peak_mib(pid) / before,))


def peak_mib(pid: int) -> float:
    """Largest resident memory of a process so far, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


async def poll(url: str, jobs: list[str], seconds: float, at_once: int) -> tuple[list[float], float]:
    """Ask for the status of the jobs, one after the other, by so many clients; seconds each answer took, and until the last was there."""
    import httpx

    took: list[float] = []
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30, trust_env=False) as client:
        start = time.monotonic()
        end = start + seconds

        async def ask(first: int) -> None:
            number = first
            while time.monotonic() < end:
                began = time.monotonic()
                (await client.get(f"/api/v1/jobs/{jobs[number % len(jobs)]}")).raise_for_status()
                took.append(time.monotonic() - began)
                number += at_once

        await asyncio.gather(*(ask(first) for first in range(at_once)))
        return took, time.monotonic() - start


async def upload_at_once(url: str, path: Path, count: int) -> float:
    """Upload a file so many times at once with curl; seconds until the last is accepted.

    Raises:
        Failed: one was not.
    """
    began = time.monotonic()

    async def one() -> None:
        line = ("curl", "-sf", "-o", "/dev/null", "-F", f"file=@{path}", f"{url}/api/v1/videos/upload")
        done = await asyncio.create_subprocess_exec(*line)
        if await done.wait():
            raise Failed("an upload failed")

    await asyncio.gather(*(one() for _ in range(count)))
    return time.monotonic() - began


def start_latencies(client: httpx.Client, video: str, count: int) -> list[float]:
    """Seconds from the creation of a job to its first stage, one job at a time, on a worker that has nothing else to do."""
    latencies = []
    for seed in range(count):
        body = {"template_video_id": video, "config": {"seed": seed}}
        job = client.post("/api/v1/jobs", json=body).raise_for_status().json()["data"]
        while job["status"] not in {"completed", "failed"}:
            time.sleep(0.05)
            job = client.get(f"/api/v1/jobs/{job['job_id']}").json()["data"]
        began, created = (datetime.fromisoformat(job[name]) for name in ("started_at", "created_at"))
        latencies.append((began - created).total_seconds())
    return latencies


def _create(client: httpx.Client, video: str, seed: int) -> str:
    answer = client.post("/api/v1/jobs", json={"video_id": video, "config": {"seed": seed}})
    return str(answer.raise_for_status().json()["data"]["job_id"])
