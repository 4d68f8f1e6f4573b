"""What is counted and timed, by the names that dashboards and alerts are written against (docs/runbooks).

Those of requests are in `clipzy.api.request_log`; those that are read at each scrape are collectors: `gpus`, `disks`, and the
engine's state in `clipzy.api.metrics`.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from clipzy.build import build

# a `_created` beside each counter: twice the text, which nothing here asks for
disable_created_metrics()  # type: ignore[no-untyped-call]

BUILD_INFO = Gauge("clipzy_build_info", "Always 1; the version of the engine with the id of its code.", ["version"])


def tell_build() -> None:
    """Export which code this is. Not at import, since it reads every file of the code."""
    BUILD_INFO.labels(build()).set(1)


# ── of the API ──

UPLOADS = Counter("clipzy_uploads_total", "Uploads, by outcome: accepted, or the code of what was wrong.", ["outcome"])
UPLOAD_BYTES = Counter("clipzy_upload_bytes_total", "Bytes of accepted uploads.")
JOBS_CREATED = Counter("clipzy_jobs_created_total", "Jobs added to the queue.")
JOBS_CANCELLED = Counter(
    "clipzy_jobs_cancelled_total", "Jobs cancelled by their owners, by the status they had.", ["status"]
)

# ── of the workers: jobs ──

JOBS_FINISHED = Counter("clipzy_jobs_finished_total", "Jobs whose end this worker recorded, by status.", ["status"])
JOB_FAILURES = Counter("clipzy_job_failures_total", "Failed jobs, by stage and error code.", ["stage", "code"])
NO_STAGE = "none"  # of a job that failed between two
JOBS_RUNNING = Gauge("clipzy_jobs_running", "Jobs running on this worker.")
JOB_SECONDS = Histogram(
    "clipzy_job_duration_seconds",
    "From a job's first stage to its end, by status.",
    ["status"],
    buckets=(1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200),
)
JOB_WAIT_SECONDS = Histogram(
    "clipzy_job_queue_wait_seconds",
    "From a job's creation to its first stage.",
    buckets=(0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200),
)
JOB_WARNINGS = Counter("clipzy_job_warnings_total", "Warnings given to the owners of jobs, by stage.", ["stage"])

# ── of the workers: stages ──

STAGE_SECONDS = Histogram(
    "clipzy_stage_duration_seconds",
    "Seconds that stages took, by stage and outcome.",
    ["stage", "outcome"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600),
)
STAGE_FRAMES = Counter("clipzy_stage_frames_total", "Frames that a stage decoded, compared or encoded.", ["stage"])
LOST_ATTEMPTS = Counter(
    "clipzy_stage_lost_attempts_total", "Attempts at a stage that were lost with their worker, by stage.", ["stage"]
)
LOST_WORKERS = Counter("clipzy_workers_lost_total", "Silent workers whose jobs this worker requeued.")
FALLBACKS = Counter(
    "clipzy_fallbacks_total", "Times that a fallback was taken, by what was intended and what was used.", ["of", "to"]
)
KNOWN_FALLBACKS = (
    ("h264_nvenc", "libx264"),
    ("nvdec", "cpu"),
    ("gpu", "cpu"),  # of a stage whose process crashed
    ("cuda", "cpu"),  # of networks in process
    ("cuda_shared_memory", "shared_memory"),
    ("cuda_shared_memory", "grpc"),
    ("shared_memory", "grpc"),
)
ENCODER_INFO = Gauge("clipzy_encoder_info", "Always 1; the encoder last chosen, and why.", ["encoder", "reason"])
DECODER_INFO = Gauge("clipzy_decoder_info", "Always 1; the decoder last chosen, and why.", ["decoder", "reason"])

# ── of the workers: the networks as their clients see them ──

INFERENCE_SECONDS = Histogram(
    "clipzy_inference_request_duration_seconds",
    "Calls of networks on Triton, by network and outcome; retries count as calls.",
    ["network", "outcome"],
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120),
)

# ── of the workers: webhooks ──

WEBHOOK_ATTEMPTS = Counter("clipzy_webhook_attempts_total", "Attempts to deliver webhooks, by outcome.", ["outcome"])
WEBHOOKS_ABANDONED = Counter("clipzy_webhooks_abandoned_total", "Webhooks that were not accepted after all attempts.")
