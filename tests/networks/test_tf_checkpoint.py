"""The reader of TensorFlow checkpoints, on a small checkpoint made here."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from clipzy.networks import tf_checkpoint

KERNEL = np.arange(300, dtype=np.float32).reshape(2, 150)
SCALAR = np.float32(0.9)
DATA = KERNEL.tobytes() + SCALAR.tobytes() + struct.pack("<q", 5)


def varint(value):
    """An integer, seven bits a byte."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low]) if not rest else bytes([low | 0x80]) + varint(rest)


def field(number, value):
    """A protocol buffer's field: an integer, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def entry(dtype, shape, offset, size, shard=0):
    """A BundleEntryProto, with its checksum in a field of fixed width."""
    dimensions = b"".join(field(2, field(1, length)) for length in shape)
    shards = field(3, shard) if shard else b""
    return field(1, dtype) + field(2, dimensions) + shards + field(4, offset) + field(5, size) + b"\x35abcd"


def block(pairs, compression=0):
    """A table's block; keys share what they begin with, as LevelDB writes them."""
    content, before = b"", b""
    for key, value in pairs:
        shared = next(
            (i for i, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), min(len(before), len(key))
        )
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return content + struct.pack("<2I", 0, 1) + bytes([compression]) + b"crc!"


def index(pairs, compression=0):
    """A whole table of one data block."""
    data = block(pairs, compression)
    pointer = varint(0) + varint(len(data) - 5)
    directory = block([(pairs[-1][0], pointer)])
    handles = varint(0) + varint(0) + varint(len(data)) + varint(len(directory) - 5)
    return data + directory + handles.ljust(40, b"\0") + struct.pack("<Q", tf_checkpoint.TABLE_MAGIC)


ENTRIES = [
    (b"", field(1, 1)),
    (b"conv/kernel", entry(1, (2, 150), 0, 1200)),
    (b"conv/power", entry(1, (), 1200, 4)),
    (b"conv/steps", entry(9, (), 1204, 8)),
]


def test_variables_come_back_with_names_shapes_and_values():
    """Float variables are read, scalars too; integers and the header are left out."""
    variables = tf_checkpoint.read(index(ENTRIES), DATA)
    assert list(variables) == ["conv/kernel", "conv/power"]
    np.testing.assert_array_equal(variables["conv/kernel"], KERNEL)
    np.testing.assert_array_equal(variables["conv/power"], SCALAR)
    assert variables["conv/power"].shape == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "not the index", id="empty"),
        pytest.param(index(ENTRIES)[:-1], "not the index", id="cut off"),
        pytest.param(index(ENTRIES, compression=1), "compressed", id="compressed"),
        pytest.param(index([(b"a", entry(1, (1,), 0, 4, shard=1))]), "several shards", id="sharded"),
    ],
)
def test_what_the_reader_does_not_know_is_refused(content, reason):
    """An index of another kind raises instead of giving wrong numbers."""
    with pytest.raises(ValueError, match=reason):
        tf_checkpoint.read(content, DATA)
