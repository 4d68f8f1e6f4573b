"""Turns every error into the one envelope: our own, the framework's, and what nobody expected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clipzy.api.bodies import LEAST_BYTES_PER_S, PATIENCE_S
from clipzy.api.envelope import METHOD_NOT_ALLOWED, ErrorDetail, Failure, InvalidField, in_words
from clipzy.api.schemas.base import ID_PATTERN
from clipzy.errors import (
    ClipzyError,
    MissingField,
    RangeNotSatisfiable,
    RequestError,
    RequestTimeout,
    ServiceUnavailable,
    StorageUnavailable,
    ValidationFailed,
)
from clipzy.storage.database import AWAY
from clipzy.telemetry import log

RETRY_AFTER_S = 10
STOPPING = "this server is stopping and cannot say whether the request was carried out: check, then send it again"
INTERNAL = "an internal error occurred; the log has it under the request id"
MOST_FIELDS, LONGEST_NAME = 50, 200  # of the faults in a refusal; the others show once these are mended
CLIENT_CLOSED = 499  # nginx's number for it; nobody is left to read the answer

# What the framework itself answers: its status, our code, and advice.
_FRAMEWORK = {
    404: ("NOT_FOUND", "there is nothing at this address"),
    405: (METHOD_NOT_ALLOWED, "this address does not support that method"),
    408: (
        RequestTimeout.code,
        f"the body came too slowly: after the first {PATIENCE_S:.0f} s it must average {LEAST_BYTES_PER_S >> 10} KiB/s",
    ),
    413: ("FILE_TOO_LARGE", "the body is larger than the limit here"),
}
# what curl sends with -d and no header is a form's type
NOT_SENT_AS_JSON = "must be JSON, sent with the header Content-Type: application/json"
# pydantic's type of error for a body that was not read as JSON, or is no object
NO_OBJECT = "model_attributes_type"
# Where a field was looked for; the rest of its path is its name.
_PLACES = frozenset({"body", "query", "path", "header"})


def failure(
    status: int,
    code: str,
    detail: str,
    *,
    job_id: str | None = None,
    fields: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error's answer; its message is the code in words. `job_id`: of a job that is in the way."""
    invalid = [InvalidField(field=name, message=message) for name, message in fields]
    body = Failure(
        message=in_words(code),
        error=ErrorDetail(detail=detail, code=code, job_id=job_id, fields=invalid or None),
    )
    return JSONResponse(body.model_dump(mode="json"), status, headers=headers)


def install(app: FastAPI, allowed_methods: Callable[[str], frozenset[str]]) -> None:
    """Let the app answer every error in the envelope. `allowed_methods`: those that any route takes on a path."""

    async def framework_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        # the framework names the methods of one route, where several share the path
        allowed = {"Allow": ", ".join(sorted(allowed_methods(request.url.path)))}
        code, detail = _FRAMEWORK.get(error.status_code, ("VALIDATION_ERROR", "the request cannot be read"))
        path = request.url.path
        if error.status_code == 404 and path != path.rstrip("/") and allowed_methods(path.rstrip("/")):
            detail += "; without the slash at its end there is"
        status = error.status_code if error.status_code in _FRAMEWORK else 422
        return failure(status, code, detail, headers=allowed if status == 405 else None)

    app.add_exception_handler(ClipzyError, _own_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, framework_error)
    for away in AWAY:
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(ClientDisconnect, _client_gone)


def validation_failed(error: ValidationError) -> ValidationFailed:
    """An error of pydantic's as one of ours."""
    return _named(error.errors(include_input=False, include_url=False))


class LastResort:
    """ASGI middleware, the innermost: an error that nobody foresaw is logged with its trace and answered without it.

    A request that a stop of the server cuts is refused, where its answer has not begun.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer in its stead where it fails."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except asyncio.CancelledError:  # the server's way to end what has outlasted its grace
            log.warning("a request is cut off, since the server stops", path=scope["path"])
            if not started:
                await refusal(ServiceUnavailable(STOPPING), {"Connection": "close"})(scope, receive, send)
            raise
        except Exception as error:  # whatever nobody foresaw: the log gets the trace, the client a sentence
            # how the framework reports a refusal that was raised after the answer had begun
            if started and isinstance(error.__cause__, RequestError):
                log.error("an answer breaks off", path=scope["path"], error=str(error.__cause__))
                return  # the server closes the connection of an answer that is not whole
            log.exception("a request failed", path=scope["path"])
            if started:  # the client must see that the answer is cut short
                raise
            await failure(500, "INTERNAL_ERROR", INTERNAL)(scope, receive, send)


async def _own_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClipzyError)
    if not isinstance(error, RequestError):
        log.error("a request failed", path=request.url.path, exc_info=error)
        return failure(500, "INTERNAL_ERROR", INTERNAL)
    if isinstance(error, StorageUnavailable):
        log.error("the object storage does not answer", exc_info=error)
    return refusal(error)


def refusal(error: RequestError, more_headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer to a request that is refused."""
    headers = dict(more_headers or {})
    if error.retryable:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, RangeNotSatisfiable):
        headers |= {"Content-Range": f"bytes */{error.size_bytes}", "Accept-Ranges": "bytes"}
    fields = error.fields if isinstance(error, ValidationFailed) else ()
    return failure(error.status, error.code, str(error), job_id=error.job_id, fields=fields, headers=headers)


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if any(each["type"] == NO_OBJECT and each["loc"] == ("body",) for each in errors) and not _is_json(request):
        return refusal(ValidationFailed(f"body: {NOT_SENT_AS_JSON}", (("body", NOT_SENT_AS_JSON),)))
    return await _own_error(request, _named(errors))


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


async def _database_away(_request: Request, error: Exception) -> Response:
    log.error("the database does not answer", exc_info=error)
    return refusal(ServiceUnavailable("the database is not answering; try again"))


async def _client_gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED)


def _named(errors: Sequence[Mapping[str, Any]]) -> ValidationFailed:
    """MISSING_FIELD where a required field is absent, else VALIDATION_ERROR; both name every field."""
    fields = tuple((_field(each["loc"], each["type"])[:LONGEST_NAME], _message(each)) for each in errors[:MOST_FIELDS])
    kind = MissingField if any(each["type"] == "missing" for each in errors) else ValidationFailed
    return kind("; ".join(f"{name}: {message}" for name, message in fields[:5]), fields)


def _field(location: Sequence[str | int], kind: str) -> str:
    if kind == "json_invalid":  # the rest of its location is a position in the text
        return "body"
    path = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(step) for step in path) or "body"


def _message(error: Mapping[str, Any]) -> str:
    """What is wrong with a field, in JSON's words where pydantic's are Python's."""
    said = str(error["msg"])
    match error["type"]:
        case "missing":
            said = "is required"
        case "extra_forbidden":
            said = "is not a known field"
        case "json_invalid":
            said = f"is not valid JSON: {error['ctx']['error']}, at character {error['loc'][-1]}"
        case "string_pattern_mismatch" if error["ctx"]["pattern"] == ID_PATTERN:
            said = "must be an id of letters, digits, - and _, such as vid_abc123"
        case "dict_type" | "model_type" | "model_attributes_type":
            said = "must be an object"
        case "float_type":
            said = "must be a number, without quotation marks"
        case "int_type":
            said = "must be a whole number, without quotation marks"
        case "bool_type":
            said = "must be true or false, without quotation marks"
        case "literal_error":
            said = said.replace("True", "true").replace("False", "false")
    return said
