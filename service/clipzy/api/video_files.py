"""Routes of an upload's files: the video itself as it was sent, and a small picture of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from clipzy.api.dependencies import InStorage, Owner, Provided, VideoId, of_app
from clipzy.api.documentation import GUARDED, failures
from clipzy.api.downloads import content_type, download, file_answers
from clipzy.api.thumbnails import Thumbnails
from clipzy.errors import InsufficientStorage, InvalidVideo, NotFound, RangeNotSatisfiable, VideoNotFound
from clipzy.jobs.records import Video
from clipzy.media.decoding.containers import Container

router = APIRouter(prefix="/api/v1/videos", tags=["files"], responses=GUARDED)


def _video(video_id: VideoId, services: Provided, owner: Owner) -> Video:
    return services.store.get_video(video_id, owner)


AskedVideo = Annotated[Video, Depends(_video)]


@router.head("/{video_id}/file", include_in_schema=False)
@router.get(
    "/{video_id}/file",
    operation_id="getVideoFile",
    summary="The upload itself",
    response_class=StreamingResponse,
    responses={
        **file_answers(*sorted(content_type(f"source.{kind}") for kind in Container)),
        **failures(VideoNotFound, NotFound, RangeNotSatisfiable),
    },
)
async def read_file(video: AskedVideo, request: Request, stored: InStorage) -> Response:
    """The file as it was sent, under the name it was sent by; Range, If-Range and HEAD are understood."""
    return await download(request, stored, video.storage_key, video.filename, f"source.{video.metadata.format}")


@router.head("/{video_id}/thumbnail", include_in_schema=False)
@router.get(
    "/{video_id}/thumbnail",
    operation_id="getVideoThumbnail",
    summary="A small picture of an upload",
    response_class=StreamingResponse,
    responses={
        **file_answers("image/jpeg"),
        **failures(VideoNotFound, NotFound, InvalidVideo, RangeNotSatisfiable, InsufficientStorage),
    },
)
async def read_thumbnail(
    video: AskedVideo,
    request: Request,
    stored: InStorage,
    thumbnails: Annotated[Thumbnails, of_app("thumbnails")],
) -> Response:
    """A picture from the video's first quarter, upright, at most 480 pixels long; made when it is first asked for."""
    key = await thumbnails.find(video)
    return await download(request, stored, key, f"{video.video_id}.jpg")
