"""Every route of the engine, once: what is asked, and whether it may be asked again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import partial
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from clipzy_client.models.health import Health
from clipzy_client.models.jobs import (
    ArtifactList,
    DeletedJob,
    Job,
    JobConfig,
    JobPage,
    JobResult,
    WebhookDelivery,
)
from clipzy_client.models.videos import DeletedVideo, Video, VideoPage
from clipzy_client.multipart import OnProgress, UploadBody, VideoFile
from clipzy_client.requests import Call, Request

Config = JobConfig | Mapping[str, Any]


class AsUploaded(Enum):
    """The template of a job where none is given: what its footage was uploaded with."""

    AS_UPLOADED = "as uploaded"


def health() -> Call[Health]:
    """How the engine is."""
    return Call("GET", "/health", repeatable=True, answer=Health)


def upload_video(
    video: VideoFile,
    filename: str | None,
    template_video_id: str | None,
    webhook_url: str | None,
    on_progress: OnProgress | None,
) -> Call[Video]:
    """Send a video. A second sending would make a second video, so that it is not repeatable."""
    given = {"template_video_id": template_video_id, "webhook_url": webhook_url}
    body = partial(UploadBody, video, _given(given), on_progress, filename)
    return Call("POST", "/videos/upload", repeatable=False, upload=body, answer=Video)


def get_video(video_id: str) -> Call[Video]:
    """What is known of a video."""
    return Call("GET", f"/videos/{_segment(video_id)}", repeatable=True, answer=Video)


def list_videos(page: int, page_size: int, video_ids: Sequence[str] | None) -> Call[VideoPage]:
    """Uploads, newest first.

    Raises:
        ValueError: no ids are given where some are asked for, which to the engine means all uploads.
    """
    if video_ids is not None and (isinstance(video_ids, str) or not video_ids):
        raise ValueError(f"video_ids must be a list of ids, one or more, not {video_ids!r}")
    params = {"page": page, "page_size": page_size, **_given({"video_id": video_ids})}
    return Call("GET", "/videos", repeatable=True, params=params, answer=VideoPage)


def delete_video(video_id: str) -> Call[DeletedVideo]:
    """Delete a video; a second time there is none."""
    return Call("DELETE", f"/videos/{_segment(video_id)}", repeatable=False, answer=DeletedVideo)


def create_job(
    *,
    video_id: str | None,
    template_video_id: str | AsUploaded | None,
    config: Config | None,
    webhook_url: str | None,
    metadata: Mapping[str, Any] | None,
    priority: int | None,
    idempotency_key: str | None,
) -> Call[Job]:
    """Queue a job; its key makes one job of however many sendings."""
    body = _given(
        {
            "video_id": video_id,
            "config": None if config is None else _json(config),
            "webhook_url": webhook_url,
            "metadata": metadata,
            "priority": priority,
        }
    )
    # None is a value of its own here: no template, whatever was named at the upload
    if template_video_id is not AsUploaded.AS_UPLOADED:
        body["template_video_id"] = template_video_id
    headers = {"Idempotency-Key": idempotency_key or secrets.token_urlsafe(24)}
    return Call("POST", "/jobs", repeatable=True, headers=headers, json=body, answer=Job)


def get_job(job_id: str) -> Call[Job]:
    """How a job stands."""
    return Call("GET", f"/jobs/{_segment(job_id)}", repeatable=True, answer=Job)


def job_result(job_id: str) -> Call[JobResult]:
    """What has come of a job."""
    return Call("GET", f"/jobs/{_segment(job_id)}/result", repeatable=True, answer=JobResult)


def list_jobs(page: int, page_size: int, status: str | None, video_id: str | None) -> Call[JobPage]:
    """Jobs, newest first."""
    params = {"page": page, "page_size": page_size, **_given({"status": status, "video_id": video_id})}
    return Call("GET", "/jobs", repeatable=True, params=params, answer=JobPage)


def cancel_job(job_id: str) -> Call[Job]:
    """End a job; a second time there is nothing to cancel."""
    return Call("POST", f"/jobs/{_segment(job_id)}/cancel", repeatable=False, answer=Job)


def delete_job(job_id: str) -> Call[DeletedJob]:
    """Delete a job; a second time there is none."""
    return Call("DELETE", f"/jobs/{_segment(job_id)}", repeatable=False, answer=DeletedJob)


def job_webhook(job_id: str) -> Call[WebhookDelivery]:
    """How the delivery of a job's webhook went."""
    return Call("GET", f"/jobs/{_segment(job_id)}/webhook", repeatable=True, answer=WebhookDelivery)


def list_artifacts(job_id: str) -> Call[ArtifactList]:
    """The files that a job's stages left."""
    return Call("GET", f"/jobs/{_segment(job_id)}/artifacts", repeatable=True, answer=ArtifactList)


def read_artifact(job_id: str, name: str) -> Request:
    """A file of a job."""
    return Request("GET", artifact_path(job_id, name), repeatable=True)


def follow_job(job_id: str, last_event_id: str | None, silence_s: float) -> Request:
    """A job's changes, from where the client was."""
    headers = {"Accept": "text/event-stream", **_given({"Last-Event-ID": last_event_id})}
    path = f"/jobs/{_segment(job_id)}/events"
    # who follows looks at what a silent stream means: what is between may hold it back
    return Request("GET", path, repeatable=True, headers=headers, silence_s=silence_s, again_when_silent=False)


def video_path(video_id: str) -> str:
    """Where an uploaded file is."""
    return f"/videos/{_segment(video_id)}/file"


def thumbnail_path(video_id: str) -> str:
    """Where the small picture of a video is."""
    return f"/videos/{_segment(video_id)}/thumbnail"


def output_path(job_id: str) -> str:
    """Where a job's rendered file is."""
    return f"/jobs/{_segment(job_id)}/output"


def artifact_path(job_id: str, name: str) -> str:
    """Where a file of a job is."""
    return f"/jobs/{_segment(job_id)}/artifacts/{_segment(name)}"


def _segment(name: str) -> str:
    """One step of a path, whatever the name holds.

    Raises:
        ValueError: it is empty, or would lead elsewhere.
    """
    if name in {"", ".", ".."}:
        raise ValueError(f"{name!r} is no id and no name")
    return quote(name, safe="")


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _json(config: Config) -> dict[str, Any]:
    """What was chosen, as JSON."""
    if isinstance(config, BaseModel):
        return config.model_dump(mode="json", exclude_unset=True)
    return {name: _plain(value) for name, value in config.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON is anything)
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
