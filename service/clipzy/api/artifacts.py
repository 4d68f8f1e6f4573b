"""Routes of a job's files: its rendered output, and what its stages left to be kept."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import StreamingResponse

from clipzy.api import examples
from clipzy.api.dependencies import AskedFiles, InStorage, Provided
from clipzy.api.documentation import GUARDED, answers, failures
from clipzy.api.downloads import BYTES, CONTENT_TYPES, content_type, download, file_answers
from clipzy.api.envelope import Success
from clipzy.api.schemas.jobs import Artifact, ArtifactList
from clipzy.errors import JobNotFound, JobUnreadable, NotFound, RangeNotSatisfiable, ResultNotReady
from clipzy.jobs.lifecycle import TERMINAL
from clipzy.jobs.records import JobFiles
from clipzy.storage.objects import ObjectStore

router = APIRouter(prefix="/api/v1/jobs", tags=["files"], responses=GUARDED)

ArtifactName = Annotated[str, Path(description="A name from the list.", examples=["plan.json"])]


def _output_key(files: AskedFiles, services: Provided) -> str:
    if files.output_key is not None:
        return files.output_key
    try:
        job = services.store.get_job(files.job_id)
    except JobUnreadable as error:  # no worker can make one
        raise NotFound(f"job {files.job_id} has no output: {error}") from error
    if job.output_key is not None:  # since a moment ago
        return job.output_key
    if job.status not in TERMINAL and job.renders:
        raise ResultNotReady(f"job {job.job_id} is {job.status}; its output is available once it is completed")
    why = f"it is {job.status}" if job.renders else f"it ends with {job.last_stage}"
    raise NotFound(f"job {job.job_id} has no output: {why}")


OutputKey = Annotated[str, Depends(_output_key)]


@router.head("/{job_id}/output", include_in_schema=False)
@router.get(
    "/{job_id}/output",
    operation_id="getJobOutput",
    summary="The rendered video",
    response_class=StreamingResponse,
    responses={**file_answers("video/mp4"), **failures(JobNotFound, NotFound, ResultNotReady, RangeNotSatisfiable)},
)
async def read_output(files: AskedFiles, key: OutputKey, request: Request, stored: InStorage) -> Response:
    """The rendered file, once the job is completed; Range, If-Range and HEAD are understood."""
    return await download(request, stored, key, files.job_id + PurePosixPath(key).suffix)


@router.get(
    "/{job_id}/artifacts",
    operation_id="listJobArtifacts",
    summary="Files of a job",
    responses=answers("Artifacts", examples.ARTIFACTS, JobNotFound),
)
async def list_artifacts(files: AskedFiles, stored: InStorage) -> Success[ArtifactList]:
    """What the stages that have ended left: analysis, style, plan, timeline, look, pictures."""
    found = await stored.ask(partial(_artifacts, files, stored.objects))
    return Success[ArtifactList](message="Artifacts", data=ArtifactList(artifacts=found, total=len(found)))


@router.head("/{job_id}/artifacts/{name}", include_in_schema=False)
@router.get(
    "/{job_id}/artifacts/{name}",
    operation_id="getJobArtifact",
    summary="One file of a job",
    response_class=StreamingResponse,
    responses={
        **file_answers(*sorted({*CONTENT_TYPES.values(), BYTES})),
        **failures(JobNotFound, NotFound, RangeNotSatisfiable),
    },
)
async def read_artifact(name: ArtifactName, files: AskedFiles, request: Request, stored: InStorage) -> Response:
    """The file of that name; Range, If-Range and HEAD are understood."""
    key = files.artifacts.get(name)
    if key is None:
        raise NotFound(f"job {files.job_id} has no such artifact; /artifacts lists those it has")
    return await download(request, stored, key, f"{files.job_id}-{name}")


def _artifacts(files: JobFiles, objects: ObjectStore) -> list[Artifact]:
    return [
        Artifact(name=name, size_bytes=objects.size(key), content_type=content_type(name), storage_url=objects.url(key))
        for name, key in sorted(files.artifacts.items())
    ]
