"""What the routes ask for in their signatures."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Path, Query, Request

from clipzy.api.schemas.base import is_id
from clipzy.api.services import Services
from clipzy.api.stored import Stored
from clipzy.errors import JobNotFound, VideoNotFound
from clipzy.jobs.records import JobFiles, Outcome, Standing

# What asks nobody is `async`: else FastAPI would take a thread for it, of which there are few, and all may wait for a database that hangs.

# so that no page's offset outgrows the databases' integers
LAST_PAGE = 2**31 - 1
# the last word of an address of its own beside those of videos: it takes other methods, and names no video
UPLOAD = "upload"


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Provided = Annotated[Services, Depends(_services)]


async def _stored(request: Request) -> Stored:
    stored: Stored = request.app.state.stored
    return stored


InStorage = Annotated[Stored, Depends(_stored)]


async def _job_id(
    job_id: Annotated[str, Path(description="Id of a job.", examples=["job_abc123"])],
) -> str:
    if not is_id(job_id):
        raise JobNotFound("this is not the form of a job id")
    return job_id


async def _video_id(
    video_id: Annotated[str, Path(description="Id of an uploaded video.", examples=["vid_abc123"])],
) -> str:
    if video_id == UPLOAD:
        raise HTTPException(405)
    if not is_id(video_id):
        raise VideoNotFound("this is not the form of a video id")
    return video_id


async def _owner(request: Request) -> str | None:
    owner: str | None = request.state.owner
    return owner


JobId = Annotated[str, Depends(_job_id)]
VideoId = Annotated[str, Depends(_video_id)]


# Of the caller's token; None where no tokens are configured, and everything belongs to everybody.
Owner = Annotated[str | None, Depends(_owner)]


def _standing(job_id: JobId, services: Provided, owner: Owner) -> Standing:
    return services.store.read(Standing, job_id, owner)


def _outcome(job_id: JobId, services: Provided, owner: Owner) -> Outcome:
    return services.store.read(Outcome, job_id, owner)


def _files(job_id: JobId, services: Provided, owner: Owner) -> JobFiles:
    return services.store.read(JobFiles, job_id, owner)


# Of the job that is asked for, no more than the route needs: its config and its style can have megabytes.
AskedStanding = Annotated[Standing, Depends(_standing)]
AskedOutcome = Annotated[Outcome, Depends(_outcome)]
AskedFiles = Annotated[JobFiles, Depends(_files)]

PageNumber = Annotated[int, Query(ge=1, le=LAST_PAGE, description="Page number, from 1.", examples=[1])]
PageSize = Annotated[int, Query(ge=1, le=100, description="Entries per page.", examples=[10])]
