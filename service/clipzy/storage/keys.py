"""Under which keys files are stored: `videos/{video_id}/source.{ext}`, `videos/{video_id}/thumbnail.jpg` and `jobs/{job_id}/{random}/{file name}`."""

from __future__ import annotations

JOBS = "jobs/"


def video_prefix(video_id: str) -> str:
    """Under which all files of an upload are."""
    return f"videos/{video_id}/"


def video_key(video_id: str, extension: str) -> str:
    """Where an upload's bytes are; `extension` without the dot, such as `mp4`."""
    return f"{video_prefix(video_id)}source.{extension}"


def thumbnail_key(video_id: str) -> str:
    """Where a small picture of an upload is, once somebody has asked for it."""
    return f"{video_prefix(video_id)}thumbnail.jpg"


def job_prefix(job_id: str) -> str:
    """Under which all files of a job are."""
    return f"{JOBS}{job_id}/"


def job_id_of(key: str) -> str:
    """The job whose file a key names."""
    return key.removeprefix(JOBS).partition("/")[0]
