"""Accepts an upload: received on the storage's own disk, looked at in a guarded child process, then put in its place."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

import anyio
from anyio import to_thread
from fastapi import Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from clipzy.api.bodies import announced_bytes
from clipzy.api.failures import validation_failed
from clipzy.api.forms import MOST_BESIDE, Form, FormReader, too_large
from clipzy.api.room import Room, Share
from clipzy.api.schemas.videos import UploadFields
from clipzy.api.services import Services
from clipzy.api.stored import MOST_THREADS, Stored
from clipzy.api.turns import Turns
from clipzy.api.webhooks import check_target
from clipzy.errors import (
    ClipzyError,
    FileTooLarge,
    InsufficientStorage,
    InvalidVideo,
    MissingField,
    StorageUnavailable,
    UnsupportedFormat,
    ValidationFailed,
    VideoNotFound,
)
from clipzy.jobs.records import Video, VideoMetadata, new_video_id, now
from clipzy.machine.disks import is_full
from clipzy.media.decoding.probe import Limits, Probe, probe
from clipzy.media.guard import guarded
from clipzy.storage.database import AWAY
from clipzy.storage.keys import video_key
from clipzy.storage.volume import answering, private_folder
from clipzy.telemetry import log
from clipzy.telemetry.metrics import UPLOAD_BYTES, UPLOADS

INCOMING = ".incoming"  # beside the storage's own folders: a file is put in its place by renaming it
BATCH_BYTES = 1 << 20  # gathered before the disk is bothered; one batch an upload is all that is in memory
ABANDONED_S = 3600.0  # without a byte: its process has died
REFUSALS: tuple[type[ClipzyError], ...] = (
    *(MissingField, ValidationFailed, VideoNotFound, FileTooLarge),
    *(UnsupportedFormat, InvalidVideo, InsufficientStorage, StorageUnavailable),
)
# Labels of the counter of uploads
OUTCOMES = ("accepted", "disconnected", "error", *(each.code.lower() for each in REFUSALS))
NOT_SWEPT = "what is left of broken uploads could not be removed"


class Uploads:
    """Takes uploads in, any number at once."""

    def __init__(self, services: Services, stored: Stored, room: Room, turns: Turns) -> None:
        self._services = services
        self._room = room
        settings = services.settings
        self._folder = services.objects.local_path(INCOMING) or settings.data_path.resolve() / INCOMING
        self._disk = "DATA_PATH" if services.objects.local_path(INCOMING) is None else "LOCAL_STORAGE_PATH"
        self._most_bytes = settings.max_file_size_mb << 20
        self._stored = stored
        # for the disk of incoming files, whatever the storage does
        self._threads = anyio.CapacityLimiter(MOST_THREADS)
        self._turns = turns

    def sweep(self) -> None:
        """Make the folder of incoming files, and remove those whose receiver died."""
        self._make_folder()
        for path in self._folder.iterdir():
            try:
                if path.stat().st_mtime < time.time() - ABANDONED_S:
                    path.unlink()
            except FileNotFoundError:  # another API has just finished with it
                continue
            except PermissionError as error:
                log.warning(NOT_SWEPT, error=str(error))

    async def keep_sweeping(self) -> None:
        """Sweep now and every hour: what a dead process has left must first be old.

        A disk that fails does not stop the API, which says so where it is asked whether it is ready.
        """
        while True:
            try:
                await to_thread.run_sync(self.sweep, limiter=self._threads)
            except (OSError, StorageUnavailable) as error:
                log.warning(NOT_SWEPT, error=str(error))
            await asyncio.sleep(ABANDONED_S)

    async def accept(self, request: Request, owner: str | None = None) -> Video:
        """Receive an owner's video, check it and record it; where anything fails nothing of it stays.

        Raises:
            MissingField, ValidationFailed: the form is not what it should be.
            FileTooLarge: over MAX_FILE_SIZE_MB.
            UnsupportedFormat, InvalidVideo: not a video that can be worked with.
            VideoNotFound: the template that it names does not exist.
            InsufficientStorage: there is no room for it.
            StorageUnavailable: the storage does not answer, or the disk takes no writes.
            ServiceUnavailable: too many files wait to be looked at.
            ClientDisconnect: the connection broke.
        """
        with _counted() as accepted:
            video = await self._accept(request, owner)
            accepted(video)
            return video

    async def _accept(self, request: Request, owner: str | None) -> Video:
        path = self._folder / secrets.token_hex(16)
        leftovers = ExitStack()
        share = leftovers.enter_context(self._room.share(owner))
        leftovers.callback(remove_leftover, path)
        try:
            form = await self._receive(request, path, share, leftovers)
            fields = await to_thread.run_sync(self._fields, form, owner)
            video = _video(form, fields, await self._probed(path, form.filename, owner), owner)
            await self._stored.ask(partial(self._keep, path, video))
            return video
        except OSError as exc:
            if is_full(exc):
                raise _no_room() from exc
            raise
        finally:
            with anyio.CancelScope(shield=True):
                # in one go: an API that ends does not wait a second time for a disk that hangs
                await to_thread.run_sync(leftovers.close, limiter=self._threads)

    async def _receive(self, request: Request, path: Path, share: Share, leftovers: ExitStack) -> Form:
        announced = announced_bytes(request.headers)
        on_disk = partial(to_thread.run_sync, limiter=self._threads)
        with answering(self._disk):
            file = await on_disk(self._open, path, announced, share, leftovers)
            reader = FormReader(request.headers, file, self._most_bytes)
            batch, received = bytearray(), 0
            async for chunk in request.stream():
                received += len(chunk)
                share.hold(received)
                batch += chunk
                if len(batch) >= BATCH_BYTES:
                    await on_disk(reader.feed, bytes(batch))
                    batch.clear()
            await on_disk(reader.feed, bytes(batch))
            form = reader.finish()
            await on_disk(file.close)  # which writes what is left, and may take its time
            return form

    def _open(self, path: Path, announced: int | None, share: Share, leftovers: ExitStack) -> BinaryIO:
        self._make_folder()  # a volume that is mounted anew may be without it
        self._check_announced(announced)
        share.hold(announced or 0)
        file = path.open("xb")
        leftovers.callback(_close, file)
        return file

    def _make_folder(self) -> None:
        # never the storage's own folder: where that is missing, so is its volume
        if self._services.objects.make_folder(INCOMING) is None:
            private_folder(self._folder.parent)
            self._folder.mkdir(exist_ok=True)

    def _check_announced(self, announced: int | None) -> None:
        if announced is None:
            return
        if announced > self._most_bytes + MOST_BESIDE:
            raise too_large(self._most_bytes)
        if announced > shutil.disk_usage(self._folder).free:
            raise _no_room()

    def _fields(self, form: Form, owner: str | None) -> UploadFields:
        try:
            fields = UploadFields.model_validate(form.fields)
        except ValidationError as exc:
            raise validation_failed(exc) from exc
        if fields.template_video_id is not None:
            self._services.store.get_video(fields.template_video_id, owner)
        check_target(fields.webhook_url, self._services.settings)
        return fields

    async def _probed(self, path: Path, filename: str, owner: str | None) -> Probe:
        settings = self._services.settings
        limits = Limits(settings.max_duration_s, settings.max_dimension_px)
        return await self._turns.run(owner, guarded, probe, path, limits, filename)

    def _keep(self, path: Path, video: Video) -> None:
        store, objects = self._services.store, self._services.objects
        store.expect_video(video.video_id)
        objects.put_file(video.storage_key, path, move=True)
        try:
            store.add_video(video, expected=True)
        except AWAY:
            # its row may have been written, and only the answer lost; where it was not, a sweep deletes the file
            raise
        except BaseException:  # whatever it was goes on; a file that no row names must not stay
            objects.delete((video.storage_key,))
            raise


def _video(form: Form, fields: UploadFields, seen: Probe, owner: str | None) -> Video:
    video_id = new_video_id()
    return Video(
        video_id=video_id,
        filename=form.filename,
        size_bytes=form.size_bytes,
        content_hash=form.content_hash,
        storage_key=video_key(video_id, seen.container.value),
        metadata=VideoMetadata.of(seen),
        uploaded_at=now(),
        template_video_id=fields.template_video_id,
        webhook_url=fields.webhook_url,
        owner=owner,
    )


def _close(file: BinaryIO) -> None:
    # where it is still open, the upload has failed
    with suppress(OSError):
        file.close()


def remove_leftover(path: Path) -> None:
    """Remove a file of the incoming folder; on a disk that takes no writes it stays until a sweep finds it."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


@contextmanager
def _counted() -> Iterator[Callable[[Video], None]]:
    """Count how an upload ends; what is yielded is to be called with one that is accepted."""
    outcome = "error"

    def accept(video: Video) -> None:
        nonlocal outcome
        outcome = "accepted"
        UPLOAD_BYTES.inc(video.size_bytes)

    try:
        yield accept
    except ClientDisconnect:
        outcome = "disconnected"
        raise
    except ClipzyError as error:
        outcome = error.code.lower()
        raise
    finally:
        UPLOADS.labels(outcome).inc()


def _no_room() -> InsufficientStorage:
    return InsufficientStorage("there is no space left for the file; try a smaller one, or try again later")
