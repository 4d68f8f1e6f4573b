"""Whether a file asks players to cut off the edges of its pictures, as QuickTime does; the engine, as many players, shows them whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from av.video.stream import VideoStream

# ISO/IEC 14496-12: where the coding of each stream is described, and in it (12.1.4) the width and height to show, each a numerator and a denominator
DESCRIPTIONS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
APERTURE = b"\0\0\0\x28clap"
SIZE_AT = 40  # byte of a description at which its first entry's width and height stand (ISO 14496-12, 8.5.2 and 12.1.3)
MOST_BOXES, MOST_BYTES = 4000, 2**16  # that are looked at, so that no file takes long; of a description


def cut_edges(path: Path, stream: VideoStream) -> str | None:
    """A sentence if the file asks to show less than whole pictures, else None; `stream`: of the file `path`."""
    if "mov" not in stream.container.format.name:
        return None
    with path.open("rb") as file:
        whole = 0, path.stat().st_size
        for start, end in _found(file, whole, DESCRIPTIONS, iter(range(MOST_BOXES))):
            file.seek(start)
            description = file.read(min(end - start, MOST_BYTES))
            # another track's, as of a smaller picture beside it
            if len(description) < SIZE_AT + 4 or struct.unpack_from(">2H", description, SIZE_AT) != (
                stream.width,
                stream.height,
            ):
                continue
            width, height = _aperture(description)
            if 0 < width < stream.width or 0 < height < stream.height:
                return (
                    f"the file asks players to show {width} x {height} of its {stream.width} x {stream.height} pixels (clean aperture):"
                    " that was ignored, the pictures are whole"
                )
    return None


def _found(
    file: BufferedReader, within: tuple[int, int], path: tuple[bytes, ...], boxes: Iterator[int]
) -> Iterator[tuple[int, int]]:
    """Where the bodies of the boxes on that path begin and end, in bytes of the file; `boxes`: has an item for each box that may be looked at."""
    at, end = within
    for _ in boxes:
        file.seek(at)
        head = file.read(16)
        if at >= end or len(head) < 16:
            return
        size, kind = struct.unpack_from(">I4s", head)
        body = at + 8
        if size == 1:  # a longer number follows
            (size,), body = struct.unpack_from(">Q", head, 8), at + 16
        after = min(at + size, end) if size else end
        if after < body:
            return
        if kind == path[0]:
            yield from _found(file, (body, after), path[1:], boxes) if path[1:] else iter([(body, after)])
        at = after


def _aperture(description: bytes) -> tuple[int, int]:
    """Width and height that a stream's description asks to show, in pixels; 0 without."""
    at = description.find(APERTURE) + len(APERTURE)
    if at < len(APERTURE) or len(description) < at + 16:
        return 0, 0
    width, across, height, down = struct.unpack_from(">4I", description, at)
    return round(width / across) if across else 0, round(height / down) if down else 0
