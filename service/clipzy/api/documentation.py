"""What the OpenAPI document says of each route beyond its types: an example of its answer, and its errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute
from pydantic import BaseModel

from clipzy.api.access import OPEN
from clipzy.api.envelope import ErrorDetail, Failure, InvalidField, Success, in_words
from clipzy.api.request_log import REQUEST_ID
from clipzy.errors import (
    ClipzyError,
    HostNotAllowed,
    JobAlreadyProcessing,
    RateLimited,
    ServiceUnavailable,
    Unauthorized,
    ValidationFailed,
    VideoInUse,
)

# As FastAPI takes them: a route's answers by status, and the whole document.
Responses = dict[int | str, dict[str, Any]]
Document = dict[str, Any]

# the name in the document of how callers say who they are
BEARER = "bearer"
_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token issued by the operator; not needed if API_TOKENS is empty.",
}

# Descriptions of the headers of answers. An answer that is documented with one always has it.
_HEADERS = {
    REQUEST_ID: "The client's id for this request, or a generated one; log lines carry it.",
    "WWW-Authenticate": "How to authenticate (RFC 6750).",
    "Retry-After": "Seconds to wait before trying again.",
    "ETag": "Identifies the file's content.",
    "Accept-Ranges": "`bytes`: parts of the file can be requested.",
    "Content-Range": "Range of these bytes, and the size of the file.",
}
_HEADERS_OF_STATUS = {
    "401": ("WWW-Authenticate",),
    "416": ("Content-Range", "Accept-Ranges"),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}

_ANY = f"Any other error, in the same envelope: {HostNotAllowed.status} `{HostNotAllowed.code}`, {ClipzyError.status} `{ClipzyError.code}`."
ANY_ERROR: Responses = {"default": {"model": Failure, "description": _ANY}}

# What each error may say
_DETAILS = {
    "VALIDATION_ERROR": "config.quality: Input should be 'low', 'medium' or 'high'",
    "MISSING_FIELD": "give a video_id, a template_video_id or both",
    "UNSUPPORTED_FORMAT": "files ending in .txt are not accepted; send mp4, mov, avi, mkv or webm",
    "INVALID_VIDEO": "the file is damaged or incomplete: its container cannot be read",
    "FILE_TOO_LARGE": "the file is larger than 1000 MiB",
    "VIDEO_NOT_FOUND": "no video vid_abc123; upload it first",
    "JOB_NOT_FOUND": "no job job_abc123",
    "NOT_FOUND": "job job_abc123 has no such artifact; /artifacts lists those it has",
    "JOB_ALREADY_PROCESSING": "job job_abc123 is already doing this work; use that job, or cancel it first",
    "RESULT_NOT_READY": "job job_abc123 is processing and has no result yet; try again later",
    "JOB_NOT_CANCELLABLE": "job job_abc123 has already ended: completed",
    "VIDEO_IN_USE": "job job_abc123 still uses video vid_abc123; cancel it or wait until it has ended",
    "REQUEST_TIMEOUT": "the body came too slowly: after the first 20 s it must average 8 KiB/s",
    "RANGE_NOT_SATISFIABLE": "the file has 1000 bytes; bytes=1000- asks for none of them",
    "IDEMPOTENCY_CONFLICT": "this Idempotency-Key was used with another request before; use a new key for each request",
    "UNAUTHORIZED": "send a token: Authorization: Bearer …",
    "FORBIDDEN": "this token may only read; use one of scope write",
    "RATE_LIMITED": "more than 60 requests a minute; try again in 1 s",
    "QUEUE_FULL": "1000 jobs are already waiting; try again later",
    "SERVICE_UNAVAILABLE": "the object storage does not answer; try again later",
    "INSUFFICIENT_STORAGE": "there is no space left for the file; try a smaller one, or try again later",
}
_FIELDS = {
    "VALIDATION_ERROR": InvalidField(field="config.quality", message="Input should be 'low', 'medium' or 'high'"),
    "MISSING_FIELD": InvalidField(field="video_id", message="is required without a template"),
}


def answers(
    message: str, example: BaseModel, *errors: type[ClipzyError], links: dict[str, Any] | None = None
) -> Responses:
    """An example of the answer, and one of each error. `links`: what can be done next, from `next_calls`."""
    answer = Success[Any](message=message, data=example.model_dump(mode="json")).model_dump(mode="json")
    example_of = {"application/json": {"example": answer}}
    good = {"description": f"{message}.", "content": example_of, **({"links": links} if links else {})}
    return {200: good, **failures(*errors)}


def next_calls(parameter: str, *operations: str) -> dict[str, Any]:
    """OpenAPI links to operations that take an id out of this answer's `data` as their parameter of the same name."""
    value = {parameter: f"$response.body#/data/{parameter}"}
    return {operation: {"operationId": operation, "parameters": value} for operation in operations}


def failures(*errors: type[ClipzyError]) -> Responses:
    """The errors that a route may answer, by status, with an example of each."""
    by_status: defaultdict[int, list[type[ClipzyError]]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {
        status: {
            "model": Failure,
            "description": " or ".join(f"`{error.code}`" for error in kinds),
            "content": {"application/json": {"examples": {error.code: {"value": _example(error)} for error in kinds}}},
        }
        for status, kinds in sorted(by_status.items())
    }


def declare_tokens(document: Document) -> None:
    """Say of every operation but those on `OPEN` paths that it wants a token."""
    document["components"]["securitySchemes"] = {BEARER: _SCHEME}
    for path, item in document["paths"].items():
        if path not in OPEN:
            for operation in item.values():
                operation["security"] = [{BEARER: []}]


def headers(*names: str) -> dict[str, Any]:
    """The documentation of headers that an answer always has."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def declare_headers(document: Document) -> None:
    """Say of every answer which headers it has."""
    document["components"]["headers"] = {
        name: {"description": meaning, "required": True, "schema": {"type": "string"}}
        for name, meaning in _HEADERS.items()
    }
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                named = headers(REQUEST_ID, *_HEADERS_OF_STATUS.get(status, ()))
                response["headers"] = response.get("headers", {}) | named


def restore_nulls(document: Document, routes: Iterable[APIRoute]) -> None:
    """Put the examples into the document again: FastAPI drops nulls from them."""
    for route in routes:
        if not route.include_in_schema:
            continue
        for method in route.methods or ():
            documented = document["paths"][route.path][method.lower()]["responses"]
            for status, response in route.responses.items():
                for kind, content in response.get("content", {}).items():
                    given = {name: content[name] for name in ("example", "examples") if name in content}
                    documented[str(status)]["content"][kind] |= given


def order_parameters(document: Document) -> None:
    """Put those in a path into its order, in which generated clients take them; FastAPI puts those that several routes share last."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation.get("parameters", []).sort(key=lambda each, path=path: _place(path, each))


def _place(path: str, parameter: dict[str, Any]) -> int:
    return path.find(f"{{{parameter['name']}}}") if parameter["in"] == "path" else len(path)


def _example(error: type[ClipzyError]) -> dict[str, Any]:
    fields = [_FIELDS[error.code]] if issubclass(error, ValidationFailed) else None
    job_id = "job_abc123" if issubclass(error, JobAlreadyProcessing | VideoInUse) else None
    detail = ErrorDetail(detail=_DETAILS[error.code], code=error.code, job_id=job_id, fields=fields)
    return Failure(message=in_words(error.code), error=detail).model_dump(mode="json")


# of every route that a token may be asked for
GUARDED: Responses = {**ANY_ERROR, **failures(Unauthorized, RateLimited, ServiceUnavailable)}
