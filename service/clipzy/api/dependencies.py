"""What the routes ask for in their signatures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Query, Request

from clipzy.api.schemas.base import is_id
from clipzy.api.services import Services
from clipzy.api.stored import Stored
from clipzy.errors import JobNotFound, VideoNotFound
from clipzy.jobs.job_rows import Record
from clipzy.jobs.records import JobFiles, Outcome, Standing

# Dependencies that never block are `async`. FastAPI runs the others in threads, which are few and may all wait for a database that hangs.

LAST_PAGE = 2**31 - 1  # so that no page's offset outgrows the databases' integers
UPLOAD = "upload"  # the path beside those of single videos that takes uploads: no video's id


def of_app(name: str) -> Any:  # noqa: ANN401 (as FastAPI's Depends)
    """Inject what `create_app` keeps in the app's state under this name."""

    async def read(request: Request) -> Any:  # noqa: ANN401 (see above)
        return getattr(request.app.state, name)

    return Depends(read)


Provided = Annotated[Services, of_app("services")]
InStorage = Annotated[Stored, of_app("stored")]


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


def _job_as(kind: type[Record]) -> Any:  # noqa: ANN401 (as FastAPI's Depends)
    def read(job_id: JobId, services: Provided, owner: Owner) -> Record:
        return services.store.read(kind, job_id, owner)

    return Depends(read)


# The job of the path, as far as the route needs it: its config and its style can have megabytes.
AskedStanding = Annotated[Standing, _job_as(Standing)]
AskedOutcome = Annotated[Outcome, _job_as(Outcome)]
AskedFiles = Annotated[JobFiles, _job_as(JobFiles)]

PageNumber = Annotated[int, Query(ge=1, le=LAST_PAGE, description="Page number, from 1.", examples=[1])]
PageSize = Annotated[int, Query(ge=1, le=100, description="Entries per page.", examples=[10])]
