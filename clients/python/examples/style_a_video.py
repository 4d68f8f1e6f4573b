"""The main job: footage in a template's style.

`python style_a_video.py TEMPLATE FOOTAGE OUTPUT`; CLIPZY_URL and CLIPZY_TOKEN say which engine.
"""

from __future__ import annotations

import os
import sys

from clipzy_client import Client, Job, JobConfig


def main(template: str, footage: str, output: str) -> None:
    """Upload both, create the job, follow it and fetch what it made."""
    with Client(os.environ.get("CLIPZY_URL", "http://localhost:8000"), token=os.environ.get("CLIPZY_TOKEN")) as client:
        style_of = client.videos.upload(template)
        video = client.videos.upload(footage, on_progress=show_sent)
        job = client.jobs.create(
            video_id=video.video_id, template_video_id=style_of.video_id, config=JobConfig(quality="high", strength=0.8)
        )
        client.jobs.wait(job.job_id, follow=True, on_change=show).raise_unless_completed()
        result = client.jobs.result(job.job_id)
        path = client.jobs.download(job.job_id, output)
        print(f"{path} after {result.processing_time_seconds:.0f} s")
        for warning in result.warnings:
            print(f"note: {warning}")


def show_sent(done: int, total: int | None) -> None:
    """One line that is written over."""
    print(f"\rsent {done} of {total} bytes", end="" if done != total else "\n")


def show(job: Job) -> None:
    """How the job stands."""
    print(f"{job.progress_percent:3d} % {job.current_stage or job.status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
