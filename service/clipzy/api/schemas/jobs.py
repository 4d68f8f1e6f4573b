"""Jobs on the wire: what is asked for, how it stands, what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from clipzy.api.schemas.base import Answered, Asked, FromFloat, Moment, VideoRef, WebhookUrl, open_to
from clipzy.api.schemas.config import JobConfig
from clipzy.api.schemas.own_data import OwnData
from clipzy.api.schemas.style import StyleDNA
from clipzy.errors import ClipzyError, StageError, codes_of
from clipzy.jobs import records
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.jobs.video_store import Page
from clipzy.storage.objects import ObjectStore

LEAST_URGENT = 2**31 - 1  # the largest that the queue takes


# What the fields alone cannot say. `not`, of which generators of clients make nothing, while with `anyOf` they lose
# the fields themselves; and no type that is null alone, for which some make a class.
_NO_STRING: JsonDict = {"not": {"type": "string"}}
_NO_VIDEO: JsonDict = {"properties": {"video_id": _NO_STRING, "template_video_id": _NO_STRING}}
_TWO_STYLES: JsonDict = {
    "required": ["template_video_id", "config"],
    "properties": {
        "template_video_id": {"type": "string"},
        "config": {"type": "object", "required": ["style"], "properties": {"style": {"type": "object"}}},
    },
}


class JobRequest(Asked):
    """What to do. At least one of the two videos is needed; a template and `config.style` exclude each other."""

    model_config = ConfigDict(json_schema_extra={"not": {"anyOf": [_NO_VIDEO, _TWO_STYLES]}})

    video_id: VideoRef | None = Field(default=None, description="The footage; without it, only a style is extracted.")
    template_video_id: VideoRef | None = Field(
        default=None,
        description="The video whose style is applied. Omitted: the one named when the footage was uploaded, if it still"
        " exists; null: none, even if one was named.",
    )
    config: JobConfig | None = Field(default=None, description="Options; each has a default.")
    webhook_url: WebhookUrl | None = Field(
        default=None,
        description="URL that receives a POST when the job ends; omitted or null: the one given with the upload of the"
        " footage (of the template if there is no footage), if any.",
    )
    metadata: OwnData = Field(
        default_factory=dict,
        description="Your own data, returned unchanged: at most 16 KiB of JSON, nested 8 deep.",
        examples=[{"order": 4711}],
    )
    priority: Annotated[int, FromFloat] = Field(
        default=0,
        ge=0,
        le=LEAST_URGENT,
        description="Of the waiting jobs, the one with the lowest number starts first; among equals, the oldest.",
        examples=[10],
    )

    @property
    def names_template(self) -> bool:
        """Whether it says itself which template is meant, be it none."""
        return "template_video_id" in self.model_fields_set


class JobError(Answered):
    """Why a job failed."""

    stage: Stage | None = Field(description="The stage that failed; null if it failed before the first one.")
    message: str = Field(description="A sentence for people.", examples=["the audio stream cannot be decoded"])
    code: str = Field(
        description="Stable name of the error. Later versions may add more.",
        examples=["PROCESSING_FAILED"],
        json_schema_extra=open_to(*codes_of(StageError), ClipzyError.code),
    )


class JobResponse(Answered):
    """The state of a job. What does not exist yet is null."""

    job_id: str = Field(description="Id of the job.", examples=["job_abc123"])
    video_id: str | None = Field(description="The footage.", examples=["vid_abc123"])
    template_video_id: str | None = Field(description="The template.", examples=["vid_def456"])
    status: Status = Field(description="`completed`, `failed` and `cancelled` are final.")
    progress_percent: int = Field(ge=0, le=100, description="Never decreases; 100 only when completed.", examples=[40])
    current_stage: Stage | None = Field(description="Null while queued and once ended.")
    created_at: Moment = Field(description="When it was submitted.")
    updated_at: Moment = Field(description="When the job last changed.")
    started_at: Moment | None = Field(description="When its first stage started.")
    completed_at: Moment | None = Field(description="When it ended: completed, failed or cancelled.")
    metadata: dict[str, Any] = Field(
        default_factory=dict, description="The caller's own data.", examples=[{"order": 4711}]
    )
    priority: int = Field(default=0, ge=0, description="Of the waiting jobs, the lowest number starts first.")
    style_given: bool = Field(default=False, description="Whether its style came with the request, as `config.style`.")
    error: JobError | None = Field(
        default=None, exclude_if=lambda error: error is None, description="Only if it failed: why."
    )

    @classmethod
    def of(cls, job: records.Job | records.Standing) -> JobResponse:
        """How that job stands."""
        return cls(**_standing(job))


class JobResult(JobResponse):
    """What has come of a job so far."""

    style_json: StyleDNA | None = Field(description="The Style DNA, available once style_extraction has ended.")
    output_video_url: str | None = Field(
        description="The rendered file: `file:///…` on local storage; on S3, a link valid for an hour.",
        examples=["file:///storage/jobs/job_abc123/4fJq/output.mp4"],
    )
    processing_time_seconds: float | None = Field(
        description="Seconds from the start of its first stage to its end.", examples=[72.4]
    )
    warnings: list[str] = Field(description="What limits the result, one sentence each.")

    @classmethod
    def of_job(cls, job: records.Outcome, objects: ObjectStore) -> JobResult:
        """What has come of that job."""
        return cls(
            **_standing(job),
            style_json=None if job.style_json is None else StyleDNA.model_validate(job.style_json),
            output_video_url=None if job.output_key is None else objects.url(job.output_key),
            processing_time_seconds=job.processing_time_seconds,
            warnings=list(job.warnings),
        )


class JobList(Answered):
    """One page of jobs, newest first."""

    jobs: list[JobResponse]
    total: int = Field(ge=0, description="On all pages.")
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)

    @classmethod
    def of(cls, page: Page[records.Standing]) -> JobList:
        """That page."""
        jobs = [JobResponse.of(job) for job in page.items]
        return cls(jobs=jobs, total=page.total, page=page.page, page_size=page.page_size)


class DeletedJob(Answered):
    """A job that is no more."""

    job_id: str
    deleted: Annotated[bool, Field(description="Always true.")] = True


class Artifact(Answered):
    """A file that a stage of the job left."""

    name: str = Field(description="Its name, for `/artifacts/{name}`.", examples=["plan.json"])
    size_bytes: int = Field(ge=0)
    content_type: str = Field(examples=["application/json"])
    storage_url: str = Field(
        description="`file:///…` on local storage; on S3, a link valid for an hour.",
        examples=["file:///storage/jobs/job_abc123/9sKd/plan.json"],
    )


class ArtifactList(Answered):
    """The files of a job, by name."""

    artifacts: list[Artifact]
    total: int = Field(ge=0)


def _standing(job: records.Job | records.Standing) -> dict[str, Any]:
    values = {name: getattr(job, name) for name in JobResponse.model_fields}
    return values if job.error is None else {**values, "error": JobError(**asdict(job.error))}
