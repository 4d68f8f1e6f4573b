"""Makes an upload's small picture when it is first asked for, in a guarded child process, and keeps it beside the upload."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread

from clipzy.api.room import Room
from clipzy.api.services import Services
from clipzy.api.stored import Stored
from clipzy.api.turns import Turns
from clipzy.api.uploads import INCOMING, remove_leftover
from clipzy.errors import InsufficientStorage, InvalidVideo, MediaError, UnsupportedFormat, VideoNotFound
from clipzy.jobs.records import Video
from clipzy.machine.disks import is_full
from clipzy.media.guard import guarded
from clipzy.media.thumbnail import thumbnail
from clipzy.storage.keys import thumbnail_key
from clipzy.storage.volume import answering

SHARE = Fraction(1, 4)  # of the duration: videos begin in black, or with a title
LATEST_S = 60  # a file without an index has to be read up to there


class Thumbnails:
    """Finds and makes them; any number may be asked for at once."""

    def __init__(self, services: Services, stored: Stored, room: Room, turns: Turns) -> None:
        self._services = services
        self._stored = stored
        self._room = room
        # on the volume that has room for videos; what a dead process left there is swept
        self._folder = services.settings.data_path.resolve() / INCOMING
        self._turns = turns

    async def find(self, video: Video) -> str:
        """The key under which the picture of a video is stored.

        Raises:
            InvalidVideo: no picture can be decoded there.
            InsufficientStorage: there is no room to make it, or to keep it.
            StorageUnavailable: the storage does not answer, or a disk takes no writes.
            ServiceUnavailable: too many pictures wait to be made.
            NotFound: the video's file is gone.
            VideoNotFound: the video was deleted meanwhile.
        """
        key = thumbnail_key(video.video_id)
        leftovers = ExitStack()
        try:
            path = await self._stored.ask(partial(self._source, video, key, leftovers))
            if path is not None:
                picture = await self._picture(video, path)
                await self._stored.ask(partial(self._keep, video, key, picture))
        except Exception as exc:
            # whatever it was, a video that was deleted meanwhile is the better reason
            await to_thread.run_sync(self._services.store.get_video, video.video_id)
            if is_full(exc):
                raise InsufficientStorage("there is no space left to make the picture; try again later") from exc
            raise
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(leftovers.close)
        return key

    def _source(self, video: Video, key: str, leftovers: ExitStack) -> Path | None:
        """The video as a file on this machine; None where its picture is there already."""
        objects = self._services.objects
        if objects.exists(key):
            return None
        objects.size(video.storage_key)  # raises where the file is gone
        path = objects.local_path(video.storage_key)
        if path is None:
            path = self._folder / f"{secrets.token_hex(16)}{Path(video.storage_key).suffix}"
            share = leftovers.enter_context(self._room.share(video.owner))
            share.hold(video.size_bytes)
            leftovers.callback(remove_leftover, path)
            with answering("DATA_PATH"):
                objects.fetch(video.storage_key, path)
        return path

    async def _picture(self, video: Video, path: Path) -> bytes:
        moment = min(Fraction(video.metadata.duration_seconds) * SHARE, Fraction(LATEST_S))
        try:
            return await self._turns.run(video.owner, guarded, thumbnail, path, moment)
        except (MediaError, UnsupportedFormat) as exc:
            raise InvalidVideo(f"no picture can be made of the video: {exc}") from exc

    def _keep(self, video: Video, key: str, picture: bytes) -> None:
        store, objects = self._services.store, self._services.objects
        objects.put_stream(key, iter([picture]))
        try:
            store.get_video(video.video_id)
        except VideoNotFound:  # deleted while its picture was made; nobody else would ever delete that
            objects.delete((key,))
            raise
