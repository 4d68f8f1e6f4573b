"""Jobs: what is asked for, how they stand, what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clipzy_client.errors import JobNotCompleted
from clipzy_client.models.base import Answer, OpenEnum, Page
from clipzy_client.models.style import AspectRatio, StyleDNA


class JobStatus(OpenEnum):
    """`completed`, `failed` and `cancelled` are final."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


class Stage(OpenEnum):
    """In the order in which they run."""

    VIDEO_ANALYSIS = "video_analysis"
    AUDIO_ANALYSIS = "audio_analysis"
    MOTION_ANALYSIS = "motion_analysis"
    STYLE_EXTRACTION = "style_extraction"
    STYLE_APPLICATION = "style_application"
    RENDERING = "rendering"


class JobConfig(BaseModel):
    """Choices for a job. What is not given is not sent, so that the engine's own default counts.

    `render`: False ends with the Style DNA, "plan" with the edit plan, which may be changed and given back as `plan`.
    `strength`: of the look, 0..1. The switches say what is taken over from the style.
    `pacing` "highlights" takes of the footage only its best moments, `target_duration_seconds` together.
    `audio` also says whose sound is heard: "source" (as True), "template" in place of the footage's, or "mix".
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    quality: Literal["low", "medium", "high"] = "medium"
    output_format: Literal["mp4"] = "mp4"
    render: Literal[True, False, "plan"] = True
    plan: dict[str, Any] | None = None
    style: StyleDNA | None = None
    strength: float | None = None
    color: bool = True
    pacing: Literal[True, False, "highlights"] = True
    target_duration_seconds: float | None = None
    transitions: bool = True
    motion: bool = True
    framing: bool = True
    audio: Literal[True, False, "source", "template", "mix"] = True
    aspect_ratio: AspectRatio | None = None
    frame_rate: int | None = None
    frame_blending: bool = False
    max_height: int | None = None
    min_height: int | None = None
    seed: int = 0


class JobError(Answer):
    """Why a job failed. `stage`: None where it failed before the first."""

    stage: Stage | None = None
    message: str
    code: str = "PROCESSING_FAILED"


class Job(Answer):
    """How a job stands. `progress_percent`: 0..100, never goes back, 100 only when completed."""

    job_id: str
    video_id: str | None = None
    template_video_id: str | None = None
    status: JobStatus
    progress_percent: int
    current_stage: Stage | None = None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    priority: int = 0
    style_given: bool = False
    error: JobError | None = None

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED

    def raise_unless_completed(self) -> None:
        """Go on only with a job that ended well.

        Raises:
            JobNotCompleted: it failed, was cancelled, or has not ended.
        """
        if self.status != JobStatus.COMPLETED:
            why = "" if self.error is None else f": {self.error.message}"
            raise JobNotCompleted(f"job {self.job_id} is {self.status.value}{why}", self)


class JobResult(Job):
    """What has come of a job so far. The Style DNA is there as soon as style_extraction has ended."""

    style_json: StyleDNA | None = None
    output_video_url: str | None = None
    processing_time_seconds: float | None = None
    warnings: tuple[str, ...] = ()


class JobPage(Page):
    """One page of jobs, newest first."""

    jobs: tuple[Job, ...]

    def by_id(self) -> dict[str, Job]:
        """The page's entries by their ids, in order."""
        return {job.job_id: job for job in self.jobs}


class DeletedJob(Answer):
    """A job that is no more."""

    job_id: str


class JobEvent(BaseModel):
    """One change of a job. `event_id`: what to go on from, for `jobs.events(..., last_event_id=...)`."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    job: Job


class Artifact(Answer):
    """A file that a stage of the job left."""

    name: str
    size_bytes: int
    content_type: str
    storage_url: str


class ArtifactList(Answer):
    """The files of a job, by name."""

    artifacts: tuple[Artifact, ...]
    total: int


class DeliveryStatus(OpenEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookAttempt(Answer):
    """One try. `status_code`: what the receiver answered; `error`: what went wrong before there was an answer."""

    at: datetime
    seconds: float
    status_code: int | None = None
    error: str | None = None


class WebhookDelivery(Answer):
    """What is told of a job's end, and how that went."""

    delivery_id: str
    url: str
    status: DeliveryStatus
    attempts: tuple[WebhookAttempt, ...]
    created_at: datetime
    ended_at: datetime | None = None


class WebhookEvent(Answer):
    """What the engine tells of a job's end."""

    job_id: str
    status: JobStatus
    progress_percent: int
    processing_time_seconds: float | None = None
    output_video_url: str | None = None
    error: JobError | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
