"""The main job through REST, from nothing: starts the engine, uploads a template and footage, and shows what comes back.

`python clients/demo/run.py`; what it leaves lies in `demo/`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from media import footage, make_template

DEMO = Path(__file__).resolve().parents[2] / "demo"
READY_S = 240.0
POLL_S = 0.25
TERMINAL = {"completed", "failed", "cancelled"}
# a copy with a name that says what it is: the quickstart uses both videos
FOOTAGE = DEMO / "footage.mp4"
KEPT = ("output.mp4", "style.json", "plan.json", "lut.cube", "before_after.jpg")

console = Console(highlight=False)


def main() -> None:
    """Run the demo; raises SystemExit with a sentence where something fails."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    began = time.monotonic()
    DEMO.mkdir(exist_ok=True)
    template = DEMO / "template.mp4"
    if not template.exists():
        with console.status("making a template video …"):
            make_template(template)
    shutil.copyfile(footage(), FOOTAGE)
    with engine() as url, httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        template_id = upload(client, template)
        video_id = upload(client, FOOTAGE)
        job = answer(client.post("/api/v1/jobs", json={"video_id": video_id, "template_video_id": template_id}))
        ended = follow(client, job["job_id"])
        if ended["status"] != "completed":
            raise SystemExit(f"the job {ended['status']}: {ended.get('error', {}).get('message', '')}")
        for name in KEPT:
            download(client, f"/api/v1/jobs/{job['job_id']}/artifacts/{name}", DEMO / name)
        result = answer(client.get(f"/api/v1/jobs/{job['job_id']}/result"))
    tell(result)
    console.print(f"the demo took {time.monotonic() - began:.0f} s, the job {result['processing_time_seconds']:.1f} s")
    console.print(f"open {DEMO / 'output.mp4'} to see the footage in the template's style", soft_wrap=True)


@contextmanager
def engine() -> Iterator[str]:
    """`clipzy up` on free ports, its files and its log in `demo/`; yields its URL once it is ready."""
    api_port, triton_port = free_ports(2)
    url = f"http://127.0.0.1:{api_port}"
    environment = {
        **os.environ,
        "API_HOST": "127.0.0.1",
        "API_PORT": str(api_port),
        "TRITON_URL": f"127.0.0.1:{triton_port}",
        "DATA_PATH": str(DEMO / "data"),
        "LOCAL_STORAGE_PATH": str(DEMO / "data" / "storage"),
        "DATABASE_URL": "",
        "STORAGE_TYPE": "local",
    }
    log_path = DEMO / "engine.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "clipzy", "up"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        with console.status("starting the engine: Triton with eight networks, the API and a worker …"):
            wait_ready(process, url, log_path)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def wait_ready(process: subprocess.Popen[bytes], url: str, log_path: Path) -> None:
    """Return once everything in the engine answers."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the engine did not start: see {log_path}")
        try:
            ready = httpx.get(f"{url}/readyz", timeout=10, trust_env=False).json()
            if ready.get("data", {}).get("status") == "healthy":  # the networks too
                return
        except httpx.TransportError:
            pass
        time.sleep(POLL_S)
    raise SystemExit(f"the engine was not ready after {READY_S:.0f} s: see {log_path}")


def free_ports(count: int) -> list[int]:
    """TCP ports of the loopback that nobody listens on, each with a free one above it."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as one, socket.socket() as above:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                above.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            found.append(port)
    return found


def upload(client: httpx.Client, path: Path) -> str:
    """Upload a video; its id."""
    with path.open("rb") as file:
        video = answer(client.post("/api/v1/videos/upload", files={"file": (path.name, file, "video/mp4")}))
    about = video["metadata"]
    console.print(
        f"uploaded {path.name}: {about['width']}x{about['height']}, {about['duration_seconds']:.1f} s, {about['codec']}"
    )
    return str(video["video_id"])


def follow(client: httpx.Client, job_id: str) -> dict[str, Any]:
    """Show a job's progress until it has ended; the job."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("queued", total=100)
        while True:
            job = answer(client.get(f"/api/v1/jobs/{job_id}"))
            stage = job["current_stage"] or job["status"]
            progress.update(task, completed=job["progress_percent"], description=stage.replace("_", " "))
            if job["status"] in TERMINAL:
                return job
            time.sleep(POLL_S)


def answer(response: httpx.Response) -> dict[str, Any]:
    """The data of an answer in the API's envelope."""
    body = response.json()
    if not body["success"]:
        raise SystemExit(f"{body['error']['code']}: {body['error']['detail']}")
    data: dict[str, Any] = body["data"]
    return data


def download(client: httpx.Client, address: str, path: Path) -> None:
    """Write what lies at an address to a file."""
    with client.stream("GET", address) as response, path.open("wb") as file:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            file.write(chunk)


def tell(result: dict[str, Any]) -> None:
    """What was found, and where it lies."""
    style = result["style_json"]
    grade, sound = style["color_grade"], style["audio_style"]
    found = Table(title="Style DNA of the template", show_header=False)
    found.add_row("colour", ", ".join(f"{name} {value:+.0f}" for name, value in grade.items()))
    found.add_row("cuts", f"{style['cut_frequency']:.1f} a minute; {transitions(style)}")
    tempo = style["tempo_bpm"]
    beats = len(style["detected_beats"])
    found.add_row("music", f"{style['music_genre']}, {tempo:.1f} bpm, {beats} beats" if tempo else "no music")
    found.add_row("sound", f"loudness {sound['normalization_level']:.2f}, bass {sound['bass_boost']:.0f} of 100")
    found.add_row("motion", f"{style['motion_intensity']:.0f} of 100, zoom in {style['zoom_usage']:.0f} % of the shots")
    found.add_row("frame", f"{style['aspect_ratio']} at {style['frame_rate']} frames a second")
    found.add_row("confidence", f"{style['extraction_confidence']:.2f}")
    console.print(found)
    for name, what in (
        ("footage.mp4", "the footage as it was"),
        ("output.mp4", "the same in the template's style"),
        ("before_after.jpg", "one frame of it, before and after"),
        ("style.json", "the Style DNA"),
        ("plan.json", "what was done, and why"),
        ("lut.cube", "the look, for any editing program"),
    ):
        console.print(f"  {DEMO / name}: {what}", soft_wrap=True)


def transitions(style: dict[str, Any]) -> str:
    """The kinds of transition in words."""
    kinds = [style["primary_transition"], style["secondary_transition"]]
    return " and ".join(
        kind["type"] + (f" ({kind['duration_ms']} ms)" if kind["duration_ms"] else "") for kind in kinds if kind
    )


if __name__ == "__main__":
    main()
