"""Waits for a job's end with its stages on the terminal, and tells what came of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from clipzy.cli.exit_codes import JOB_CANCELLED, JOB_FAILED
from clipzy.cli.failures import CommandFailed
from clipzy.cli.figures import clock_time
from clipzy.cli.plan_frames import frames_of_plan
from clipzy.cli.stage_display import StageDisplay
from clipzy.cli.stage_times import FrameCount, Look
from clipzy.cli.terminal import console, say
from clipzy.storage.published import PLAN
from clipzy_client import Client, ClipzyError, Job, JobResult, JobStatus


def follow(client: Client, job: Job, timeout_s: float | None) -> Job:
    """The job once it has ended, with what came of it where it ended well; its stages are shown on stderr until then.

    Raises:
        WaitTimedOut: `timeout_s` have passed.
    """
    with StageDisplay(console(stderr=True), RemoteFrames(client, job)) as display:
        ended = client.jobs.wait(
            job.job_id, timeout_s=timeout_s, follow=True, on_change=lambda changed: display.see(Look.at(changed))
        )
    return client.jobs.result(job.job_id) if ended.status == JobStatus.COMPLETED else ended


def advise_to_watch(job_id: str) -> None:
    """What to say to somebody who stops waiting."""
    say(f"the job goes on: `clipzy watch {job_id}` follows it again, `clipzy cancel {job_id}` ends it")


def raise_unless_completed(job: Job) -> None:
    """Go on only with a job that ended well.

    Raises:
        CommandFailed: it failed or was cancelled.
    """
    if job.status == JobStatus.FAILED:
        raise CommandFailed(f"{job.job_id} failed{_why(job)}", JOB_FAILED, code=job.error.code if job.error else "")
    if job.status == JobStatus.CANCELLED:
        raise CommandFailed(f"{job.job_id} was cancelled", JOB_CANCELLED, code="JOB_CANCELLED")


def tell_ending(job: Job, *, written: bool = False) -> None:
    """Say on stderr how a job ended well and what weakens it; any other end is an error, and shown as one.

    `written`: what came of it is in a file already.
    """
    if isinstance(job, JobResult):
        took = job.processing_time_seconds
        say(f"{job.job_id} completed{'' if took is None else f' in {clock_time(took)}'}")
        for warning in job.warnings:
            say(warning, mark="note:", style="yellow")
        if job.output_video_url is not None and not written:
            say(f"`clipzy download {job.job_id}` fetches the video")


class RemoteFrames:
    """What the service tells of the frames that a job's stages go through.

    A video that was measured for another job before counts too, although its frames pass at once.
    """

    def __init__(self, client: Client, job: Job) -> None:
        self._client = client
        self._job = job

    def __call__(self, stage: str) -> FrameCount | None:
        """Of the stages that look at every frame; None where the service does not tell."""
        try:
            if stage == "video_analysis":
                return self._of_videos()
            if stage == "rendering":
                return self._of_plan()
        except ClipzyError:  # a display is no reason to stop: it does without
            return None
        return None

    def _of_videos(self) -> FrameCount:
        ids = [each for each in (self._job.template_video_id, self._job.video_id) if each is not None]
        videos = [self._client.videos.get(each) for each in ids]
        return FrameCount(
            tuple(
                (video.metadata.duration_seconds * video.metadata.frame_rate, max(1, video.file_size_bytes))
                for video in videos
            )
        )

    def _of_plan(self) -> FrameCount | None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, PLAN)
            self._client.jobs.download_artifact(self._job.job_id, PLAN, path)
            return frames_of_plan(path)


def _why(job: Job) -> str:
    if job.error is None:
        return ""
    stage = "" if job.error.stage is None else f" in {job.error.stage.value.replace('_', ' ')}"
    return f"{stage}: {job.error.message}"
