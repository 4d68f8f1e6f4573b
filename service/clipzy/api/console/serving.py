"""Serves the console's files, which are part of the package: no build step, nothing from another host.

All files but the page have an address that changes when any of them does: a browser asks for the page each time, for the files
once, and never mixes those of two versions. They hold no secrets and need no token, so that the page can ask for one.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

FOLDER = Path(__file__).parent / "static"
PAGE = "index.html"  # names its files relative to itself, so that a proxy may put all of it below a path
REFERENCE = "reference/"  # files of another router's page
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


ASK_EACH_TIME = "no-cache"  # kept, but an upgrade is seen at once
NEVER_ASK_AGAIN = "public, max-age=31536000, immutable"  # RFC 8246; a year stands for ever


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
            "ETag": f'W/"{_digest(content)}"',  # weak: it stands for the zipped content too
            "Content-Security-Policy": POLICY,
            "Vary": "Accept-Encoding",
        }
        return cls(content, gzip.compress(content, mtime=0), headers)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


_CONTENTS = {
    path.relative_to(FOLDER).as_posix(): path.read_bytes()
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in CONTENT_TYPES and path.name != PAGE
}
_FILES = {name: StaticFile.of(content, Path(name).suffix) for name, content in _CONTENTS.items()}
VERSION = _digest("".join(name + file.headers["ETag"] for name, file in _FILES.items()).encode())[:12]
ADDRESS = f"console/{VERSION}/"  # of the files, as pages name them


def _page() -> StaticFile:
    """The page with the files' address in it, and with each module named, so that all are fetched at once."""
    modules = [name for name in _FILES if name.endswith(".js") and not name.startswith(REFERENCE)]
    preloads = "".join(f'<link rel="modulepreload" href="console/{name}" />\n    ' for name in modules)
    text = (FOLDER / PAGE).read_text().replace("<script", f"{preloads}<script", 1)
    return StaticFile.of(text.replace('"console/', f'"{ADDRESS}').encode(), ".html")


_PAGE = _page()
_AT = re.compile(r"/console/[^/]+/(.+)")
router = APIRouter(include_in_schema=False)


def is_open(path: str) -> bool:
    """Whether an address is one of the console's: its page, or a file of this version or another."""
    found = _AT.fullmatch(path)
    return path == "/" or (found is not None and found[1] in _FILES)


def answer(request: Request, file: StaticFile, cache_control: str = ASK_EACH_TIME) -> Response:
    """The file, or 304 where the client has it already."""
    headers = {**file.headers, "Cache-Control": cache_control}
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {file.headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.zipped, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, headers=headers)


@router.api_route("/", methods=["GET", "HEAD"])
async def read_page(request: Request) -> Response:
    """The page."""
    return answer(request, _PAGE)


@router.api_route("/console/{version}/{name:path}", methods=["GET", "HEAD"])
async def read_file(request: Request, version: str, name: str) -> Response:
    """A file of the page. At another version's address it is the file of this one, not to be kept: two versions may serve side by side."""
    if name not in _FILES:
        raise HTTPException(404)
    return answer(request, _FILES[name], NEVER_ASK_AGAIN if version == VERSION else "no-store")
