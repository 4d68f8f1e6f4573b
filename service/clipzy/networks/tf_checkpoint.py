"""Reads the variables of a TensorFlow checkpoint (version 2) without TensorFlow.

Such a checkpoint is an index, a LevelDB table from variable names to `BundleEntryProto` messages, and one file of raw
little-endian tensors (TensorFlow, `tensor_bundle.proto`; LevelDB, `doc/table_format.md`). Compressed tables and
checkpoints in several shards are not read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

TABLE_MAGIC: Final = 0xDB4775248B80FB57
FOOTER_BYTES: Final = 48
DT_FLOAT: Final = 1  # of TensorFlow's `types.proto`

# fields of BundleEntryProto, and of the messages within
DTYPE, SHAPE, SHARD, OFFSET, SIZE = 1, 2, 3, 4, 5
SHAPE_DIMENSION, DIMENSION_SIZE = 2, 1

Message = dict[int, list[int | bytes]]


def read(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the float32 variables of a checkpoint.

    Args:
        index: content of the `.index` file.
        data: content of the `.data-00000-of-00001` file.

    Returns:
        Arrays by name of variable; variables of other types are left out.

    Raises:
        ValueError: the index is no such table, or is compressed or sharded.
    """
    if len(index) < FOOTER_BYTES or struct.unpack_from("<Q", index, len(index) - 8)[0] != TABLE_MAGIC:
        raise ValueError("not the index of a TensorFlow checkpoint")
    variables = {}
    for name, value in _entries(index):
        entry = _message(value)
        if _integer(entry, DTYPE) != DT_FLOAT:
            continue
        if _integer(entry, SHARD):
            raise ValueError("a checkpoint in several shards")
        start, size = _integer(entry, OFFSET), _integer(entry, SIZE)
        variables[name.decode()] = np.frombuffer(data[start : start + size], "<f4").reshape(_shape(entry)).copy()
    return variables


def _entries(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The table's names and values; the header, whose name is empty, left out."""
    footer = index[-FOOTER_BYTES:]
    # the footer points first at the table's own metadata, then at the block that lists the others
    position = 0
    for _ in range(2):
        _, position = _varint(footer, position)
    for _, pointer in _block(index, footer, position):
        for name, value in _block(index, pointer, 0):
            if name:
                yield name, value


def _block(index: bytes, pointer: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the block that `pointer` names at `position`: its offset and size as varints."""
    offset, position = _varint(pointer, position)
    size, _ = _varint(pointer, position)
    if index[offset + size] != 0:
        raise ValueError("a compressed table")
    block = index[offset : offset + size]
    restarts = struct.unpack_from("<I", block, size - 4)[0]
    position, end = 0, size - 4 - 4 * restarts
    key = b""
    while position < end:
        # each key says how much of the one before it keeps
        shared, position = _varint(block, position)
        added, position = _varint(block, position)
        length, position = _varint(block, position)
        key = key[:shared] + block[position : position + added]
        position += added + length
        yield key, block[position - length : position]


def _message(content: bytes) -> Message:
    """A protocol buffer's fields by number: integers, or bytes for what is nested or of fixed width."""
    fields: Message = {}
    position = 0
    while position < len(content):
        tag, position = _varint(content, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == 0:
            value: int | bytes
            value, position = _varint(content, position)
        else:
            fixed = {1: 8, 5: 4}.get(wire_type)
            length, position = (fixed, position) if fixed else _varint(content, position)
            value = content[position : position + length]
            position += length
        fields.setdefault(number, []).append(value)
    return fields


def _shape(entry: Message) -> tuple[int, ...]:
    """The variable's shape; a scalar has none."""
    (shape,) = entry.get(SHAPE, [b""])
    dimensions = _message(bytes(shape)).get(SHAPE_DIMENSION, [])
    return tuple(_integer(_message(bytes(dimension)), DIMENSION_SIZE) for dimension in dimensions)


def _integer(message: Message, number: int) -> int:
    """A field's integer; 0 where it is not written, as protocol buffers have it."""
    return int(message.get(number, [0])[0])


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """The integer that begins at `position`, seven bits a byte, and the position after it."""
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
