"""Sounds that are read more than once: computed and recorded the first time, then read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Self

import numpy as np

from clipzy.media.decoding.samples import Sound

Hearing = Callable[[], Iterator[Sound]]  # gives the same sound from its beginning at each call

# Samples. The steps of a chain get pieces of this length, so that the result does not depend on the pieces that the caller gave
PIECE = 1 << 14
IN_MEMORY_BYTES = 1 << 25  # a minute and a half in stereo; longer sounds go to a file, 23 MB a minute


class Recording:
    """A hearing whose sound is computed once. The end of the `with` block deletes the recording."""

    def __init__(self, sound: Hearing, channels: int, folder: Path | None = None) -> None:
        """`sound`: read at the first call. `folder`: for the unnamed file of a long one; None: the system's folder."""
        self._sound, self._channels = sound, channels
        where = None if folder is None else str(folder)
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY_BYTES, dir=where)  # noqa: SIM115 - closed by __exit__
        self._whole = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def __call__(self) -> Iterator[Sound]:
        """Pieces of PIECE samples, the last one shorter, C-contiguous. One call at a time: the last has to be read to its end.

        Raises OSError if the disk is full.
        """
        return self._played() if self._whole else self._recorded()

    def _recorded(self) -> Iterator[Sound]:
        self._file.seek(0)
        self._file.truncate()
        for piece in even(self._sound()):
            self._file.write(piece.tobytes())
            yield piece
        self._whole = True

    def _played(self) -> Iterator[Sound]:
        self._file.seek(0)
        while content := self._file.read(PIECE * self._channels * 4):
            yield np.frombuffer(content, np.float32).reshape(self._channels, -1)


def even(pieces: Iterable[Sound]) -> Iterator[Sound]:
    """The same sound in pieces of PIECE samples, the last one shorter, C-contiguous."""
    waiting: list[Sound] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += piece.shape[1]
        if length < PIECE:
            continue
        whole = waiting[0] if len(waiting) == 1 else np.concatenate(waiting, axis=1)
        ends = range(PIECE, length + 1, PIECE)
        for end in ends:
            yield np.ascontiguousarray(whole[:, end - PIECE : end])
        waiting, length = [whole[:, ends[-1] :]], length % PIECE
    if length:
        yield np.ascontiguousarray(np.concatenate(waiting, axis=1))
