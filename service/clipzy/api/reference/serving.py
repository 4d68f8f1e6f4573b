"""Serves the reference at `/docs`."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request, Response

from clipzy.api.console.serving import StaticFile, answer
from clipzy.api.reference.page import page

PATH = "/docs"

router = APIRouter(include_in_schema=False)


@router.api_route(PATH, methods=["GET", "HEAD"])
async def read_reference(request: Request) -> Response:
    """The page; made once."""
    return answer(request, _file(request.app))


@lru_cache(maxsize=1)
def _file(app: FastAPI) -> StaticFile:
    return StaticFile.of(page(app.openapi()).encode(), ".html")
