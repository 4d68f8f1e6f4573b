/**
 * Every error of this client, with the engine's code, the HTTP status, the fields that were not accepted and the request's id.
 *
 *     ClipzyError
 *     ├── ApiError                     the engine answered, and refused
 *     │   ├── InvalidRequest           422  VALIDATION_ERROR, and any other 422
 *     │   │   ├── MissingField              MISSING_FIELD
 *     │   │   ├── UnsupportedFormat         UNSUPPORTED_FORMAT
 *     │   │   ├── InvalidVideo              INVALID_VIDEO
 *     │   │   └── IdempotencyConflict       IDEMPOTENCY_CONFLICT
 *     │   ├── FileTooLarge             413  FILE_TOO_LARGE
 *     │   ├── Unauthorized             401  UNAUTHORIZED
 *     │   ├── Forbidden                403  FORBIDDEN
 *     │   ├── NotFound                 404  NOT_FOUND
 *     │   │   ├── VideoNotFound             VIDEO_NOT_FOUND
 *     │   │   └── JobNotFound               JOB_NOT_FOUND
 *     │   ├── Conflict                 409
 *     │   │   ├── JobAlreadyProcessing      JOB_ALREADY_PROCESSING
 *     │   │   ├── ResultNotReady            RESULT_NOT_READY
 *     │   │   ├── JobNotCancellable         JOB_NOT_CANCELLABLE
 *     │   │   └── VideoInUse                VIDEO_IN_USE
 *     │   ├── RequestTimeout           408  REQUEST_TIMEOUT
 *     │   ├── RangeNotSatisfiable      416  RANGE_NOT_SATISFIABLE
 *     │   ├── HostNotAllowed           421  HOST_NOT_ALLOWED
 *     │   ├── Busy                     raised once the retries are used up
 *     │   │   ├── RateLimited          429  RATE_LIMITED
 *     │   │   ├── QueueFull            503  QUEUE_FULL
 *     │   │   └── ServiceUnavailable   503  SERVICE_UNAVAILABLE
 *     │   ├── InsufficientStorage      507  INSUFFICIENT_STORAGE
 *     │   ├── InternalError            500  INTERNAL_ERROR
 *     │   └── UnexpectedAnswer         what answered does not speak like the engine: a proxy, or another service
 *     ├── ConnectionFailed             no answer came, or only a part of one
 *     ├── WaitTimedOut                 the job has not ended in the time that was given
 *     ├── JobNotCompleted              the job has ended otherwise
 *     └── SignatureInvalid             a webhook does not come from the engine, or is too old
 *
 * An AbortSignal's reason comes out as it is, and so does what a file or a callback of the caller's throws.
 */

import type { Job } from "./models.js";

/** A field that was not accepted. `field`: its path, such as `config.quality`. */
export interface InvalidField {
  readonly field: string;
  readonly message: string;
}

/** What is known of an answer that was no success. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly fields?: readonly InvalidField[];
  readonly requestId?: string | undefined;
  readonly retryAfterS?: number | undefined;
  readonly jobId?: string | undefined;
}

/** Base of all. `code` is stable; `status` and `requestId` are undefined where there was no answer to have them from. */
export class ClipzyError extends Error {
  readonly code: string = "CLIENT_ERROR";
  readonly status: number | undefined = undefined;
  readonly fields: readonly InvalidField[] = [];
  readonly requestId: string | undefined = undefined;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * The engine refused; `message` is its one sentence. `jobId`: of the job that is in the way, where one is; `retryAfterS`:
 * seconds that the engine asks to wait.
 */
export class ApiError extends ClipzyError {
  override readonly code: string;
  override readonly status: number;
  override readonly fields: readonly InvalidField[];
  override readonly requestId: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly jobId: string | undefined;

  constructor(message: string, refusal: Refusal, options?: ErrorOptions) {
    super(message, options);
    this.code = refusal.code;
    this.status = refusal.status;
    this.fields = refusal.fields ?? [];
    this.requestId = refusal.requestId;
    this.retryAfterS = refusal.retryAfterS;
    this.jobId = refusal.jobId;
  }
}

export class InvalidRequest extends ApiError {}
export class MissingField extends InvalidRequest {}
export class UnsupportedFormat extends InvalidRequest {}
export class InvalidVideo extends InvalidRequest {}
/** The Idempotency-Key was used before, for another request. */
export class IdempotencyConflict extends InvalidRequest {}
export class FileTooLarge extends ApiError {}
/** The engine wants a token, and this is none of its own. */
export class Unauthorized extends ApiError {}
/** The token may not do this, or the page from which it is asked. */
export class Forbidden extends ApiError {}
export class NotFound extends ApiError {}
export class VideoNotFound extends NotFound {}
export class JobNotFound extends NotFound {}
/** Not as things stand. */
export class Conflict extends ApiError {}
/** `jobId` does the same work, or has not ended. */
export class JobAlreadyProcessing extends Conflict {}
export class ResultNotReady extends Conflict {}
export class JobNotCancellable extends Conflict {}
/** By `jobId`, which has not ended. */
export class VideoInUse extends Conflict {}
/** The request's body came too slowly. */
export class RequestTimeout extends ApiError {}
export class RangeNotSatisfiable extends ApiError {}
/** The engine does not go by the name in the URL; its operator names it in ALLOWED_HOSTS. */
export class HostNotAllowed extends ApiError {}
/** Not at present; the same request may succeed later. */
export class Busy extends ApiError {}
export class RateLimited extends Busy {}
export class QueueFull extends Busy {}
export class ServiceUnavailable extends Busy {}
export class InsufficientStorage extends ApiError {}
export class InternalError extends ApiError {}
/** Not in the engine's envelope. */
export class UnexpectedAnswer extends ApiError {}

/** `requestId` is the one that was sent: where the request arrived, the engine's log has it. */
export class ConnectionFailed extends ClipzyError {
  override readonly code = "CONNECTION_FAILED";
  override readonly requestId: string | undefined;

  constructor(message: string, requestId?: string, options?: ErrorOptions) {
    super(message, options);
    this.requestId = requestId;
  }
}

/** `job`: as it was seen last, undefined where it was not seen at all. It goes on; only the waiting has ended. */
export class WaitTimedOut extends ClipzyError {
  override readonly code = "WAIT_TIMED_OUT";
  readonly job: Job | undefined;

  constructor(message: string, job?: Job) {
    super(message);
    this.job = job;
  }
}

/** The job failed or was cancelled; `code` is that of the job's own error where it has one. */
export class JobNotCompleted extends ClipzyError {
  override readonly code: string;
  readonly job: Job;

  constructor(message: string, job: Job) {
    super(message);
    this.job = job;
    this.code = job.error?.code ?? "JOB_NOT_COMPLETED";
  }
}

export class SignatureInvalid extends ClipzyError {
  override readonly code = "SIGNATURE_INVALID";
}

/** Go on only with a job that ended well; throws JobNotCompleted where it failed, was cancelled, or has not ended. */
export function throwUnlessCompleted(job: Job): void {
  if (job.status === "completed") return;
  const why = job.error ? `: ${job.error.message}` : "";
  throw new JobNotCompleted(`job ${job.job_id} is ${job.status}${why}`, job);
}

type ApiErrorClass = new (message: string, refusal: Refusal, options?: ErrorOptions) => ApiError;

const BY_CODE: Readonly<Record<string, ApiErrorClass>> = {
  VALIDATION_ERROR: InvalidRequest,
  MISSING_FIELD: MissingField,
  UNSUPPORTED_FORMAT: UnsupportedFormat,
  INVALID_VIDEO: InvalidVideo,
  IDEMPOTENCY_CONFLICT: IdempotencyConflict,
  FILE_TOO_LARGE: FileTooLarge,
  UNAUTHORIZED: Unauthorized,
  FORBIDDEN: Forbidden,
  NOT_FOUND: NotFound,
  VIDEO_NOT_FOUND: VideoNotFound,
  JOB_NOT_FOUND: JobNotFound,
  JOB_ALREADY_PROCESSING: JobAlreadyProcessing,
  RESULT_NOT_READY: ResultNotReady,
  JOB_NOT_CANCELLABLE: JobNotCancellable,
  VIDEO_IN_USE: VideoInUse,
  REQUEST_TIMEOUT: RequestTimeout,
  RANGE_NOT_SATISFIABLE: RangeNotSatisfiable,
  HOST_NOT_ALLOWED: HostNotAllowed,
  RATE_LIMITED: RateLimited,
  QUEUE_FULL: QueueFull,
  SERVICE_UNAVAILABLE: ServiceUnavailable,
  INSUFFICIENT_STORAGE: InsufficientStorage,
  INTERNAL_ERROR: InternalError,
};

const BY_STATUS: Readonly<Record<number, ApiErrorClass>> = {
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
};

/** The class for an engine's code; of a code that is not known here, the one for its status. */
export function errorClass(code: string, status: number): ApiErrorClass {
  return (Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : BY_STATUS[status]) ?? ApiError;
}
