"""Routes of uploads: send one, list them, read one, delete one."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from clipzy.api import examples
from clipzy.api.dependencies import UPLOAD, InStorage, Owner, PageNumber, PageSize, Provided, VideoId, of_app
from clipzy.api.documentation import GUARDED, answers, next_calls
from clipzy.api.envelope import Success
from clipzy.api.schemas.base import ID_PATTERN
from clipzy.api.schemas.videos import DeletedVideo, UploadFields, VideoList, VideoResponse
from clipzy.api.uploads import Uploads
from clipzy.errors import (
    FileTooLarge,
    Forbidden,
    InsufficientStorage,
    InvalidVideo,
    MissingField,
    UnsupportedFormat,
    ValidationFailed,
    VideoInUse,
    VideoNotFound,
)
from clipzy.jobs import deletion

UPLOAD_PATH = f"/api/v1/videos/{UPLOAD}"
MOST_IDS = 100  # as many as fit on a page
# what the document advises; a file is judged by its name and its content alone
FILE_TYPES = "video/mp4, video/quicktime, video/x-msvideo, video/x-matroska, video/webm"

router = APIRouter(prefix="/api/v1/videos", tags=["videos"], responses=GUARDED)


def _form() -> dict[str, Any]:
    """The form's description; its parts are read as they come, so that the framework does not see them."""
    fields = {name: _text(each) for name, each in UploadFields.model_json_schema()["properties"].items()}
    file = {"type": "string", "format": "binary", "description": "The video: mp4, mov, avi, mkv or webm."}
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": file, **fields},
        "additionalProperties": False,
    }
    disposition = {
        "description": "Names the file; the name must end in .mp4, .mov, .avi, .mkv or .webm.",
        "schema": {"type": "string"},
        "example": 'form-data; name="file"; filename="beach.mp4"',
    }
    form = {
        "schema": schema,
        "encoding": {"file": {"contentType": FILE_TYPES, "headers": {"Content-Disposition": disposition}}},
        "example": {"file": "(bytes of beach.mp4)", "template_video_id": "vid_def456"},
    }
    return {"required": True, "content": {"multipart/form-data": form}}


def _text(field: dict[str, Any]) -> dict[str, Any]:
    """What a form's field may be: it cannot be null, but a browser sends those that were left empty."""
    text, _null = field["anyOf"]
    # one string: of two that exclude each other generators of clients make a class
    return {**{key: each for key, each in text.items() if key != "format"}, "pattern": f"^$|{text['pattern']}"}


@router.post(
    f"/{UPLOAD}",
    operation_id="uploadVideo",
    summary="Upload a video",
    openapi_extra={"requestBody": _form()},
    responses=answers(
        "Video uploaded",
        examples.VIDEO,
        MissingField,
        ValidationFailed,
        UnsupportedFormat,
        InvalidVideo,
        VideoNotFound,
        FileTooLarge,
        InsufficientStorage,
        Forbidden,
        links={
            **next_calls("video_id", "getVideo", "listJobs", "deleteVideo"),
            # the body that it names an id in could be told here only in a form that openapi-generator refuses
            "createJob": {"operationId": "createJob"},
        },
    ),
)
async def upload_video(
    request: Request, services: Provided, owner: Owner, uploads: Annotated[Uploads, of_app("uploads")]
) -> Success[VideoResponse]:
    """Send a video as `multipart/form-data`; it is looked into before it is accepted.

    `template_video_id` and `webhook_url` are remembered as defaults for the jobs on this video; `webhook_url` also for
    those that have it as their template and no footage.
    """
    video = await uploads.accept(request, owner)
    return Success[VideoResponse](message="Video uploaded", data=VideoResponse.of(video, services.objects))


@router.get(
    "",
    operation_id="listVideos",
    summary="List uploads",
    responses=answers("Videos", examples.VIDEOS, ValidationFailed),
)
def list_videos(
    services: Provided,
    owner: Owner,
    *,
    page: PageNumber = 1,
    page_size: PageSize = 10,
    video_id: Annotated[
        list[Annotated[str, Field(pattern=ID_PATTERN)]],
        Query(
            default_factory=list,
            max_length=MOST_IDS,
            description="Only these videos; repeat the parameter for each id. Unknown ids are left out.",
        ),
    ],
) -> Success[VideoList]:
    """Uploads, newest first."""
    found = services.store.list_videos(page, page_size, owner, video_id)
    return Success[VideoList](message="Videos", data=VideoList.of(found, services.objects))


@router.get(
    "/{video_id}",
    operation_id="getVideo",
    summary="Read an upload",
    responses=answers("Video", examples.VIDEO, VideoNotFound),
)
def read_video(video_id: VideoId, services: Provided, owner: Owner) -> Success[VideoResponse]:
    """What is known of a video."""
    video = services.store.get_video(video_id, owner)
    return Success[VideoResponse](message="Video", data=VideoResponse.of(video, services.objects))


@router.delete(
    "/{video_id}",
    operation_id="deleteVideo",
    summary="Delete an upload",
    responses=answers("Video deleted", examples.DELETED_VIDEO, VideoNotFound, VideoInUse, Forbidden),
)
async def delete_video(video_id: VideoId, services: Provided, stored: InStorage, owner: Owner) -> Success[DeletedVideo]:
    """Delete a video with its file; refused while a job uses it."""
    await stored.ask(partial(deletion.delete_video, services.store, stored.objects, video_id, owner))
    return Success[DeletedVideo](message="Video deleted", data=DeletedVideo(video_id=video_id))
