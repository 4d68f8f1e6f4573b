"""The examples that the OpenAPI document shows, built from the very models that are answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clipzy.api.schemas.health import AliveResponse, Health, HealthResponse
from clipzy.api.schemas.jobs import (
    Artifact,
    ArtifactList,
    DeletedJob,
    JobError,
    JobList,
    JobRequest,
    JobResponse,
    JobResult,
)
from clipzy.api.schemas.style import AudioStyle, ColorGrade, DetectedBeat, StyleDNA, TextOverlay, Transition
from clipzy.api.schemas.videos import DeletedVideo, VideoList, VideoMetadata, VideoResponse
from clipzy.api.schemas.webhooks import WebhookAttempt, WebhookDelivery
from clipzy.jobs.deliveries import DeliveryStatus
from clipzy.jobs.lifecycle import Stage, Status
from clipzy.style.dna import AspectRatio, BeatBand, TransitionType


def _at(minute: int, second: int) -> datetime:
    return datetime(2026, 1, 31, 12, minute, second, tzinfo=UTC)


STYLE = StyleDNA(
    color_grade=ColorGrade(temperature=12.5, tint=-3.0, saturation=18.0, contrast=22.0, highlights=-10.0, shadows=8.0),
    aspect_ratio=AspectRatio.TALL,
    frame_rate=30,
    audio_style=AudioStyle(normalization_level=0.78, compression_ratio=2.4, bass_boost=35.0, enhance_speech=False),
    cut_frequency=24.0,
    motion_intensity=42.0,
    zoom_usage=15.0,
    primary_transition=Transition(type=TransitionType.CUT, duration_ms=0),
    secondary_transition=Transition(type=TransitionType.DISSOLVE, duration_ms=400),
    text_overlays=[
        TextOverlay(
            content="SUMMER '26",
            font=None,
            size=0.08,
            color="#ffffff",
            position=(0.5, 0.85),
            duration_ms=2400,
            start_ms=1500,
        )
    ],
    use_subtitles=False,
    detected_beats=[DetectedBeat(timestamp_ms=480, confidence=0.93, frequency=BeatBand.BASS)],
    tempo_bpm=125.0,
    music_genre="electronic",
    created_at="2026-01-31T12:00:42Z",
    source_duration_seconds=42.0,
    extraction_confidence=0.91,
)

VIDEO = VideoResponse(
    video_id="vid_abc123",
    filename="beach.mp4",
    file_size_bytes=40_632_320,
    metadata=VideoMetadata(
        width=1920,
        height=1080,
        duration_seconds=62.5,
        frame_rate=29.97,
        codec="h264",
        bitrate_kbps=5200,
        format="mp4",
    ),
    uploaded_at=_at(0, 0),
    storage_url="file:///storage/videos/vid_abc123/source.mp4",
    template_video_id="vid_def456",
)
VIDEOS = VideoList(videos=[VIDEO], total=1, page=1, page_size=10)
DELETED_VIDEO = DeletedVideo(video_id="vid_abc123")

_JOB: dict[str, Any] = {"job_id": "job_abc123", "video_id": "vid_abc123", "template_video_id": "vid_def456"}
_ENDED: dict[str, Any] = {
    **_JOB,
    "current_stage": None,
    "created_at": _at(0, 1),
    "started_at": _at(0, 2),
    "completed_at": _at(1, 14),
    "updated_at": _at(1, 14),
}
QUEUED_JOB = JobResponse(
    **_JOB,
    status=Status.QUEUED,
    progress_percent=0,
    current_stage=None,
    created_at=_at(0, 1),
    updated_at=_at(0, 1),
    started_at=None,
    completed_at=None,
)
RUNNING_JOB = JobResponse(
    **_JOB,
    status=Status.PROCESSING,
    progress_percent=40,
    current_stage=Stage.MOTION_ANALYSIS,
    created_at=_at(0, 1),
    updated_at=_at(0, 31),
    started_at=_at(0, 2),
    completed_at=None,
)
CANCELLED_JOB = JobResponse(**_ENDED, status=Status.CANCELLED, progress_percent=40)
FAILED_JOB = JobResponse(
    **_ENDED,
    status=Status.FAILED,
    progress_percent=30,
    error=JobError(stage=Stage.AUDIO_ANALYSIS, message="the audio stream cannot be decoded", code="PROCESSING_FAILED"),
)
RESULT = JobResult(
    **_ENDED,
    status=Status.COMPLETED,
    progress_percent=100,
    style_json=STYLE,
    output_video_url="file:///storage/jobs/job_abc123/4fJq/output.mp4",
    processing_time_seconds=72.4,
    warnings=[],
)
JOBS = JobList(jobs=[RUNNING_JOB, FAILED_JOB], total=2, page=1, page_size=10)
DELIVERY = WebhookDelivery(
    delivery_id="msg_abc123",
    url="https://your-app.example.com/hooks/clipzy",
    status=DeliveryStatus.DELIVERED,
    attempts=[
        WebhookAttempt(at=_at(1, 14), seconds=10.0, status_code=None, error="no answer within 10 s"),
        WebhookAttempt(at=_at(1, 28), seconds=0.21, status_code=204, error=None),
    ],
    created_at=_at(1, 14),
    ended_at=_at(1, 28),
)
DELETED_JOB = DeletedJob(job_id="job_abc123")
ARTIFACTS = ArtifactList(
    artifacts=[
        Artifact(
            name="plan.json",
            size_bytes=18_210,
            content_type="application/json",
            storage_url="file:///storage/jobs/job_abc123/9sKd/plan.json",
        )
    ],
    total=1,
)

HEALTH = HealthResponse(
    status=Health.HEALTHY,
    version="0.1.0+f239a69113b1",
    database=True,
    storage=True,
    networks={"shot_boundary": True, "beats": True},
    jobs_queued=3,
    jobs_processing=1,
)
ALIVE = AliveResponse()

JOB_REQUESTS = {
    "transfer": {
        "summary": "Apply the style of one video to another",
        "value": JobRequest(video_id="vid_abc123", template_video_id="vid_def456").model_dump(exclude_unset=True),
    },
    "choices": {
        "summary": "With options and a webhook",
        "value": {
            "video_id": "vid_abc123",
            "template_video_id": "vid_def456",
            "config": {"quality": "high", "aspect_ratio": "9:16", "strength": 0.8},
            "webhook_url": "https://your-app.example.com/hooks/clipzy",
            "metadata": {"order": 4711},
            "priority": 10,
        },
    },
    "template_only": {"summary": "Only the Style DNA of a video", "value": {"template_video_id": "vid_def456"}},
    "given_style": {
        "summary": "Apply a given style",
        # without texts, which are described only: FastAPI leaves the null of their fonts out
        "value": {
            "video_id": "vid_abc123",
            "config": {"style": {**STYLE.model_dump(mode="json"), "text_overlays": []}},
        },
    },
}
