"""What people call the videos of a job: the names by which editors find them from a timeline."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath

from clipzy.jobs.records import VideoFile
from clipzy.stages.context import Role


def source_names(videos: Mapping[Role, VideoFile]) -> dict[Role, str]:
    """Each video's name as it was uploaded; with its id where two videos have names that one folder does not tell apart."""
    by_file_name: dict[str, set[str]] = {}
    for video in videos.values():
        by_file_name.setdefault(_in_folder(video.filename), set()).add(video.video_id)
    return {
        role: video.filename if len(by_file_name[_in_folder(video.filename)]) == 1 else _with_id(video)
        for role, video in videos.items()
    }


def _in_folder(filename: str) -> str:
    # macOS and Windows take names that differ in case, or in how their accents are written, for one
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", filename).casefold())


def _with_id(video: VideoFile) -> str:
    path = PurePosixPath(video.filename)
    return f"{path.stem}-{video.video_id}{path.suffix}"
