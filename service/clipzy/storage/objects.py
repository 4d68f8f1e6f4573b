"""Keeps files by key, in a local folder or in S3, through one small interface.

A key (`keys`), once written, is never overwritten by the engine: a result becomes visible when a database row names its key.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import IO

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from clipzy.errors import ConfigurationError, NotFound, StorageUnavailable
from clipzy.settings import Settings
from clipzy.storage.arrival import copy, moved
from clipzy.storage.s3 import NO_BUCKET, PART_BYTES, PARTS_AT_ONCE, s3_store
from clipzy.storage.volume import Volume, answering, configured, private_folder

CHUNK_BYTES = 4 << 20
# From a server that is asked for something, until it answers or sends more. A write is silent for as long as it is sent.
SILENCE = timedelta(seconds=10)
URL_LIFETIME = timedelta(hours=1)
NO_FILES = "health/"  # a prefix under which nothing is ever stored


class ObjectStore:
    """Files by key; may be used from any thread.

    Every method raises StorageUnavailable where the storage does not answer or refuses; a full disk is an OSError.
    """

    def __init__(self, store: LocalStore | S3Store, root: Path | None, reads: S3Store | None = None) -> None:
        """`root`: the folder of a local store, None for S3; see `open_objects`. `reads`: asked for all but writes."""
        self._store = store
        self._reads = reads or store
        self._root = root
        self._volume = None if root is None else Volume.of(root)

    def check(self) -> None:
        """Make sure that the storage is there and, where that can be asked without a trace, takes files.

        A local one is written to; S3 is asked for a list without entries, which a bucket has to exist for.

        Raises:
            StorageUnavailable: it does not answer, refuses, has no such bucket, or its folder takes no writes.
        """
        if self._volume is not None:
            self._volume.try_writing()
        else:
            self.list(NO_FILES)

    def put_file(self, key: str, path: Path, *, move: bool = False) -> None:
        """Store a file; it appears under its key whole or not at all.

        `move`: the file may be taken away, which costs nothing where the store is on the same disk.
        """
        path.stat()  # a file that is not there is no fault of the storage
        if self._root is None:
            try:
                with _answering():
                    obstore.put(self._store, key, path, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
            except FileNotFoundError as exc:
                raise StorageUnavailable(NO_BUCKET) from exc
            if move:
                path.unlink()
            return
        target = self._path(key)
        self._expect()
        with self._on_disk():
            target.parent.mkdir(parents=True, exist_ok=True)
            if move and moved(path, target):
                return
            copy(path, target)
        if move:
            path.unlink()

    def put_stream(self, key: str, chunks: Iterator[bytes]) -> None:
        """Store what comes piece by piece, of any length; nothing appears under the key if the iterator raises."""
        with self._nameless() as file:
            for chunk in chunks:
                with self._on_disk():
                    file.write(chunk)
            with self._on_disk():
                file.flush()
            file.seek(0)  # for systems on which this name is the open file itself
            self.put_file(key, Path(f"/dev/fd/{file.fileno()}"))

    def size(self, key: str) -> int:
        """Bytes of the file.

        Raises:
            NotFound: nothing is stored under that key.
        """
        try:
            with _answering():
                return int(obstore.head(self._reads, key)["size"])
        except FileNotFoundError as exc:
            raise self._missing(key) from exc

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def stream(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `end`, in pieces of about 4 MiB.

        `end`: at most the file's size, for which the storage is asked where none is given.

        Raises:
            NotFound: nothing is stored under that key.
        """
        end = self.size(key) if end is None else end
        for offset in range(start, end, CHUNK_BYTES):
            length = min(CHUNK_BYTES, end - offset)
            try:
                with _answering():
                    piece = bytes(obstore.get_range(self._reads, key, start=offset, length=length))
            except FileNotFoundError as exc:  # since the look at its size
                raise self._missing(key) from exc
            yield piece

    def fetch(self, key: str, path: Path, between: Callable[[], None] = lambda: None) -> None:
        """Write the stored bytes to a file, which appears whole or not at all.

        `between` is called after each piece of about 4 MiB; what it raises ends the fetching.

        Raises:
            NotFound: nothing is stored under that key.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")  # of nobody else, who may fetch the same
        try:
            with part.open("wb") as file:
                for chunk in self.stream(key):
                    file.write(chunk)
                    between()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def local_path(self, key: str) -> Path | None:
        """The file itself where the store is a local folder, None for S3."""
        return None if self._root is None else self._path(key)

    def make_folder(self, name: str) -> Path | None:
        """A folder beside those of the keys, made where it is missing, but not where the storage is; None for S3."""
        folder = self.local_path(name)
        if folder is not None:
            with self._on_disk():
                folder.mkdir(exist_ok=True)
        return folder

    def url(self, key: str) -> str:
        """Where a client may read it: `file:///…` locally, on S3 a presigned URL good for an hour."""
        if self._root is not None:
            return self._path(key).as_uri()
        assert isinstance(self._store, S3Store)
        with _answering():
            return obstore.sign(self._store, "GET", key, URL_LIFETIME)

    def list(self, prefix: str) -> tuple[str, ...]:
        """All keys under a prefix that ends with `/`."""
        return tuple(key for key, _ in self.list_with_times(prefix))

    def list_with_times(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """All keys under a prefix that ends with `/`, each with the moment when it was written."""
        self._expect()
        pages = iter(obstore.list(self._reads, prefix))
        while True:
            with _answering():
                page = next(pages, None)
            if page is None:
                return
            yield from ((str(item["path"]), item["last_modified"]) for item in page)

    def delete(self, keys: tuple[str, ...]) -> None:
        """Delete what is stored under these keys; one under which nothing is stored is no error."""
        if self._root is None:
            try:
                with _answering():
                    obstore.delete(self._reads, list(keys))  # a thousand with each request
            except FileNotFoundError as exc:  # of a key S3 does not say it
                raise StorageUnavailable(NO_BUCKET) from exc
            return
        self._expect()  # of a volume that is away everything would seem to be deleted
        for key in keys:
            try:
                with _answering():
                    obstore.delete(self._reads, key)
            except FileNotFoundError:
                continue
            self._prune(key)

    def delete_prefix(self, prefix: str) -> None:
        """Delete everything under a prefix that ends with `/`."""
        if not prefix.endswith("/"):  # "" would be everything, and "jobs/job_a" that of "jobs/job_ab" too
            raise ValueError(f"a prefix ends with /: {prefix!r}")
        self.delete(self.list(prefix))

    def _path(self, key: str) -> Path:
        assert self._root is not None
        if PurePosixPath(key).is_absolute() or ".." in PurePosixPath(key).parts:
            raise NotFound(f"nothing is stored under {key}")
        return self._root / key

    def _expect(self) -> None:
        if self._volume is not None:
            self._volume.expect()

    def _missing(self, key: str) -> NotFound:
        """The error for a key under which nothing is stored; raises another where the volume is away."""
        self._expect()
        return NotFound(f"nothing is stored under {key}")

    @contextmanager
    def _on_disk(self) -> Iterator[None]:
        """For use of a local storage's folder: raises StorageUnavailable where its disk fails. For S3 it does nothing."""
        if self._volume is None:
            yield
            return
        self._volume.expect()
        with answering():
            yield

    def _nameless(self) -> IO[bytes]:
        """A file without a name of its own: a process that is killed leaves nothing of it."""
        with self._on_disk():
            return tempfile.TemporaryFile(dir=self._root)

    def _prune(self, key: str) -> None:
        """Remove the folders that a deletion left empty."""
        folder = self._path(key).parent
        while folder != self._root:
            try:
                folder.rmdir()
            except OSError:  # not empty, or another deletion was faster
                return
            folder = folder.parent


def open_objects(settings: Settings) -> ObjectStore:
    """The object storage that the settings name.

    Raises:
        ConfigurationError: STORAGE_TYPE=s3 without a bucket, or the folder of a local one cannot be made.
    """
    if settings.storage_type == "local":
        root = settings.local_storage_path.resolve()
        with configured("LOCAL_STORAGE_PATH", root):
            private_folder(root)
        return ObjectStore(LocalStore(root, mkdir=True), root)
    if not settings.s3_bucket_name:
        raise ConfigurationError("STORAGE_TYPE=s3 needs S3_BUCKET_NAME")
    return ObjectStore(s3_store(settings), None, s3_store(settings, {"read_timeout": SILENCE}))


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except BaseError as exc:
        # a refusal to list has no class of its own
        if isinstance(exc, PermissionDeniedError | UnauthenticatedError) or "403 Forbidden" in str(exc):
            raise StorageUnavailable(
                "the object storage refuses access; the operator should check its keys and policies"
            ) from exc
        if "<Code>NoSuchBucket</Code>" in str(exc):  # nor has this, where a list was asked for
            raise StorageUnavailable(NO_BUCKET) from exc
        raise StorageUnavailable("the object storage does not answer; try again later") from exc
