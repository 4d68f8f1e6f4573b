"""A job's changes of status, stage or progress as server-sent events, those between two looks at it as one, until it has ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event

from clipzy.api import examples
from clipzy.api.dependencies import AskedStanding, of_app
from clipzy.api.documentation import GUARDED, failures
from clipzy.api.following import Following, event_id
from clipzy.api.schemas.jobs import JobResponse
from clipzy.errors import JobNotFound
from clipzy.jobs.lifecycle import TERMINAL
from clipzy.jobs.records import Standing

HEARTBEAT_S = 15.0  # proxies close what stays silent for a minute
RECONNECT_MS = 2000
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold events back

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"], responses=GUARDED)

# under the name of OpenAPI 3.2, which 3.1 takes as an extension: its own `schema` is of the text as a whole
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
            "description": "Events whose data is the job, as in `data` of `GET /jobs/{job_id}`.",
            "content": {
                "text/event-stream": {"schema": {"type": "string"}, "x-itemSchema": _EVENT, "example": _EXAMPLE}
            },
        },
        204: {"description": "The job has ended and the client knows it: do not reconnect."},
        **failures(JobNotFound),
    },
)
async def follow_job(
    job: AskedStanding,
    following: Annotated[Following, of_app("following")],
    last_event_id: Annotated[str | None, Header(description="Id of the last event received; sent by browsers.")] = None,
) -> Response:
    """Server-sent events: the job as it stands, then as it stands after each change of status, stage or progress, up to its end.

    Changes that follow each other within a quarter of a second come as one event.
    """
    if job.status in TERMINAL and last_event_id == event_id(job):
        return Response(status_code=204)
    return EventSourceResponse(_events(following, job, last_event_id), headers=HEADERS)


async def _events(following: Following, job: Standing, seen: str | None) -> AsyncIterator[bytes]:
    # closed with the client, and not only when it is collected: until then the job would be looked at
    async with aclosing(following.changes(job, seen, HEARTBEAT_S)) as changes:
        async for standing in changes:
            if standing is None:
                yield KEEPALIVE_COMMENT
                continue
            told = JobResponse.of(standing).model_dump_json()
            yield format_sse_event(data_str=told, id=event_id(standing), retry=RECONNECT_MS)
