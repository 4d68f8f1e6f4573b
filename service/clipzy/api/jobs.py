"""Routes of jobs: create one, follow it, read its result, list, cancel and delete."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Query, Request

from clipzy.api import examples
from clipzy.api.dependencies import AskedOutcome, AskedStanding, InStorage, JobId, Owner, PageNumber, PageSize, Provided
from clipzy.api.documentation import GUARDED, answers, next_calls
from clipzy.api.envelope import Success
from clipzy.api.job_requests import asked_job
from clipzy.api.large_bodies import BodyChecks, LargeBodies, Unchecked
from clipzy.api.schemas.base import ID_PATTERN
from clipzy.api.schemas.jobs import DeletedJob, JobList, JobRequest, JobResponse, JobResult
from clipzy.errors import (
    FileTooLarge,
    Forbidden,
    IdempotencyConflict,
    JobAlreadyProcessing,
    JobNotCancellable,
    JobNotFound,
    MissingField,
    QueueFull,
    RequestTimeout,
    ResultNotReady,
    ServiceUnavailable,
    ValidationFailed,
    VideoNotFound,
)
from clipzy.jobs import deletion
from clipzy.jobs.idempotency import Claim, new_claim
from clipzy.jobs.lifecycle import TERMINAL, Status

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[ -~]{1,255}$",
        description="A text of your own that identifies this request, 1 to 255 printable ASCII characters. For 24 hours the same key with the"
        " same body returns the same job, even after it has ended, until that job is deleted; with a different body it is rejected.",
        examples=["order-4711"],
    ),
]


async def _asked(
    request: Request, body: Annotated[object, Unchecked(JobRequest), Body(openapi_examples=examples.JOB_REQUESTS)]
) -> JobRequest:
    checks: BodyChecks = request.app.state.body_checks
    return await checks.check(request, JobRequest, body)


router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=GUARDED, route_class=LargeBodies)


@router.post(
    "",
    operation_id="createJob",
    summary="Create a job",
    responses=answers(
        "Job queued",
        examples.QUEUED_JOB,
        VideoNotFound,
        JobAlreadyProcessing,
        MissingField,
        ValidationFailed,
        IdempotencyConflict,
        RequestTimeout,
        FileTooLarge,
        Forbidden,
        QueueFull,
        ServiceUnavailable,
        links=next_calls(
            "job_id",
            *("getJob", "getJobResult", "followJob", "getJobWebhook", "listJobArtifacts", "getJobOutput"),
            *("cancelJob", "deleteJob"),
        ),
    ),
)
def create_job(
    body: Annotated[JobRequest, Depends(_asked)],
    services: Provided,
    owner: Owner,
    idempotency_key: IdempotencyKey = None,
) -> Success[JobResponse]:
    """Queue a job.

    `video_id` and `template_video_id`: the template's style, applied to the video. `video_id` and `config.style`: that
    style, applied. `video_id` alone: the video in its own style. `template_video_id` alone: its Style DNA, no rendering.
    """
    claim = None if idempotency_key is None else _claim(owner, idempotency_key, body)
    # looked for first: of a job that has ended, the video may be gone
    earlier = None if claim is None else services.store.find_claimed(claim)
    job = services.engine.submit(asked_job(body, services, owner), claim) if earlier is None else earlier
    # one that an earlier request with the key created may be further
    message = "Job queued" if job.status is Status.QUEUED else f"Job is {job.status.value}"
    return Success[JobResponse](message=message, data=JobResponse.of(job))


@router.get(
    "",
    operation_id="listJobs",
    summary="List jobs",
    responses=answers("Jobs", examples.JOBS, ValidationFailed),
)
def list_jobs(
    services: Provided,
    owner: Owner,
    *,
    page: PageNumber = 1,
    page_size: PageSize = 10,
    status: Annotated[Status | None, Query(description="Only jobs in this status.")] = None,
    video_id: Annotated[
        str | None, Query(pattern=ID_PATTERN, description="Only jobs that use this video as footage or template.")
    ] = None,
) -> Success[JobList]:
    """Jobs, newest first."""
    found = services.store.list_jobs(page, page_size, status, video_id=video_id, owner=owner)
    return Success[JobList](message="Jobs", data=JobList.of(found))


@router.get(
    "/{job_id}",
    operation_id="getJob",
    summary="Status of a job",
    responses=answers("Job", examples.RUNNING_JOB, JobNotFound),
)
def read_job(job: AskedStanding) -> Success[JobResponse]:
    """How a job stands; ask every few seconds, or follow `/events`."""
    return Success[JobResponse](message=f"Job is {job.status.value}", data=JobResponse.of(job))


@router.get(
    "/{job_id}/result",
    operation_id="getJobResult",
    summary="Result of a job",
    responses=answers("Result", examples.RESULT, JobNotFound, ResultNotReady),
)
def read_result(job: AskedOutcome, services: Provided) -> Success[JobResult]:
    """The Style DNA as soon as it is known, the output once it is rendered, the error where the job failed."""
    if job.style_json is None and job.status not in {Status.COMPLETED, Status.FAILED}:
        if job.status in TERMINAL:
            raise ResultNotReady(f"job {job.job_id} was cancelled before it had a result")
        raise ResultNotReady(f"job {job.job_id} is {job.status} and has no result yet; try again later")
    return Success[JobResult](message=f"Job is {job.status.value}", data=JobResult.of_job(job, services.objects))


@router.post(
    "/{job_id}/cancel",
    operation_id="cancelJob",
    summary="Cancel a job",
    responses=answers(
        "Job cancelled",
        examples.CANCELLED_JOB,
        JobNotFound,
        JobNotCancellable,
        Forbidden,
        links=next_calls("job_id", "getJob", "getJobWebhook", "deleteJob"),
    ),
)
def cancel_job(job_id: JobId, services: Provided, owner: Owner) -> Success[JobResponse]:
    """End a job that is queued or processing; its work stops within seconds and leaves no output."""
    return Success[JobResponse](message="Job cancelled", data=JobResponse.of(services.engine.cancel(job_id, owner)))


@router.delete(
    "/{job_id}",
    operation_id="deleteJob",
    summary="Delete a job",
    responses=answers("Job deleted", examples.DELETED_JOB, JobNotFound, JobAlreadyProcessing, Forbidden),
)
async def delete_job(job_id: JobId, services: Provided, stored: InStorage, owner: Owner) -> Success[DeletedJob]:
    """Delete a job that has ended, with its output and artifacts, and with its webhook where that has not been taken yet."""
    await stored.ask(partial(deletion.delete_job, services.store, stored.objects, job_id, owner))
    return Success[DeletedJob](message="Job deleted", data=DeletedJob(job_id=job_id))


def _claim(owner: str | None, key: str, asked: JobRequest) -> Claim:
    # without defaults, so that what a later version adds to them does not make another request of it
    body = asked.model_dump(mode="json", exclude_defaults=True)
    if asked.names_template:  # null is not what is meant where it is left out
        body["template_video_id"] = asked.template_video_id
    return new_claim(owner, key, body)
