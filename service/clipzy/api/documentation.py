"""What the OpenAPI document says of each route beyond its types: an example of its answer, and its errors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pydantic import BaseModel

from clipzy.api.envelope import ErrorDetail, Failure, Success
from clipzy.errors import ClipzyError

# The shape that FastAPI wants: by status.
Responses = dict[int | str, dict[str, Any]]

ANY_ERROR: Responses = {"default": {"model": Failure, "description": "Any other error, in the same envelope."}}


def answers(message: str, example: BaseModel, *errors: type[ClipzyError]) -> Responses:
    """An example of the answer, and one of each error."""
    answer = Success[Any](message=message, data=example.model_dump(mode="json")).model_dump(mode="json")
    return {200: {"content": {"application/json": {"example": answer}}}, **failures(*errors)}


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


def _example(error: type[ClipzyError]) -> dict[str, Any]:
    words = error.code.replace("_", " ").capitalize()
    detail = ErrorDetail(detail="One sentence with advice.", code=error.code)
    return Failure(message=words, error=detail).model_dump(mode="json")
