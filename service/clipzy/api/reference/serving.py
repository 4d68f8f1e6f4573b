"""Serves the reference at `/docs`, and the document behind it. The first request makes both, in a thread, since that takes about a second."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from clipzy.api.console.serving import StaticFile, answer
from clipzy.api.reference.page import page

PATH = "/docs"
DOCUMENT_PATH = "/openapi.json"

router = APIRouter(include_in_schema=False)


@router.api_route(PATH, methods=["GET", "HEAD"])
def read_reference(request: Request) -> Response:
    """The page; made once."""
    return answer(request, _file(request.app))


@router.api_route(DOCUMENT_PATH, methods=["GET", "HEAD"])
def read_document(request: Request) -> Response:
    """The OpenAPI document; made once."""
    return JSONResponse(request.app.openapi())


@lru_cache(maxsize=1)
def _file(app: FastAPI) -> StaticFile:
    return StaticFile.of(page(app.openapi()).encode(), ".html")
