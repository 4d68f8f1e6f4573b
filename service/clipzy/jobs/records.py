"""What is remembered of a video and of a job: frozen records and their ids."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.origin import Origin
from clipzy.storage.artifacts import to_json
from clipzy.style.config import JobConfig

if TYPE_CHECKING:
    from clipzy.media.decoding.probe import Probe

ID_BYTES = 16  # 128 random bits: not to be guessed
JOB_PREFIX = "job_"


def new_video_id() -> str:
    """`vid_` and 128 random bits, URL-safe."""
    return f"vid_{secrets.token_urlsafe(ID_BYTES)}"


def new_job_id() -> str:
    """`job_` and 128 random bits, URL-safe."""
    return f"{JOB_PREFIX}{secrets.token_urlsafe(ID_BYTES)}"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """Read from an uploaded file. Pixels as displayed; `format` is the container's short name, such as `mp4`."""

    width: int
    height: int
    duration_seconds: float
    frame_rate: float
    codec: str
    bitrate_kbps: int
    format: str

    @staticmethod
    def of(found: Probe) -> VideoMetadata:
        """From what the probe found in the file."""
        return VideoMetadata(
            width=found.facts.width,
            height=found.facts.height,
            duration_seconds=float(found.facts.duration),
            frame_rate=float(found.facts.frame_rate),
            codec=found.codec,
            bitrate_kbps=found.bitrate_kbps,
            format=found.container.value,
        )


@dataclass(frozen=True, slots=True)
class Video:
    """An upload. `content_hash`: SHA-256 of its bytes in hexadecimal. `owner`: of the token it came with.

    `template_video_id` and `webhook_url` are defaults for jobs on it.
    """

    video_id: str
    filename: str
    size_bytes: int
    content_hash: str
    storage_key: str
    metadata: VideoMetadata
    uploaded_at: datetime
    template_video_id: str | None = None
    webhook_url: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class VideoFile:
    """What a stage needs to know of an upload, which any version of the engine can read."""

    video_id: str
    filename: str
    content_hash: str
    storage_key: str


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, for its owner: the stage, one plain sentence, and the code of clipzy.errors."""

    stage: Stage | None
    message: str
    code: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands, without what may be large: its config and its style can have megabytes, and lists show many jobs."""

    job_id: str
    video_id: str | None
    template_video_id: str | None
    status: Status
    progress_percent: int
    current_stage: Stage | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    error: JobError | None
    metadata: Mapping[str, Any]
    priority: int
    style_given: bool


@dataclass(frozen=True, slots=True)
class Outcome(Standing):
    """How a job stands, and what has come of it; each as in `Job`."""

    style_json: Mapping[str, Any] | None
    output_key: str | None
    processing_time_seconds: float | None
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ending(Standing):
    """How a job stands, and what webhooks, metrics and traces say of its end; each as in `Job`."""

    owner: str | None
    output_key: str | None
    artifacts: Mapping[str, str]
    processing_time_seconds: float | None
    attempt: int
    origin: Origin | None


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Where a job's files lie; each as in `Job`."""

    job_id: str
    output_key: str | None
    artifacts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobWebhook:
    """Where the webhook of a job goes; as in `Job`."""

    job_id: str
    webhook_url: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `style_json` is there once style_extraction has ended, `output_key` once completed and rendered.

    `artifacts`: storage key by file name. `attempt`: how many times any of its stages was begun. `metadata`: the caller's own, given
    back as it came. `priority`: of two jobs that wait the one with the lower number begins first.
    """

    job_id: str
    video_id: str | None
    template_video_id: str | None
    config: JobConfig
    webhook_url: str | None
    status: Status
    progress_percent: int
    current_stage: Stage | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: JobError | None = None
    style_json: Mapping[str, Any] | None = None
    output_key: str | None = None
    artifacts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    processing_time_seconds: float | None = None
    attempt: int = 0
    owner: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    origin: Origin | None = None

    @property
    def style_given(self) -> bool:
        """Whether its style came with it, in its config."""
        return self.config.style is not None

    @property
    def renders(self) -> bool:
        """Whether it goes on to a rendered file."""
        return self.last_stage is Stage.RENDERING

    @property
    def last_stage(self) -> Stage:
        """Where it ends: after style_extraction for a template alone or `render` false, after style_application for `render` "plan"."""
        if self.video_id is None or self.config.render is False:
            return Stage.STYLE_EXTRACTION
        return Stage.STYLE_APPLICATION if self.config.render == "plan" else Stage.RENDERING

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages it runs, in order."""
        every = tuple(Stage)
        return every[: every.index(self.last_stage) + 1]


def new_job(
    *,
    video_id: str | None = None,
    template_video_id: str | None = None,
    config: JobConfig | None = None,
    webhook_url: str | None = None,
    owner: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    priority: int = 0,
) -> Job:
    """A queued job on a video, a template or both.

    Raises:
        ValueError: neither was given.
    """
    if video_id is None and template_video_id is None:
        raise ValueError("a job needs a video_id, a template_video_id or both")
    moment = now()
    return Job(
        job_id=new_job_id(),
        video_id=video_id,
        template_video_id=template_video_id,
        config=config or JobConfig(),
        webhook_url=webhook_url,
        status=Status.QUEUED,
        progress_percent=0,
        current_stage=None,
        created_at=moment,
        updated_at=moment,
        owner=owner,
        metadata=metadata or {},
        priority=priority,
    )


def work_hash(job: Job) -> str:
    """Equal for two jobs of one owner with the same video, template and config. SHA-256 in hexadecimal."""
    # without defaults, so that a choice that a later version adds does not make other work of what waits since before
    config = to_json(JobConfig, job.config, without_defaults=True)
    work = [job.owner, job.video_id, job.template_video_id, config]
    return hashlib.sha256(json.dumps(work, sort_keys=True).encode()).hexdigest()
