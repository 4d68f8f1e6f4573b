"""Reads the engine's envelope: the model in `data`, or the error that it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from clipzy_client.errors import ApiError, FileTooLarge, InvalidField, UnexpectedAnswer, error_class

T = TypeVar("T", bound=BaseModel)

REQUEST_ID = "X-Request-ID"
EXCERPT = 200  # characters of an answer that nobody understands


def read_data(response: httpx.Response, kind: type[T]) -> T:
    """What a successful answer, read whole, holds.

    Raises:
        UnexpectedAnswer: it is not the engine's.
    """
    body = _body(response)
    if body is None or "data" not in body:
        raise _unexpected(response)
    try:
        return kind.model_validate(body["data"])
    except ValidationError as exc:
        raise _unexpected(response) from exc


def read_error(response: httpx.Response) -> ApiError:
    """The error in an answer, read whole, that is not a success."""
    body = _body(response)
    error = None if body is None else body.get("error")
    if not isinstance(error, Mapping) or not isinstance(error.get("code"), str):
        return _unexpected(response)
    code = error["code"]
    return error_class(code, response.status_code)(
        str(error.get("detail", code)),
        code=code,
        status=response.status_code,
        fields=tuple(_fields(error.get("fields"))),
        request_id=response.headers.get(REQUEST_ID),
        retry_after_s=retry_after_s(response.headers.get("Retry-After")),
        job_id=error["job_id"] if isinstance(error.get("job_id"), str) else None,
    )


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks to wait: a number of them, or a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def _body(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None


def _fields(given: object) -> list[InvalidField]:
    entries = given if isinstance(given, list) else []
    return [
        InvalidField(str(each.get("field")), str(each.get("message"))) for each in entries if isinstance(each, Mapping)
    ]


def _unexpected(response: httpx.Response) -> FileTooLarge | UnexpectedAnswer:
    """What a proxy says, or another service."""
    said = f"{response.request.url} answered {response.status_code} with what is not the engine's: {response.text[:EXCERPT]!r}"
    too_large = response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE  # of which there is no other meaning
    kind = FileTooLarge if too_large else UnexpectedAnswer
    return kind(
        f"{said}; a proxy takes no file of this size" if too_large else f"{said}; is base_url right?",
        code=kind.code,
        status=response.status_code,
        request_id=response.headers.get(REQUEST_ID),
        retry_after_s=retry_after_s(response.headers.get("Retry-After")),
    )
