"""How the API bears load: status polls beside many active jobs, uploads at once with the memory they take, and how soon a job begins.

    python benchmarks/scenarios/api_load.py --seconds 10

A real `clipzy api` and, for the last part, a real `clipzy worker` on SQLite, all on the loopback and ended at the end. The client runs on the
same machine and takes its share of the processors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from media import make_video

READY_S = 60.0
ACTIVE_JOBS = 100


@contextmanager
def process(command: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`clipzy <command>`, ended at the end."""
    with log.open("ab") as out:
        running = subprocess.Popen([sys.executable, "-m", "clipzy", command], env=environment, stdout=out, stderr=out)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def wait_until_it_answers(url: str) -> None:
    """Return once the API is up; raises SystemExit where it is not."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/livez", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the API did not come up")


def peak_mib(pid: int) -> float:
    """Largest resident memory of a process so far, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def upload(client: httpx.Client, path: Path) -> str:
    """A video's id."""
    with path.open("rb") as file:
        answer = client.post("/api/v1/videos/upload", files={"file": (path.name, file)})
    return str(answer.raise_for_status().json()["data"]["video_id"])


async def poll(url: str, jobs: list[str], seconds: float, at_once: int) -> list[float]:
    """Ask for the status of the jobs, one after the other, by so many clients; seconds each answer took."""
    took: list[float] = []
    end = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30, trust_env=False) as client:

        async def ask(first: int) -> None:
            number = first
            while time.monotonic() < end:
                began = time.monotonic()
                (await client.get(f"/api/v1/jobs/{jobs[number % len(jobs)]}")).raise_for_status()
                took.append(time.monotonic() - began)
                number += at_once

        await asyncio.gather(*(ask(first) for first in range(at_once)))
    return took


async def upload_at_once(url: str, path: Path, count: int) -> float:
    """Upload a file so many times at once; seconds until the last is accepted."""
    began = time.monotonic()

    async def one() -> None:
        line = ("curl", "-sf", "-o", "/dev/null", "-F", f"file=@{path}", f"{url}/api/v1/videos/upload")
        done = await asyncio.create_subprocess_exec(*line)
        if await done.wait():
            raise SystemExit("an upload failed")

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


def quantiles(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(values)
    return {
        "p50_ms": round(statistics.median(ordered) * 1000, 2),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] * 1000, 2),
    }


def main() -> None:
    """Run all three and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of polling")
    parser.add_argument("--clients", type=int, default=16, help="that poll at once")
    parser.add_argument("--uploads", type=int, default=20, help="at once")
    parser.add_argument("--upload-mb", type=int, default=200, help="size of each")
    options = parser.parse_args()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="clipzy-benchmark-") as name:
        folder = Path(name)
        environment = {
            **os.environ,
            "API_PORT": str(port),
            "DATA_PATH": str(folder / "data"),
            "LOCAL_STORAGE_PATH": str(folder / "storage"),
            "INFERENCE": "local",
            "LOG_LEVEL": "WARNING",
            "MAX_FILE_SIZE_MB": "2000",
        }
        small = make_video(folder / "small.mp4", 2, (320, 180))
        large = folder / "large.mp4"
        # a player passes over the free box at the end, whatever is in it
        size = options.upload_mb << 20
        large.write_bytes(small.read_bytes() + size.to_bytes(4, "big") + b"free")
        with large.open("ab") as file:
            file.truncate(file.tell() + size - 8)
        with (
            process("api", environment, folder / "api.log") as api,
            httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ):
            wait_until_it_answers(url)
            video = upload(client, small)
            jobs = [
                client.post("/api/v1/jobs", json={"video_id": video, "config": {"seed": seed}}).json()["data"]["job_id"]
                for seed in range(ACTIVE_JOBS)
            ]
            took = asyncio.run(poll(url, jobs, options.seconds, options.clients))
            figures: dict[str, object] = {
                "status_polls": {
                    "active_jobs": ACTIVE_JOBS,
                    "clients": options.clients,
                    "per_second": round(len(took) / options.seconds, 1),
                    **quantiles(took),
                }
            }
            before = peak_mib(api.pid)
            seconds = asyncio.run(upload_at_once(url, large, options.uploads))
            figures["uploads"] = {
                "at_once": options.uploads,
                "mb_each": options.upload_mb,
                "seconds": round(seconds, 1),
                "mb_per_second": round(options.uploads * options.upload_mb / seconds),
                "peak_mib_before": round(before),
                "peak_mib": round(peak_mib(api.pid)),
            }
            for job in jobs:
                client.post(f"/api/v1/jobs/{job}/cancel")
            with process("worker", environment, folder / "worker.log"):
                start_latencies(client, video, 1)  # the first waits for the worker to come up
                latencies = start_latencies(client, video, 10)
            figures["enqueue_to_start"] = quantiles(latencies)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
