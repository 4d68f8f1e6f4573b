"""Remembers videos: adds, reads, lists and deletes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from clipzy.errors import StorageUnavailable, VideoInUse, VideoNotFound
from clipzy.jobs import tombstones
from clipzy.jobs.lifecycle import TERMINAL, Status
from clipzy.jobs.records import Video, VideoFile, VideoMetadata
from clipzy.storage.artifacts import from_json
from clipzy.storage.keys import video_prefix
from clipzy.storage.tables import jobs, videos
from clipzy.telemetry import log

T = TypeVar("T")

# To count a million takes the database a tenth of a second: large totals are kept for a while.
LARGE = 10_000
KEPT_S = 5.0
MOST_TOTALS = 1000
ACTIVE = tuple(status.value for status in Status if status not in TERMINAL)  # states of jobs that have not ended


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, newest first; `page` starts at 1. `total`: on all pages; from 10,000 on it may be 5 s old.

    What cannot be read is not among the items, only in the total.
    """

    items: tuple[T, ...]
    total: int
    page: int
    page_size: int


class VideoStore:
    """Videos in the database; may be used from any thread.

    Where a method takes an `owner`, what belongs to anybody else is as if it were not there; None: everybody's.
    """

    def __init__(self, database: sa.Engine) -> None:
        self.database = database
        self._totals: dict[Hashable, tuple[int, float]] = {}  # large ones, each with the moment until which it counts

    def expect_video(self, video_id: str) -> None:
        """Note that an upload's file is about to be stored: a sweep deletes it a day later unless its row is added."""
        with self.database.begin() as connection:
            tombstones.expect(connection, video_prefix(video_id))

    def add_video(self, video: Video, *, expected: bool = False) -> None:
        """Remember an upload, whose file is stored; `expected`: as was noted before.

        Raises:
            StorageUnavailable: it was expected, and came so late that its file is being deleted.
        """
        with self.database.begin() as connection:
            if expected and not tombstones.fulfil(connection, video_prefix(video.video_id)):
                raise StorageUnavailable("storing the file took more than a day; send it again")
            connection.execute(sa.insert(videos).values(**asdict(video)))

    def get_video(self, video_id: str, owner: str | None = None) -> Video:
        """One upload.

        Raises:
            VideoNotFound: there is none of that id, or none that this version can read.
        """
        with self.database.connect() as connection:
            row = video_row(connection, video_id, owner)
        try:
            return _video(row)
        except ValidationError as exc:
            raise VideoNotFound(
                f"video {video_id} was uploaded to another version of the engine and cannot be read by this one; upload it again"
            ) from exc

    def list_videos(
        self, page: int = 1, page_size: int = 10, owner: str | None = None, video_ids: Sequence[str] = ()
    ) -> Page[Video]:
        """Uploads, newest first; with `video_ids` those of them that exist."""
        wanted = owned(videos, owner)
        if video_ids:
            wanted = (videos.c.video_id.in_(video_ids),)
            wanted += () if owner is None else (looked_at(videos.c.owner) == owner,)
        newest = sa.select(videos).order_by(videos.c.uploaded_at.desc(), videos.c.video_id.desc()).where(*wanted)
        key = ("videos", owner, tuple(video_ids))
        return self._page(newest, videos.c.video_id, _video, page, page_size, key=key)

    def video_file(self, video_id: str, owner: str | None = None) -> VideoFile:
        """An upload's file. The rest of its row, which another version may have written, is not parsed.

        Raises:
            VideoNotFound: there is none of that id.
        """
        with self.database.connect() as connection:
            row = video_row(connection, video_id, owner)
        return VideoFile(row.video_id, row.filename, row.content_hash, row.storage_key)

    def delete_video(self, video_id: str, owner: str | None = None) -> str:
        """Delete the row of an upload, whatever is in it; answers its file's key. The caller deletes its files; those that stay go with a later sweep.

        Raises:
            VideoNotFound: there is none of that id.
            VideoInUse: a job that has not ended uses it.
        """
        with self.database.begin() as connection:
            # The deletion comes first: it takes SQLite's write lock, so that no job can slip in after the look.
            row = connection.execute(
                sa.delete(videos)
                .where(videos.c.video_id == video_id, *owned(videos, owner))
                .returning(videos.c.storage_key)
            ).one_or_none()
            if row is None:
                raise VideoNotFound(f"no video {video_id}")
            uses = sa.or_(jobs.c.video_id == video_id, jobs.c.template_video_id == video_id)
            user = connection.scalar(sa.select(jobs.c.job_id).where(uses, jobs.c.status.in_(ACTIVE)).limit(1))
            if user is not None:
                why = f"job {user} still uses video {video_id}; cancel it or wait until it has ended"
                raise VideoInUse(why, user)
            tombstones.bury(connection, video_prefix(video_id))
            return str(row.storage_key)

    def videos_unused_since(self, moment: datetime, most: int) -> tuple[str, ...]:
        """The ids of up to `most` videos uploaded before a moment that no job and no other video names, the oldest first."""
        heir = videos.alias()
        # one for each column: PostgreSQL would look for an OR of them through all jobs
        unused = (
            ~sa.exists().where(names == videos.c.video_id)
            for names in (jobs.c.video_id, jobs.c.template_video_id, heir.c.template_video_id)
        )
        old = sa.select(videos.c.video_id).where(videos.c.uploaded_at < moment, *unused)
        asked = old.order_by(videos.c.uploaded_at).limit(most)
        with self.database.connect() as connection:
            return tuple(connection.scalars(asked))

    def _page(
        self,
        rows: sa.Select[Any],
        name: sa.Column[str],
        read: Callable[[sa.Row[Any]], T],
        page: int,
        page_size: int,
        *,
        key: Hashable,
    ) -> Page[T]:
        """One page of all that `rows` selects, in its order, each row as `read` makes it. `name`: their primary key; `key`: stands for the list."""
        with self.database.connect() as connection:
            total = self._total(connection, rows, key)
            # first the names alone: of all pages before this one no row is read, which may have megabytes
            names = rows.with_only_columns(name).limit(page_size).offset((page - 1) * page_size)
            ids = connection.scalars(names).all()
            asked = sa.select(*rows.selected_columns).where(name.in_(ids))
            found = {getattr(row, name.name): row for row in connection.execute(asked)}
        items = _readable(read, {each: found[each] for each in ids if each in found})
        return Page(tuple(items), total, page, page_size)

    def _total(self, connection: sa.Connection, rows: sa.Select[Any], key: Hashable) -> int:
        total, until = self._totals.get(key, (0, 0.0))
        if time.monotonic() < until:
            return total
        total = connection.scalar(sa.select(sa.func.count()).select_from(rows.order_by(None).subquery())) or 0
        if total >= LARGE:
            if len(self._totals) >= MOST_TOTALS:
                self._totals.clear()
            self._totals[key] = (total, time.monotonic() + KEPT_S)
        return total


def _readable(read: Callable[[sa.Row[Any]], T], rows: Mapping[str, sa.Row[Any]]) -> Iterator[T]:
    """What `read` makes of each row, by its id; one that this version cannot read, as another wrote it, takes no other with it."""
    for name, row in rows.items():
        try:
            yield read(row)
        except (ValueError, TypeError) as error:
            log.warning("left out of a list: another version of the engine wrote it", id=name, error=str(error))


def owned(table: sa.Table, owner: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that rows are that owner's; none for None."""
    return () if owner is None else (table.c.owner == owner,)


def looked_at(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """A column without its index, for a condition beside another one that finds few rows by itself.

    SQLite keeps no statistics: it would look through all rows of an owner rather than for those with some ids.
    """
    return sa.func.coalesce(column, "")


def video_row(connection: sa.Connection, video_id: str, owner: str | None, *, lock: bool = False) -> sa.Row[Any]:
    """The row of one video; with `lock` it stays until the transaction has ended.

    Raises:
        VideoNotFound: there is none of that id.
    """
    asked = sa.select(videos).where(videos.c.video_id == video_id, *owned(videos, owner))
    # FOR SHARE keeps a video from being deleted until the job that names it is committed; SQLite leaves it out.
    row = connection.execute(asked.with_for_update(read=True) if lock else asked).one_or_none()
    if row is None:
        raise VideoNotFound(f"no video {video_id}; upload it first")
    return row


def _video(row: sa.Row[Any]) -> Video:
    values = dict(row._mapping)  # noqa: SLF001 (SQLAlchemy's public name for it)
    return Video(**{**values, "metadata": from_json(VideoMetadata, values["metadata"])})
