"""Frozen values as JSON: in files that appear whole or not at all, and in the database's columns."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from clipzy.errors import StageError

T = TypeVar("T")

NAMED = 24  # characters of a file's name in that of its part: a name may already be as long as names can be

Json = Any  # what `json` reads and writes

_ADAPTERS: dict[object, TypeAdapter[Any]] = {}  # building one takes milliseconds


def _adapter(kind: object) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(cast(Any, kind))
    return _ADAPTERS[kind]


def to_json(kind: type[T], value: T, *, without_defaults: bool = False) -> Json:
    """The value as JSON types (dict, list, str, float, …); a Fraction becomes the string "30000/1001".

    `without_defaults`: fields that are what they are where nobody says anything are left out, at whatever depth.
    """
    return _adapter(kind).dump_python(value, mode="json", exclude_defaults=without_defaults)


def from_json(kind: type[T], tree: Json) -> T:
    """The value whose `to_json` is `tree`.

    Raises:
        pydantic.ValidationError: the tree is not of that kind.
    """
    return cast(T, _adapter(kind).validate_python(tree))


def save_json(path: Path, value: object) -> None:
    """Write a frozen value as JSON, atomically."""
    write_atomically(path, _adapter(type(value)).dump_json(value, indent=1))


def load_json(path: Path, kind: type[T]) -> T:
    """Read a value that `save_json` wrote.

    Raises:
        FileNotFoundError: no such file.
        StageError: the file holds something else, such as a value of an older version.
    """
    raw = path.read_bytes()
    try:
        return cast(T, _adapter(kind).validate_json(raw))
    except ValueError as exc:  # pydantic's ValidationError is one
        raise StageError(
            f"{path.name}, which the engine has written, cannot be read: it is damaged, or of another version; send the job again"
        ) from exc


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part, also after a power cut."""
    write_pieces_atomically(path, [content])


def write_pieces_atomically(path: Path, pieces: Iterable[bytes]) -> None:
    """The same, of a content that comes piece by piece, of any length."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part, part.open("xb") as file:
        file.writelines(pieces)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path to write to. What is written there then takes the place of `path`, unless something is raised."""
    # not mkstemp: its files are for their owner's eyes alone, and this one may be moved into a storage that others serve
    part = path.with_name(f".{path.name[:NAMED]}.{secrets.token_hex(8)}")
    try:
        yield part
        sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)  # the rename itself


def sync(path: Path) -> None:
    """Have what was written to a file, or renamed in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def content_hash(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
