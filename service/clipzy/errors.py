"""Every error the engine raises on purpose, with its wire code and HTTP status.

ClipzyError
├── RequestError                 the caller can mend it
│   ├── ValidationFailed         422 VALIDATION_ERROR
│   ├── MissingField             422 MISSING_FIELD
│   ├── UnsupportedFormat        422 UNSUPPORTED_FORMAT
│   ├── InvalidVideo             422 INVALID_VIDEO
│   ├── IdempotencyConflict      422 IDEMPOTENCY_CONFLICT
│   ├── FileTooLarge             413 FILE_TOO_LARGE
│   ├── Unauthorized             401 UNAUTHORIZED
│   ├── Forbidden                403 FORBIDDEN
│   ├── VideoNotFound            404 VIDEO_NOT_FOUND
│   ├── JobNotFound              404 JOB_NOT_FOUND
│   ├── NotFound                 404 NOT_FOUND
│   ├── JobAlreadyProcessing     409 JOB_ALREADY_PROCESSING
│   ├── ResultNotReady           409 RESULT_NOT_READY
│   ├── JobNotCancellable        409 JOB_NOT_CANCELLABLE
│   ├── VideoInUse               409 VIDEO_IN_USE
│   ├── RequestTimeout           408 REQUEST_TIMEOUT
│   ├── RangeNotSatisfiable      416 RANGE_NOT_SATISFIABLE
│   ├── HostNotAllowed           421 HOST_NOT_ALLOWED
│   ├── RateLimited              429 RATE_LIMITED
│   ├── QueueFull                503 QUEUE_FULL
│   ├── ServiceUnavailable       503 SERVICE_UNAVAILABLE
│   │   └── StorageUnavailable   503 SERVICE_UNAVAILABLE  the object storage is away, or refuses
│   └── InsufficientStorage      507 INSUFFICIENT_STORAGE
├── StageError                   a pipeline stage could not finish; ends the job as failed
│   ├── MediaError               PROCESSING_FAILED   the file cannot be decoded or encoded
│   ├── InferenceError           INFERENCE_FAILED    a network answered with an error
│   │   └── InferenceUnavailable INFERENCE_UNAVAILABLE  the server is away
│   │       └── GpuLost          INFERENCE_UNAVAILABLE  another process may have a GPU that works, or none
│   ├── JobTimeout               JOB_TIMEOUT
│   ├── JobUnreadable            JOB_UNREADABLE      another version of the engine created the job
│   ├── StageOutOfMemory         PROCESSING_FAILED   its process needs more than it may use
│   └── StageCrashed             STAGE_CRASHED       the stage's process died
└── ConfigurationError           the operator can mend it: settings, missing weights, missing libraries
"""

from __future__ import annotations

from typing import ClassVar


class ClipzyError(Exception):
    """Base of all; `str(error)` is one sentence for a person, with advice where there is any."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500


def codes_of(kind: type[ClipzyError]) -> tuple[str, ...]:
    """The codes of an error and of all below it, each once, in the order of the tree."""
    below = (code for each in kind.__subclasses__() for code in codes_of(each))
    return tuple(dict.fromkeys((kind.code, *below)))


class RequestError(ClipzyError):
    """`job_id`: of the job that is in the way, where one is. `retryable`: the same request may pass in a moment."""

    code = "VALIDATION_ERROR"
    status = 422
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, job_id: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id


class ValidationFailed(RequestError):
    """A field or parameter is invalid; `fields` names each as (path, message)."""

    def __init__(self, message: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields


class MissingField(ValidationFailed):
    code = "MISSING_FIELD"


class UnsupportedFormat(RequestError):
    code = "UNSUPPORTED_FORMAT"


class InvalidVideo(RequestError):
    code = "INVALID_VIDEO"


class IdempotencyConflict(RequestError):
    """An Idempotency-Key came again, with another request."""

    code = "IDEMPOTENCY_CONFLICT"


class Unauthorized(RequestError):
    """API tokens are configured, and the request brings none of them."""

    code = "UNAUTHORIZED"
    status = 401


class Forbidden(RequestError):
    """The request's token may not do this."""

    code = "FORBIDDEN"
    status = 403


class FileTooLarge(RequestError):
    code = "FILE_TOO_LARGE"
    status = 413


class NotFound(RequestError):
    code = "NOT_FOUND"
    status = 404


class VideoNotFound(RequestError):
    code = "VIDEO_NOT_FOUND"
    status = 404


class JobNotFound(RequestError):
    code = "JOB_NOT_FOUND"
    status = 404


class JobAlreadyProcessing(RequestError):
    code = "JOB_ALREADY_PROCESSING"
    status = 409


class ResultNotReady(RequestError):
    code = "RESULT_NOT_READY"
    status = 409


class JobNotCancellable(RequestError):
    code = "JOB_NOT_CANCELLABLE"
    status = 409


class VideoInUse(RequestError):
    code = "VIDEO_IN_USE"
    status = 409


class RequestTimeout(RequestError):
    """The request's body comes too slowly."""

    code = "REQUEST_TIMEOUT"
    status = 408


class RangeNotSatisfiable(RequestError):
    """None of the bytes asked for exist; `size_bytes` is what the file has."""

    code = "RANGE_NOT_SATISFIABLE"
    status = 416

    def __init__(self, message: str, size_bytes: int = 0) -> None:
        super().__init__(message)
        self.size_bytes = size_bytes


class HostNotAllowed(RequestError):
    """The engine is asked for by a name that is none of its own."""

    code = "HOST_NOT_ALLOWED"
    status = 421


class RateLimited(RequestError):
    """The caller asks more often than RATE_LIMIT_PER_MINUTE."""

    code = "RATE_LIMITED"
    status = 429
    retryable = True


class QueueFull(RequestError):
    code = "QUEUE_FULL"
    status = 503
    retryable = True


class ServiceUnavailable(RequestError):
    """Something the engine needs does not answer at present."""

    code = "SERVICE_UNAVAILABLE"
    status = 503
    retryable = True


class StorageUnavailable(ServiceUnavailable):
    """The object storage does not answer, or refuses; it may be otherwise in a moment."""


class InsufficientStorage(RequestError):
    code = "INSUFFICIENT_STORAGE"
    status = 507


class StageError(ClipzyError):
    code = "PROCESSING_FAILED"


class MediaError(StageError):
    code = "PROCESSING_FAILED"


class InferenceError(StageError):
    code = "INFERENCE_FAILED"


class InferenceUnavailable(InferenceError):
    code = "INFERENCE_UNAVAILABLE"


class GpuLost(InferenceUnavailable):
    """The process cannot use its GPU any more: after some of CUDA's errors only a new process can."""


class JobTimeout(StageError):
    code = "JOB_TIMEOUT"


class JobUnreadable(StageError):
    """Another version of the engine wrote the job down, and this one does not understand what is asked."""

    code = "JOB_UNREADABLE"


class StageOutOfMemory(StageError):
    """A stage's process needs more memory than it may use."""

    code = "PROCESSING_FAILED"


class StageCrashed(StageError):
    code = "STAGE_CRASHED"


class ConfigurationError(ClipzyError):
    code = "CONFIGURATION_ERROR"
