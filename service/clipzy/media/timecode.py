"""The time code with which a camera's file begins: what editors look for when they find a list's pictures in it."""

from __future__ import annotations

from pathlib import Path

from clipzy.media.containers import open_media, video_stream


def start_timecode(path: Path) -> str | None:
    """Of the first frame, HH:MM:SS:FF, or HH:MM:SS;FF where frame numbers are dropped (SMPTE ST 12-1); None where the file has none.

    Raises UnsupportedFormat or InvalidVideo when the file cannot be opened.
    """
    with open_media(path) as container:
        tags = [
            video_stream(container).metadata,
            *(stream.metadata for stream in container.streams),
            container.metadata,
        ]
        return next((each["timecode"] for each in tags if "timecode" in each), None)
