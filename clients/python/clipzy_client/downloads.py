"""Fetches files: streamed to a file beside the target, gone on with where a connection broke, and moved into place whole.

A link stays one, and the file that it leads to is replaced. Pipes and devices stay what they are, and are given the bytes as they come.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from pathlib import Path, PurePath

import httpx

from clipzy_client import calls
from clipzy_client.errors import ApiError, ConnectionFailed, RangeNotSatisfiable
from clipzy_client.exchange import Exchange
from clipzy_client.multipart import OnProgress
from clipzy_client.requests import Request
from clipzy_client.transport import Transport

# characters of a file's name in that of its part: the whole of one that is as long as names may be would leave no room for the rest
NAMED = 24
READER_S = 0.05  # between two looks whether somebody reads a pipe
_PART = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")  # the star: of a file whose size is not told


class PartialFile:
    """What has come so far of one download, in a file of its own beside the target, or in the pipe or device that the target is. `size`: bytes written."""

    def __init__(self, target: Path) -> None:
        """Begin an empty one, without waiting.

        Raises:
            OSError: the folder is not there or cannot be written to, the target is a folder, or a pipe that nobody reads yet (ENXIO).
        """
        self._path: Path | None = None
        self._target = target
        if target.exists() and not target.is_file():
            self._file = open(target, "wb", opener=_without_waiting)  # noqa: SIM115 (`drop` closes it)
        else:
            self._target = Path(os.path.realpath(target))
            self._path = self._target.with_name(f".{self._target.name[:NAMED]}.{secrets.token_hex(4)}.part")
            self._file = self._path.open("xb")
        self._etag: str | None = None
        self.size = 0
        self.total: int | None = None

    def headers(self) -> dict[str, str]:
        """Ask for what is missing, as long as it is still the same file; bytes as they are, since ranges count those."""
        headers = {"Accept-Encoding": "identity"}
        if self.size and self._etag is not None:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": self._etag}
        return headers

    def begin(self, response: httpx.Response) -> None:
        """Go on where the answer does: at the part that was asked for, or at the start of a file that is another by now."""
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            extent = response.headers.get("Content-Range", "")
            part = _PART.fullmatch(extent)
            if part is None:
                raise ConnectionFailed(f"a part of the file came that does not say which: {extent!r}")
            start, self.total = int(part[1]), self.total if part[2] == "*" else int(part[2])
        else:
            length = response.headers.get("Content-Length", "")
            start, self.total = 0, int(length) if length.isdecimal() else None
        if start > self.size:
            raise ConnectionFailed(f"the answer begins at byte {start}, where {self.size} was asked for")
        self.start_over(start)
        etag = response.headers.get("ETag", "")
        self._etag = etag if etag.startswith('"') else None  # a weak one says nothing of bytes

    def start_over(self, size: int = 0) -> None:
        """Keep so many bytes.

        Raises:
            OSError: the target is a pipe or a device, which takes nothing back.
        """
        if size == self.size:
            return
        if self._path is None:
            why = "it became another file while it was fetched, and nothing of it can be taken back"
            raise OSError(errno.ESPIPE, why, str(self._target))
        self._file.seek(size)
        self._file.truncate()
        self.size = size

    def write(self, piece: bytes) -> None:
        """Add what came."""
        self._file.write(piece)
        self.size += len(piece)

    def missing(self) -> str:
        """What is missing, in words; empty where nothing is known to be."""
        return "" if self.total in {None, self.size} else f"{self.size} of {self.total} bytes came"

    def keep(self) -> None:
        """Put the whole file in its place, in one step and safe from a crash."""
        self._file.flush()
        if self._path is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._path.replace(self._target)

    def drop(self) -> None:
        """Leave nothing, unless it was kept."""
        self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)


async def fetch_file(exchange: Exchange, path: str, target: Path, on_progress: OnProgress | None) -> Path:
    """The file at that path of the API, at the target; there it is whole or not at all, unless that is a pipe or a device.

    An engine that goes away once a part has come is waited for, as polling does.

    Raises:
        ApiError: the engine refuses; ResultNotReady where there is nothing yet.
        ConnectionFailed: it stays away, or connections break one after the other, with nothing coming between.
        OSError: it cannot be written.
    """
    transport = exchange.transport
    part = await _begun(transport, target)
    try:
        broken = missed = 0
        while True:
            size_before = part.size
            try:
                why = await _fetch_more(exchange, path, part, on_progress)
            except (ApiError, ConnectionFailed) as exc:
                if not part.size:  # nothing is lost: like any other request
                    raise
                missed += 1
                await transport.sleep(exchange.pause_while_away_s(exc, missed))
                continue
            if not why:
                await transport.in_thread(part.keep)
                return target
            missed, broken = 0, 1 if part.size > size_before else broken + 1
            pause_s = exchange.retries.pause_s(broken - 1)
            if pause_s is None:
                raise ConnectionFailed(f"{target.name} did not come whole: {why}")
            await transport.sleep(pause_s)
    finally:
        await transport.in_thread(part.drop)


async def _begun(transport: Transport, target: Path) -> PartialFile:
    """In no thread: who calls a download off would leave the file that it makes, and one that waits for a pipe's reader."""
    while True:
        try:
            return PartialFile(target)
        except OSError as exc:
            if exc.errno != errno.ENXIO or not target.is_fifo():
                raise
        await transport.sleep(READER_S)


def _without_waiting(path: str, flags: int) -> int:
    """Open what is there, as `open` does it; a pipe without waiting for its reader."""
    if not Path(path).is_fifo():
        return os.open(path, flags)
    file = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(file, True)
    return file


async def fetch_artifacts(exchange: Exchange, job_id: str, folder: Path) -> tuple[Path, ...]:
    """Every artifact of a job, in a folder that is made where it is not there yet.

    Raises:
        As `fetch_file`.
    """
    listed = await exchange.ask(calls.list_artifacts(job_id))
    await exchange.transport.in_thread(folder.mkdir, parents=True, exist_ok=True)
    # a name may not lead out of the folder, whoever answers
    names = [each.name for each in listed.artifacts if each.name == PurePath(each.name).name]
    return tuple([await fetch_file(exchange, calls.artifact_path(job_id, name), folder / name, None) for name in names])


async def _fetch_more(exchange: Exchange, path: str, part: PartialFile, on_progress: OnProgress | None) -> str:
    """Go on with a download; what stood in its way, empty where it is whole."""
    transport = exchange.transport
    request = Request("GET", path, repeatable=True, headers=part.headers())
    try:
        async with exchange.opened(request) as response:
            await transport.in_thread(part.begin, response)
            async for piece in transport.pieces(response):
                await transport.in_thread(part.write, piece)
                if on_progress is not None:
                    on_progress(part.size, part.total)
    except httpx.RequestError as exc:
        return str(exc) or type(exc).__name__
    except RangeNotSatisfiable as exc:  # shorter by now, so it is another one
        await transport.in_thread(part.start_over)
        return str(exc)
    return part.missing()
