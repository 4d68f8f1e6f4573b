"""Take containers apart and put them together again with another piece in them: boxes of mp4, elements of Matroska, chunks of AVI.

Example: `ISO.edited(mp4, b"moov/trak/tkhd", lambda body: body[:-8] + bytes(8))` takes the size from every track.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bytes, int)


@dataclass(frozen=True)
class Anatomy(Generic[Key]):
    """A format of nested pieces. `split`: the pieces of a body, by key; `joined`: one piece of them."""

    split: Callable[[bytes], Iterable[tuple[Key, bytes]]]
    joined: Callable[[Key, bytes], bytes]

    def edited(self, content: bytes, path: tuple[Key, ...], change: Callable[[bytes], bytes]) -> bytes:
        """The same with another body in each piece that lies at that path."""
        key, *rest = path
        inside = (lambda body: self.edited(body, tuple(rest), change)) if rest else change
        return b"".join(self.joined(kind, inside(body) if kind == key else body) for kind, body in self.split(content))

    def without(self, content: bytes, *keys: Key) -> bytes:
        """The same without the pieces of those keys."""
        return b"".join(self.joined(kind, body) for kind, body in self.split(content) if kind not in keys)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """ISO/IEC 14496-12, 4.2, with sizes of 32 bits."""
    at = 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + size]
        at += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """RFC 8794: an identifier and a size, both of as many bytes as their first one says."""
    at = 0
    while at < len(content):
        identifier, at = _number(content, at)
        size, begin = _number(content, at)
        size &= (1 << 7 * (begin - at)) - 1
        at = begin + size
        yield identifier, content[begin:at]


def _number(content: bytes, at: int) -> tuple[int, int]:
    """A number with its marker, and where it ends."""
    end = at + 9 - content[at].bit_length()
    return int.from_bytes(content[at:end]), end


def _element(identifier: int, body: bytes) -> bytes:
    length = (identifier.bit_length() + 7) // 8
    return identifier.to_bytes(length) + (len(body) | 1 << 56).to_bytes(8) + body


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """RIFF: the key of a list holds its type as well, as in `LIST.movi`."""
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        if kind in {b"RIFF", b"LIST"}:
            kind, body = kind + b"." + body[:4], body[4:]
        yield kind, body


def _chunk(key: bytes, body: bytes) -> bytes:
    body = key[5:] + body
    return struct.pack("<4sI", key[:4], len(body)) + body + bytes(len(body) % 2)


ISO = Anatomy(_boxes, _box)
EBML = Anatomy(_elements, _element)
RIFF = Anatomy(_chunks, _chunk)
