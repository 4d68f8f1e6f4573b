"""Sends a stored file, or the part of it that is asked for."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from clipzy.api.documentation import Responses, headers
from clipzy.api.ranges import requested_range
from clipzy.api.stored import Stored

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/x-msvideo",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".json": "application/json",
    ".otio": "application/json",
    ".cube": "text/plain; charset=utf-8",
    ".edl": "text/plain; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}

BYTES = "application/octet-stream"


def content_type(name: str) -> str:
    """By the file's ending; what is not known is bytes."""
    return CONTENT_TYPES.get(PurePosixPath(name).suffix.lower(), BYTES)


async def download(
    request: Request, stored: Stored, key: str, filename: str, content_type_of: str | None = None
) -> Response:
    """The answer to GET or HEAD for what is stored under a key; 206 for a part, 304 for what the client has already.

    `filename`: to save it as; `content_type_of`: the name whose suffix gives the content type, where that is another.

    Raises:
        NotFound: nothing is stored under the key.
        StorageUnavailable: the storage does not answer.
        RangeNotSatisfiable: the file has none of the bytes asked for.
    """
    size = await stored.ask(partial(stored.objects.size, key))
    # a key is never written twice, so that its name stands for its content
    etag = f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"'
    about = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",  # may be kept, but asked for each time: it may have been deleted
        "Content-Disposition": _attachment(filename),
        # nothing in it may run as a page of ours
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if _is_known(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=about)
    # If-Range: only a client whose part is of this very file may add to it (a weak tag never matches)
    unchanged = request.headers.get("if-range", etag) == etag
    part = requested_range(request.headers.get("range"), size) if unchanged else None
    start, end = part or (0, size)
    about |= {"Content-Type": content_type(content_type_of or filename), "Content-Length": str(end - start)}
    if part is not None:
        about["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=about)
    return StreamingResponse(await stored.stream(key, start, end), status, headers=about)


def file_answers(*kinds: str) -> Responses:
    """What the document says of the answers of `download`: the file in one of these content types."""
    content = {kind: {"schema": _content_of(kind), "example": "(bytes)"} for kind in kinds}
    return {
        200: {"description": "The whole file.", "content": content, "headers": headers("ETag", "Accept-Ranges")},
        206: {
            "description": "The requested bytes.",
            "content": content,
            "headers": headers("ETag", "Accept-Ranges", "Content-Range"),
        },
        304: {
            "description": "Not modified (If-None-Match).",
            "headers": headers("ETag", "Accept-Ranges"),
        },
    }


def _is_known(header: str | None, etag: str) -> bool:
    known = {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}
    return bool(known & {etag, "*"})


def _attachment(filename: str) -> str:
    """A Content-Disposition (RFC 6266): with the whole name in UTF-8 where the plain form, which older clients read, cannot hold it."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename)
    whole = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe='')}"
    return f'attachment; filename="{plain}"{whole}'


def _content_of(kind: str) -> dict[str, str]:
    # a reader of the document takes JSON for its value, not for bytes; each of these files has a shape of its own
    return {} if kind == "application/json" else {"type": "string", "format": "binary"}
