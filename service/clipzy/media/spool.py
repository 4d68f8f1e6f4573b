"""Byte arrays of one shape, written one after another to a raw file with their times, and opened later as a memory map."""

from __future__ import annotations

import json
import math
from array import array
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Spooled:
    """What a spool holds. `arrays`: (N, *shape), a read-only memory map; `ticks`: (N,) int64, start time of each in `time_base` s."""

    arrays: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    lengths: NDArray[np.int64]  # ticks that each array covers, 0 without meaning
    time_base: Fraction


class Spool:
    """Writes `<name>.raw` array by array, and on `close` its description `<name>.json`, without which it cannot be opened."""

    def __init__(self, folder: Path, name: str, shape: tuple[int, ...], time_base: Fraction) -> None:
        self.folder, self.name, self.shape, self.time_base = folder, name, shape, time_base
        self._ticks, self._lengths = array("q"), array("q")
        folder.mkdir(parents=True, exist_ok=True)
        _remove(folder, name)
        self._file = _raw(folder, name).open("wb+", buffering=1 << 20)

    def __len__(self) -> int:
        return len(self._ticks)

    def add(self, ticks: int, *parts: NDArray[np.uint8], length: int = 0) -> None:
        """Append one array, given whole or as parts along its first axis."""
        for part in parts:
            self._file.write(np.ascontiguousarray(part).data)
        self._ticks.append(ticks)
        self._lengths.append(length)

    def thin(self) -> None:
        """Keep every second array, in place."""
        size = math.prod(self.shape)
        for kept, index in enumerate(range(0, len(self), 2)):
            self._file.seek(index * size)
            piece = self._file.read(size)
            self._file.seek(kept * size)
            self._file.write(piece)
        self._ticks, self._lengths = self._ticks[::2], self._lengths[::2]
        self._file.seek(len(self) * size)
        self._file.truncate()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        np.save(_times(self.folder, self.name), np.array([self._ticks, self._lengths], np.int64))
        about = {"shape": [len(self), *self.shape], "time_base": str(self.time_base)}
        part = _about(self.folder, self.name).with_suffix(".part")
        part.write_text(json.dumps(about))
        part.replace(_about(self.folder, self.name))

    def discard(self) -> None:
        """Remove the files."""
        with suppress(OSError):  # closing flushes the buffer, which fails again on a full disk
            self._file.close()
        _remove(self.folder, self.name)


def open_spool(folder: Path, name: str) -> Spooled:
    """Open what a `Spool` of that name wrote; raises FileNotFoundError if it was not closed."""
    about = json.loads(_about(folder, name).read_text())
    shape = tuple(about["shape"])
    ticks, lengths = np.load(_times(folder, name))
    # an empty file cannot be mapped
    empty = _raw(folder, name).stat().st_size == 0
    arrays = np.empty(shape, np.uint8) if empty else np.memmap(_raw(folder, name), np.uint8, "r", shape=shape)
    return Spooled(arrays, ticks, lengths, Fraction(about["time_base"]))


def _raw(folder: Path, name: str) -> Path:
    return folder / f"{name}.raw"


def _times(folder: Path, name: str) -> Path:
    return folder / f"{name}.times.npy"


def _about(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def _remove(folder: Path, name: str) -> None:
    for path in (_about(folder, name), _times(folder, name), _raw(folder, name)):
        path.unlink(missing_ok=True)
