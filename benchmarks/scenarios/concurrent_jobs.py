"""Several jobs at once on one worker, beside the same jobs one after the other: real `clipzy api` and `clipzy worker`, one Triton."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.measuring import Failed, median
from scenarios.media import clips
from scenarios.options import Options
from scenarios.rows import Row
from scenarios.serving import command, environment, free_port, memory_mib, triton, wait_until_it_answers
from scenarios.uploads import grown, upload

if TYPE_CHECKING:
    import httpx

SIZES, SECONDS = ("720p",), (8.0,)
JOBS, AT_ONCE = 4, (1, 2)
FULL_JOBS, FULL_AT_ONCE = 8, (1, 2, 4)
LONGEST_S = 1200.0
POLL_S, SAMPLE_S = 0.2, 1.0


def run(options: Options) -> Iterator[Row]:
    """Jobs a minute, as a ratio to one at a time; what a job takes from first to last stage; memory of worker and stages."""
    jobs, counts = (FULL_JOBS, FULL_AT_ONCE) if options.full else (JOBS, AT_ONCE)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="clipzy-benchmark-")))
        networks = {"INFERENCE": options.inference}
        if options.inference == "triton":
            networks["TRITON_URL"] = opened.enter_context(triton(options, folder)).url
        for clip in clips(options, SIZES, SECONDS):
            alone: float | None = None
            for at_once in counts:
                room = folder / f"{clip.path.stem}-{at_once}"
                room.mkdir()
                case = f"{clip.name}, {at_once} at once"
                elapsed, each, peak = _work(
                    clip.path, room, options, jobs, {**networks, "MAX_CONCURRENT_JOBS": str(at_once)}
                )
                rate = 60 * jobs / elapsed
                alone = alone or rate
                yield Row(case, "jobs", "1/min", (rate,), f"{clip.name}, 1 at once", (rate / alone,), less=False)
                yield Row(case, "a job, first to last stage", "s", (median(each),))
                yield Row(case, "worker and stages, most memory", "MiB", (peak,))


def _work(
    path: Path, folder: Path, options: Options, jobs: int, settings: dict[str, str]
) -> tuple[float, list[float], float]:
    """Seconds from the first start to the last end, seconds of each job, and the most memory held meanwhile."""
    import httpx

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    variables = environment(options, folder, port, **settings)
    with (
        command("api", variables, folder / "api.log") as api,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        wait_until_it_answers(url, api, folder / "api.log")
        # a content of its own for each, so that nothing comes from the analysis cache
        videos = [upload(client, grown(path, folder / f"{k}.mp4", 16 + k)) for k in range(2 * jobs)]
        with command("worker", variables, folder / "worker.log") as worker, _Memory(worker.pid) as memory:
            pairs = zip(videos[::2], videos[1::2], strict=True)
            created = [_create(client, template, footage) for template, footage in pairs]
            done = _ended(client, created)
    for job in done:
        if job["status"] != "completed":
            raise Failed(f"a job {job['status']}: {job.get('error')}")
    spans = [(_moment(job["started_at"]), _moment(job["completed_at"])) for job in done]
    elapsed = max(end for _, end in spans) - min(start for start, _ in spans)
    return elapsed, [end - start for start, end in spans], memory.most_mib


class _Memory:
    """Samples what a process and all below it hold, in a thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.most_mib = 0.0

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_S):
            self.most_mib = max(self.most_mib, memory_mib(self._pid))


def _create(client: httpx.Client, template: str, footage: str) -> str:
    answer = client.post("/api/v1/jobs", json={"template_video_id": template, "video_id": footage})
    return str(answer.raise_for_status().json()["data"]["job_id"])


def _ended(client: httpx.Client, jobs: list[str]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        found = [client.get(f"/api/v1/jobs/{job}").raise_for_status().json()["data"] for job in jobs]
        if all(job["status"] in {"completed", "failed", "cancelled"} for job in found):
            return found
        time.sleep(POLL_S)
    raise Failed(f"the jobs had not ended after {LONGEST_S:g} s")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
