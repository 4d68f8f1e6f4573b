"""Uploads to an API under test, of files that differ in nothing but a box that players pass over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


def grown(path: Path, target: Path, size: int) -> Path:
    """The mp4 with a free box of that many bytes, 8 at least, at its end: the same video under another hash."""
    target.write_bytes(path.read_bytes() + size.to_bytes(4, "big") + b"free")
    with target.open("ab") as file:
        file.truncate(file.tell() + size - 8)
    return target


def upload(client: httpx.Client, path: Path) -> str:
    """The id that a video gets."""
    with path.open("rb") as file:
        answer = client.post("/api/v1/videos/upload", files={"file": (path.name, file)})
    return str(answer.raise_for_status().json()["data"]["video_id"])
