"""Serves the console's files, which are part of the package: no build step, nothing from another host.

They hold no secrets, so that whoever has no token yet can be asked for one.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

FOLDER = Path(__file__).parent / "static"
PREFIX = "/console/"  # beside it in index.html, which names its files relative to itself
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        # blob: what was fetched with a token, which <img> and <video> cannot send
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that is the same for everybody, plain and zipped."""

    content: bytes
    zipped: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, content: bytes, suffix: str) -> StaticFile:
        """A file by its content, and its name's ending."""
        headers = {
            "Content-Type": CONTENT_TYPES[suffix],
            "ETag": f'W/"{hashlib.sha256(content).hexdigest()[:32]}"',  # weak: it stands for the zipped content too
            "Cache-Control": "no-cache",  # kept, and asked for each time: an upgrade is seen at once, and whole
            "Content-Security-Policy": POLICY,
            "Vary": "Accept-Encoding",
        }
        return cls(content, gzip.compress(content, mtime=0), headers)


_FILES = {
    "/" if path.name == "index.html" else f"{PREFIX}{path.relative_to(FOLDER).as_posix()}": StaticFile.of(
        path.read_bytes(), path.suffix
    )
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in CONTENT_TYPES
}
# each address that the console has
PATHS = frozenset(_FILES)

router = APIRouter(include_in_schema=False)


def answer(request: Request, file: StaticFile) -> Response:
    """The file, as far as the client does not have it yet."""
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {file.headers["ETag"], "*"}:
        return Response(status_code=304, headers=file.headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.zipped, headers={**file.headers, "Content-Encoding": "gzip"})
    return Response(file.content, headers=file.headers)


def _route(file: StaticFile) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return answer(request, file)

    return serve


for _path, _file in _FILES.items():
    router.add_api_route(_path, _route(_file), methods=["GET", "HEAD"])
