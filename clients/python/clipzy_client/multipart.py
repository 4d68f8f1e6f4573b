"""A video as the body of a `multipart/form-data` request, read from its file while it is sent (RFC 7578)."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import secrets
import stat
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

import httpx

PIECE_BYTES = 1 << 18  # few calls, and a progress bar that moves

VideoFile: TypeAlias = str | Path | BinaryIO
"""A path, or a file that is open for reading bytes and can be read from its start again."""

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes done and those in all; None where nobody said how many there are."""


class UploadBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """One sending of a file and its fields; a retry needs another. At most one piece is in memory."""

    def __init__(
        self, video: VideoFile, fields: Mapping[str, str], on_progress: OnProgress | None, filename: str | None = None
    ) -> None:
        """Look at the file; a path is opened when it is sent. `filename`: what the engine is told, in place of its own.

        Raises:
            OSError: there is no such file, or it is a pipe or a device.
            ValueError: an open file is one of text, or has no name and none was given.
        """
        self._video = Path(video) if isinstance(video, str) else video
        self._size = _size_of(self._video)
        self._name = name = _name_of(self._video) if filename is None else filename
        self._on_progress = on_progress
        boundary = secrets.token_hex(16)
        texts = "".join(_head(boundary, f'name="{name}"') + f"{value}\r\n" for name, value in fields.items())
        file = f'name="file"; filename="{_quoted(name)}"\r\nContent-Type: application/octet-stream'
        self._opening = (texts + _head(boundary, file)).encode()
        self._closing = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.content_length = len(self._opening) + self._size + len(self._closing)
        self.may_have_arrived = False
        """Whether the last piece was given away: until then the engine cannot have taken the video."""

    def __iter__(self) -> Iterator[bytes]:
        """The body, piece by piece."""
        for piece, sent in self._pieces():
            yield piece
            self._tell(sent)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The same, with the file read in a thread."""
        pieces = self._pieces()
        try:
            while step := await asyncio.to_thread(next, pieces, None):
                piece, sent = step
                yield piece
                self._tell(sent)
        finally:
            # who was cancelled while a piece is read does not wait for it: the thread lets go of the file
            with suppress(ValueError):
                pieces.close()

    def _pieces(self) -> Generator[tuple[bytes, int], None, None]:
        """Each piece of the body, with the bytes of the file that are sent when it is.

        Raises:
            OSError: the file cannot be read, or is longer or shorter by now than it was announced to be.
        """
        yield self._opening, 0
        sent = 0
        with self._opened() as file:
            while piece := file.read(PIECE_BYTES):
                sent += len(piece)
                if sent > self._size:
                    raise self._changed()
                yield piece, sent
        if sent != self._size:
            raise self._changed()
        self.may_have_arrived = True
        yield self._closing, sent

    def _opened(self) -> AbstractContextManager[BinaryIO]:
        if isinstance(self._video, Path):
            return self._video.open("rb")
        self._video.seek(0)
        return nullcontext(self._video)  # whose it is closes it

    def _changed(self) -> OSError:
        return OSError(errno.EIO, "it changed its size while it was sent", self._name)

    def _tell(self, sent: int) -> None:
        if self._on_progress is not None:
            self._on_progress(sent, self._size)


def _size_of(video: Path | BinaryIO) -> int:
    if isinstance(video, io.TextIOBase):
        raise ValueError("the file is open for reading text; open it for bytes, as with open(path, 'rb')")
    if not isinstance(video, Path):
        return video.seek(0, os.SEEK_END)
    found = video.stat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):  # a folder says so when it is opened
        raise OSError(errno.ESPIPE, "a pipe or a device does not tell its size, so copy it to a file first", str(video))
    return found.st_size


def _name_of(video: Path | BinaryIO) -> str:
    name = getattr(video, "name", None)  # of an open file what it was opened by, which may be a number
    if not isinstance(name, str):
        raise ValueError("the open file has no name; give `filename`, such as clip.mp4: the engine looks at its ending")
    return Path(name).name


def _head(boundary: str, disposition: str) -> str:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"


def _quoted(name: str) -> str:
    """As a quoted string; a line end, which none can hold, as browsers write it, and what is no UTF-8 as `?`."""
    name = name.encode(errors="replace").decode()
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "%0D").replace("\n", "%0A")
