"""A caller's own data on a job: kept, given back and never looked into, within bounds."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

MOST_BYTES = 16 << 10
MOST_DEPTH = 8  # the object itself is the first level


def _bounded(data: dict[str, Any]) -> dict[str, Any]:
    if _depth_over(data, MOST_DEPTH):
        raise PydanticCustomError("too_deep", "must not be nested more than 8 deep")
    try:
        encoded = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as exc:  # NaN, or half a character
        raise PydanticCustomError("not_json", "must be valid JSON with finite numbers and valid Unicode text") from exc
    # PostgreSQL keeps no zero character
    if len(encoded) > MOST_BYTES or _has_zero(data):
        raise PydanticCustomError("too_long", "must be at most 16 KiB of JSON, without zero characters")
    return data


def _depth_over(data: object, most: int) -> bool:
    level = [data]
    for _ in range(most):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return any(isinstance(each, dict | list) for each in level)


def _has_zero(data: object) -> bool:
    if isinstance(data, dict):
        return any(_has_zero(each) for pair in data.items() for each in pair)
    if isinstance(data, list):
        return any(map(_has_zero, data))
    return isinstance(data, str) and "\0" in data


OwnData = Annotated[dict[str, Any], AfterValidator(_bounded)]
