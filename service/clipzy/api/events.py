"""A job's changes as server-sent events, one for each change of status, stage or progress, until it has ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from clipzy.api import examples
from clipzy.api.dependencies import AskedJob, Provided
from clipzy.api.documentation import GUARDED, failures
from clipzy.api.schemas.jobs import JobResponse
from clipzy.errors import JobNotFound
from clipzy.jobs.lifecycle import TERMINAL, Stage, Status
from clipzy.jobs.records import Job
from clipzy.jobs.store import Store

LOOK_S = 0.25  # between two looks at the job
HEARTBEAT_S = 15.0  # proxies close what stays silent for a minute
RECONNECT_MS = 2000
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold events back

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=GUARDED)

# as FastAPI describes events whose route is a generator
_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/JobResponse"},
        },
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
_EXAMPLE = format_sse_event(
    data_str=examples.RUNNING_JOB.model_dump_json(), id="processing.motion_analysis.40", retry=RECONNECT_MS
).decode()


@router.get(
    "/{job_id}/events",
    operation_id="followJob",
    summary="Follow a job",
    response_class=StreamingResponse,  # FastAPI's own for events wants a generator, which could not answer 204
    responses={
        200: {
            "description": "Events whose data is the job as `GET /jobs/{job_id}` has it in `data`.",
            "content": {"text/event-stream": {"itemSchema": _EVENT, "example": _EXAMPLE}},
        },
        204: {"description": "The job has ended, and the client has seen that: there is no need to connect again."},
        **failures(JobNotFound),
    },
)
async def follow_job(
    job: AskedJob,
    services: Provided,
    last_event_id: Annotated[str | None, Header(description="Of the last event seen; sent by browsers.")] = None,
) -> Response:
    """Server-sent events: the job as it stands, then each change of status, stage or progress, up to its end."""
    if job.status in TERMINAL and last_event_id == _id_of(job):
        return Response(status_code=204)
    return EventSourceResponse(_changes(services.store, job.job_id, last_event_id), headers=HEADERS)


def event_id(status: Status, stage: Stage | None, percent: int) -> str:
    """Names what an event shows: whoever has seen it needs no other of the same name, on whichever server."""
    return f"{status}.{stage or ''}.{percent}"


async def _changes(store: Store, job_id: str, seen: str | None) -> AsyncIterator[bytes]:
    spoken = time.monotonic()
    while True:
        try:
            if event_id(*await run_in_threadpool(store.standing, job_id)) != seen:
                job = await run_in_threadpool(store.get_job, job_id)
                seen, spoken = _id_of(job), time.monotonic()
                yield format_sse_event(data_str=JobResponse.of(job).model_dump_json(), id=seen, retry=RECONNECT_MS)
                if job.status in TERMINAL:
                    return
        except JobNotFound:  # deleted meanwhile
            return
        if time.monotonic() - spoken >= HEARTBEAT_S:
            spoken = time.monotonic()
            yield KEEPALIVE_COMMENT
        await asyncio.sleep(LOOK_S)


def _id_of(job: Job) -> str:
    return event_id(job.status, job.current_stage, job.progress_percent)
