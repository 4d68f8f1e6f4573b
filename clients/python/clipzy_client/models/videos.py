"""Uploads."""

from __future__ import annotations

from datetime import datetime

from clipzy_client.models.base import Answer, Page


class VideoMetadata(Answer):
    """Read from the file itself; width and height in pixels as displayed, any rotation applied."""

    width: int
    height: int
    duration_seconds: float
    frame_rate: float
    codec: str
    bitrate_kbps: int
    format: str


class Video(Answer):
    """An uploaded video. `template_video_id`: the template of jobs on it that name none."""

    video_id: str
    filename: str
    file_size_bytes: int
    metadata: VideoMetadata
    uploaded_at: datetime
    storage_url: str
    template_video_id: str | None = None


class VideoPage(Page):
    """One page of uploads, newest first."""

    videos: tuple[Video, ...]

    def by_id(self) -> dict[str, Video]:
        """The page's entries by their ids, in order."""
        return {video.video_id: video for video in self.videos}


class DeletedVideo(Answer):
    """A video that is no more."""

    video_id: str
