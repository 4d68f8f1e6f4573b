"""Frozen values as JSON, in files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError

from clipzy.errors import StageError
from clipzy.storage.artifacts import content_hash, from_json, load_json, save_json, to_json, write_atomically


class Shape(StrEnum):
    ROUND = "round"


@dataclass(frozen=True)
class Inner:
    """A value inside another."""

    at: Fraction
    shape: Shape | None


@dataclass(frozen=True)
class Outer:
    """Some of everything that our records hold."""

    inner: tuple[Inner, ...]
    names: dict[str, str]
    ratio: float


VALUE = Outer((Inner(Fraction(1001, 30000), Shape.ROUND), Inner(Fraction(-2), None)), {"ä": "→"}, 0.1)


def test_a_value_comes_back_from_json_as_it_was():
    """Exact fractions, enumerations and nested values too; what lies between is plain JSON."""
    tree = to_json(Outer, VALUE)
    assert tree["inner"][0] == {"at": "1001/30000", "shape": "round"}
    assert from_json(Outer, tree) == VALUE


def test_a_value_comes_back_from_its_file_as_it_was(tmp_path):
    """In a folder that need not be there yet."""
    path = tmp_path / "analysis" / "value.json"
    save_json(path, VALUE)
    assert load_json(path, Outer) == VALUE


@pytest.mark.parametrize("tree", [{}, {"inner": [], "names": {}, "ratio": "much"}, []], ids=["empty", "text", "list"])
def test_another_kind_of_tree_is_refused(tree):
    """A column that holds something else is not taken for a value."""
    with pytest.raises(ValidationError):
        from_json(Outer, tree)


@pytest.mark.parametrize("content", ["", "{", '{"inner": 1}', "\0"], ids=["empty", "cut", "older", "binary"])
def test_a_file_that_holds_something_else_says_so(tmp_path, content):
    """With its name and advice, for the owner of the job, who has no such file."""
    path = tmp_path / "value.json"
    path.write_text(content)
    with pytest.raises(StageError, match=r"value\.json.* cannot be read: .*; send the job again"):
        load_json(path, Outer)


def test_a_file_that_is_not_there_is_no_broken_one(tmp_path):
    """The caller tells a first run from a damaged cache."""
    with pytest.raises(FileNotFoundError):
        load_json(tmp_path / "value.json", Outer)


def test_a_write_that_fails_keeps_the_old_content(tmp_path, monkeypatch):
    """And leaves no part behind, even where the rename itself fails."""
    path = tmp_path / "value.json"
    write_atomically(path, b"old")

    def fail(_self, _target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["value.json"]


def test_a_file_is_as_readable_as_the_umask_allows(tmp_path):
    """Not for its owner's eyes alone, as temporary files are: it may be moved into a storage that others serve."""
    path = tmp_path / "value.json"
    before = os.umask(0o027)
    try:
        write_atomically(path, b"{}")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_writers_at_once_leave_one_whole_file(tmp_path):
    """Two jobs may analyse the same video at once: a reader sees the one's result or the other's."""
    path = tmp_path / "value.json"
    contents = [bytes([letter]) * 100_000 for letter in b"abcdefgh"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_atomically(path, content), contents * 4))
    assert path.read_bytes() in contents
    assert [file.name for file in tmp_path.iterdir()] == ["value.json"]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) + 1], ids=str)
def test_the_hash_is_sha_256_of_all_bytes(tmp_path, size):
    """Whatever the length, also over one piece."""
    path = tmp_path / "video.mp4"
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    path.write_bytes(content)
    assert content_hash(path) == hashlib.sha256(content).hexdigest()
