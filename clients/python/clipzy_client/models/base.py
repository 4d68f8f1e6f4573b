"""What all models share: they are frozen, and take what a later engine may add."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """What the engine answers. Fields that are not known here are kept in `model_extra`."""

    model_config = ConfigDict(frozen=True, extra="allow")


class OpenEnum(StrEnum):
    """An enumeration that may grow: a value that is not known here becomes a member of its own, without a name of ours."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member


class Page(Answer):
    """One page of a list. `total`: entries on all pages; `page`: from 1."""

    total: int
    page: int
    page_size: int
