"""Every error of this client, with the engine's code, the HTTP status, the fields that were not accepted and the request's id.

ClipzyError
├── ApiError                     the engine answered, and refused
│   ├── InvalidRequest           422  VALIDATION_ERROR, and any other 422
│   │   ├── MissingField              MISSING_FIELD
│   │   ├── UnsupportedFormat         UNSUPPORTED_FORMAT
│   │   ├── InvalidVideo              INVALID_VIDEO
│   │   └── IdempotencyConflict       IDEMPOTENCY_CONFLICT
│   ├── FileTooLarge             413  FILE_TOO_LARGE
│   ├── Unauthorized             401  UNAUTHORIZED
│   ├── Forbidden                403  FORBIDDEN
│   ├── NotFound                 404  NOT_FOUND
│   │   ├── VideoNotFound             VIDEO_NOT_FOUND
│   │   └── JobNotFound               JOB_NOT_FOUND
│   ├── Conflict                 409
│   │   ├── JobAlreadyProcessing      JOB_ALREADY_PROCESSING
│   │   ├── ResultNotReady            RESULT_NOT_READY
│   │   ├── JobNotCancellable         JOB_NOT_CANCELLABLE
│   │   └── VideoInUse                VIDEO_IN_USE
│   ├── RequestTimeout           408  REQUEST_TIMEOUT
│   ├── RangeNotSatisfiable      416  RANGE_NOT_SATISFIABLE
│   ├── HostNotAllowed           421  HOST_NOT_ALLOWED
│   ├── Busy                     raised once the retries are used up
│   │   ├── RateLimited          429  RATE_LIMITED
│   │   ├── QueueFull            503  QUEUE_FULL
│   │   └── ServiceUnavailable   503  SERVICE_UNAVAILABLE
│   ├── InsufficientStorage      507  INSUFFICIENT_STORAGE
│   ├── InternalError            500  INTERNAL_ERROR
│   └── UnexpectedAnswer         what answered does not speak like the engine: a proxy, or another service
├── ConnectionFailed             no answer came, or only a part of one
├── WaitTimedOut                 the job has not ended in the time that was given
├── JobNotCompleted              the job has ended otherwise
└── SignatureInvalid             a webhook does not come from the engine, or is too old
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # models raise these errors
    from clipzy_client.models.jobs import Job


@dataclass(frozen=True, slots=True)
class InvalidField:
    """A field that was not accepted. `field`: its path, such as `config.quality`."""

    field: str
    message: str


class ClipzyError(Exception):
    """Base of all. `code` is stable; `status` and `request_id` are None where there was no answer to have them from."""

    code: str = "CLIENT_ERROR"
    status: int | None = None
    fields: tuple[InvalidField, ...] = ()
    request_id: str | None = None


class ApiError(ClipzyError):
    """The engine refused; `str(error)` is its one sentence.

    `job_id`: of the job that is in the way, where one is. `retry_after_s`: seconds that the engine asks to wait.
    """

    status: int

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        fields: tuple[InvalidField, ...] = (),
        request_id: str | None = None,
        retry_after_s: float | None = None,
        job_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.fields = fields
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.job_id = job_id


class InvalidRequest(ApiError):
    code = "VALIDATION_ERROR"


class MissingField(InvalidRequest):
    code = "MISSING_FIELD"


class UnsupportedFormat(InvalidRequest):
    code = "UNSUPPORTED_FORMAT"


class InvalidVideo(InvalidRequest):
    code = "INVALID_VIDEO"


class IdempotencyConflict(InvalidRequest):
    """The Idempotency-Key was used before, for another request."""

    code = "IDEMPOTENCY_CONFLICT"


class FileTooLarge(ApiError):
    code = "FILE_TOO_LARGE"


class Unauthorized(ApiError):
    """The engine wants a token, and this is none of its own."""

    code = "UNAUTHORIZED"


class Forbidden(ApiError):
    """The token may not do this, or the page from which it is asked."""

    code = "FORBIDDEN"


class NotFound(ApiError):
    code = "NOT_FOUND"


class VideoNotFound(NotFound):
    code = "VIDEO_NOT_FOUND"


class JobNotFound(NotFound):
    code = "JOB_NOT_FOUND"


class Conflict(ApiError):
    """Not as things stand."""

    code = "CONFLICT"


class JobAlreadyProcessing(Conflict):
    """`job_id` does the same work, or has not ended."""

    code = "JOB_ALREADY_PROCESSING"


class ResultNotReady(Conflict):
    code = "RESULT_NOT_READY"


class JobNotCancellable(Conflict):
    code = "JOB_NOT_CANCELLABLE"


class VideoInUse(Conflict):
    """By `job_id`, which has not ended."""

    code = "VIDEO_IN_USE"


class RequestTimeout(ApiError):
    """The request's body came too slowly."""

    code = "REQUEST_TIMEOUT"


class RangeNotSatisfiable(ApiError):
    code = "RANGE_NOT_SATISFIABLE"


class HostNotAllowed(ApiError):
    """The engine does not go by the name in the URL; its operator names it in ALLOWED_HOSTS."""

    code = "HOST_NOT_ALLOWED"


class Busy(ApiError):
    """Not at present; the same request may succeed later."""

    code = "BUSY"


class RateLimited(Busy):
    code = "RATE_LIMITED"


class QueueFull(Busy):
    code = "QUEUE_FULL"


class ServiceUnavailable(Busy):
    code = "SERVICE_UNAVAILABLE"


class InsufficientStorage(ApiError):
    code = "INSUFFICIENT_STORAGE"


class InternalError(ApiError):
    code = "INTERNAL_ERROR"


class UnexpectedAnswer(ApiError):
    """Not in the engine's envelope, or not what this client can read."""

    code = "UNEXPECTED_ANSWER"


class ConnectionFailed(ClipzyError):
    """`request_id` is the one that was sent: where the request arrived, the engine's log has it."""

    code = "CONNECTION_FAILED"

    def __init__(self, message: str, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class WaitTimedOut(ClipzyError):
    """`job`: as it was seen last, None where it was not seen at all. It goes on; only the waiting has ended."""

    code = "WAIT_TIMED_OUT"

    def __init__(self, message: str, job: Job | None = None) -> None:
        super().__init__(message)
        self.job = job


class JobNotCompleted(ClipzyError):
    """The job failed or was cancelled; `code` is that of the job's own error where it has one."""

    code = "JOB_NOT_COMPLETED"

    def __init__(self, message: str, job: Job) -> None:
        super().__init__(message)
        self.job = job
        if job.error is not None:
            self.code = job.error.code


class SignatureInvalid(ClipzyError):
    code = "SIGNATURE_INVALID"


def error_class(code: str, status: int) -> type[ApiError]:
    """The class for an engine's code; of a code that is not known here, the one for its status."""
    return _BY_CODE.get(code) or _BY_STATUS.get(status, ApiError)


def _descendants(kind: type[ApiError]) -> Iterator[type[ApiError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _descendants(each)


_BY_CODE = {kind.code: kind for kind in _descendants(ApiError)}
_BY_STATUS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: FileTooLarge,
    422: InvalidRequest,
    429: RateLimited,
    500: InternalError,
    503: ServiceUnavailable,
    507: InsufficientStorage,
}
