"""Uploads on the wire."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from clipzy.api.schemas.base import Answered, Asked, Moment, VideoRef, WebhookUrl
from clipzy.jobs import records
from clipzy.jobs.video_store import Page
from clipzy.storage.objects import ObjectStore


class UploadFields(Asked):
    """What may come with the file: defaults for the jobs on this video."""

    template_video_id: VideoRef | None = None
    webhook_url: WebhookUrl | None = None


class VideoMetadata(Answered):
    """Read from the file itself."""

    width: int = Field(gt=0, description="Pixels as displayed, any rotation applied.", examples=[1920])
    height: int = Field(gt=0, description="Pixels as displayed, any rotation applied.", examples=[1080])
    duration_seconds: float = Field(ge=0, examples=[62.5])
    frame_rate: float = Field(
        gt=0,
        description="Frames per second while the picture moves: pauses and lost frames do not lower it.",
        examples=[29.97],
    )
    codec: str = Field(description="FFmpeg's name for the video codec.", examples=["h264"])
    bitrate_kbps: int = Field(ge=0, description="Bit rate of the whole file.", examples=[5200])
    format: str = Field(description="The container: mp4, mov, avi, mkv or webm.", examples=["mp4"])


class VideoResponse(Answered):
    """An uploaded video."""

    video_id: str = Field(examples=["vid_abc123"])
    filename: str = Field(
        description="Name as sent, without folders and unprintable characters, at most 200 characters."
    )
    file_size_bytes: int = Field(ge=0, examples=[40_632_320])
    metadata: VideoMetadata
    uploaded_at: Moment
    storage_url: str = Field(
        description="`file:///…` on local storage; on S3, a link valid for an hour.",
        examples=["file:///storage/videos/vid_abc123/source.mp4"],
    )
    template_video_id: str | None = Field(
        description="Default template of jobs on this video; it may have been deleted since.",
        examples=["vid_def456"],
    )

    @classmethod
    def of(cls, video: records.Video, objects: ObjectStore) -> VideoResponse:
        """That video."""
        return cls(
            video_id=video.video_id,
            filename=video.filename,
            file_size_bytes=video.size_bytes,
            metadata=VideoMetadata(**asdict(video.metadata)),
            uploaded_at=video.uploaded_at,
            storage_url=objects.url(video.storage_key),
            template_video_id=video.template_video_id,
        )


class VideoList(Answered):
    """One page of uploads, newest first."""

    videos: list[VideoResponse]
    total: int = Field(ge=0, description="On all pages.")
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)

    @classmethod
    def of(cls, page: Page[records.Video], objects: ObjectStore) -> VideoList:
        """That page."""
        videos = [VideoResponse.of(video, objects) for video in page.items]
        return cls(videos=videos, total=page.total, page=page.page, page_size=page.page_size)


class DeletedVideo(Answered):
    """An upload that is no more."""

    video_id: str
    deleted: Annotated[bool, Field(description="Always true.")] = True
