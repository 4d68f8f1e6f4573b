"""Scale the frames that taps want: one at a time on processors, in batches on a GPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from clipzy.media.decoding.tap import Scale, Wish, Wishes

if TYPE_CHECKING:
    from clipzy.media.decoding.cuda_scaling import Batch

T = TypeVar("T")
Asked = tuple[T, VideoFrame, Wishes]  # a label, the frame, and what is wanted of it
Granted = list[tuple[int, Wish, NDArray[np.uint8]]]  # each wish with its picture


def scaled(asked: Iterable[Asked[T]], scalers: Sequence[Scale], *, on_gpu: bool) -> Iterator[tuple[T, Granted]]:
    """Each frame's label with the wanted pictures, in order; on a GPU some frames late. `scalers` may be filled up to the first frame."""
    if on_gpu:
        yield from _together(asked, scalers)
        return
    for what, frame, wishes in asked:
        yield what, [(number, wish, scalers[number](frame)) for number, wish in wishes]


def _together(asked: Iterable[Asked[T]], scalers: Sequence[Scale]) -> Iterator[tuple[T, Granted]]:
    # torch takes seconds to import, and only machines that decode on a GPU need it here
    from clipzy.media.decoding.cuda_scaling import Batch  # noqa: PLC0415

    batch: Batch | None = None
    waiting: list[tuple[T, Wishes]] = []
    for what, frame, wishes in asked:
        if batch is None or not batch.take(frame):
            if batch is not None:
                yield from _granted(waiting, batch, scalers)
                waiting = []
                batch.clear()
            if batch is None or not batch.take(frame):
                batch = Batch(frame)
                batch.take(frame)
        waiting.append((what, wishes))
    if batch is not None:
        yield from _granted(waiting, batch, scalers)


def _granted(
    waiting: Sequence[tuple[T, Wishes]], batch: Batch, scalers: Sequence[Scale]
) -> Iterator[tuple[T, Granted]]:
    pictures = []
    for number, scale in enumerate(scalers):
        places = [place for place, (_, wishes) in enumerate(waiting) if any(number == other for other, _ in wishes)]
        pictures.append(iter(scale.together(batch, places) if places else ()))
    for what, wishes in waiting:
        yield what, [(number, wish, next(pictures[number])) for number, wish in wishes]
