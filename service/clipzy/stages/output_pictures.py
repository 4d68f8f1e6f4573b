"""Part of stage 6: the pictures of the rendered file from which its colours are measured, and what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look.flashes import after_flash, steady_pictures
from clipzy.media.rendering.encode import KEY_FRAME_S
from clipzy.media.rendering.review import KeyFrames, Stretch
from clipzy.style.measurements import Boundary
from clipzy.style.time import Span

HALF_A_FRAME = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class OutputPictures:
    """`pictures`: (N, H, W, 3) uint8 RGB; `times`: their seconds in the file, in no order."""

    pictures: NDArray[np.uint8]
    times: tuple[Fraction, ...]

    @classmethod
    def of(cls, keys: KeyFrames, seen: Sequence[Stretch], rate: Fraction) -> OutputPictures:
        """The samples of the decoded parts, and the key frames between them. A flash is replaced by the picture beside it, as in an analysis."""
        alone = keys.pictures.copy()
        for place, on_end in keys.followed.items():
            alone[place] = after_flash(on_end)
        return cls(
            np.concatenate([alone, *(_samples(stretch, rate) for stretch in seen)]),
            (*keys.times, *(at for stretch in seen for at in stretch.times)),
        )

    def of_shots(self, shots: Sequence[Span]) -> OutputPictures:
        """Those within shots, for a picture of a transition shows no shot, or half of one; all pictures where none lies in a shot."""
        within = [number for number, at in enumerate(self.times) if any(shot.start <= at < shot.end for shot in shots)]
        if not within:
            return self
        return OutputPictures(self.pictures[within], tuple(self.times[number] for number in within))

    def standing_for(self, shots: Sequence[Span]) -> list[Span]:
        """The shots that have pictures, each extended half-way over neighbours without any, so that no time is lost; all shots where none has one."""
        shown = [number for number, shot in enumerate(shots) if self._show(shot)]
        if not shown:
            return list(shots)
        starts, ends = [shots[0].start], []
        for here, there in pairwise(shown):
            end, start = shots[here].end, shots[there].start
            if there > here + 1:
                end = start = (end + start) / 2
            ends.append(end)
            starts.append(start)
        return [Span(start, end) for start, end in zip(starts, [*ends, shots[-1].end], strict=True)]

    def words(self, shots: Sequence[Span]) -> str:
        """How many pictures there are, and how many of these shots have none."""
        missed = sum(not self._show(shot) for shot in shots)
        return f"{len(self.times)} pictures" + (f", none of them of {missed} of {len(shots)} shots" if missed else "")

    def _show(self, shot: Span) -> bool:
        return any(shot.start <= at < shot.end for at in self.times)


def unplanned(
    keys: Sequence[Fraction], alone: Collection[Fraction], changes: Sequence[Boundary], rate: Fraction
) -> set[Fraction]:
    """Those key frames that the encoder set early although no change of shot is known there: it does so at flashes.

    Args:
        keys: seconds of all key frames of the file.
        alone: those in question.
        changes: changes of shot, in the file's seconds.
        rate: the file's frames a second.
    """
    early = {key for before, key in pairwise(keys) if key - before < KEY_FRAME_S - HALF_A_FRAME / rate}
    return {
        key for key in early & set(alone) if not any(c.start - 1 / rate <= key <= c.end + 1 / rate for c in changes)
    }


def _samples(stretch: Stretch, rate: Fraction) -> NDArray[np.uint8]:
    at = np.array([round((time - stretch.starts) * rate) for time in stretch.times], np.intp)
    at = at.clip(0, len(stretch.pictures) - 1)
    edges_s = np.arange(len(stretch.pictures) + 1) / float(rate)
    return steady_pictures(stretch.samples, at=at, frames=stretch.pictures, edges_s=edges_s)
