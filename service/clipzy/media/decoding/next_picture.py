"""Pairs for motion where frames repeat: from the frame at which a picture first shows to the one at which the next does.

Drawings on twos, and cameras slower than their file, show each picture in two frames or more. Of two frames on end there, either nothing moves, or as much
as in the time of all that show the picture; which of both depends on the frame at which one looks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

REACH_S = Fraction(1, 5)
"""The longest that a picture is shown among others that move, and how far on both sides of a frame is looked."""
# Of the steps to new pictures on both sides, what coders leave of a repeat is mostly under a tenth; more than half a code in the mean is motion, and what moves
# less than a tenth of a code is noise. Repeats and motion are told apart only where little lies between them
_NEAR_NOTHING, _MOST_NOISE, _LEAST_MOTION, _APART = 0.2, 0.5, 0.1, 0.7
# As long as most frames are new, those on end say on the average how fast things move; one new picture is no sign of a steady row
_MOST_NEW, _LEAST_NEW = 0.55, 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A grey frame, (H, W), from when on it is shown, in ticks, and how far it differs from the one before: codes in the mean, 0 of the first."""

    ticks: int
    picture: Picture
    change: float


class Passing:
    """Frames that pass by, of which no more are held than the pairs of the last instants may be made of.

    `reach`: ticks of `REACH_S`; `gap`: ticks that lie between the frames of a pair at least, as far as there are frames.
    """

    def __init__(self, reach: int, gap: int = 0) -> None:
        self._reach, self._gap = reach, gap
        self._held: deque[Shown] = deque()

    def add(self, ticks: int, picture: Picture) -> None:
        """The next frame."""
        change = _change(self._held[-1].picture, picture) if self._held else 0.0
        self._held.append(Shown(ticks, picture, change))

    def pair_at(self, ticks: int) -> tuple[Shown, Shown] | None:
        """The frame shown from `ticks` on and the next, or of both pictures the first frames where each is shown in several; None if it is the last."""
        near = [f for f in self._held if abs(f.ticks - ticks) <= self._reach]
        at = next(k for k, f in enumerate(near) if f.ticks == ticks)
        later = [f for f in self._held if f.ticks > ticks]
        if not later:
            return None
        after = next((f for f in later if f.ticks >= ticks + self._gap), later[-1])
        first, second = of_pictures(np.array([f.change for f in near[1:]]), at)
        if (first == at and second == at + 1) or near[second].ticks - near[first].ticks > self._reach:
            return near[at], after
        return near[first], near[second]

    def forget(self, before: int) -> None:
        """Let go of frames that no pair at `before` ticks or later is made of."""
        while self._held and self._held[0].ticks < before - self._reach:
            self._held.popleft()


def of_pictures(changes: Floats, at: int) -> tuple[int, int]:
    """The first frame that shows what frame `at` shows, and the first that shows the next picture; `at` and the next where few frames repeat.

    Args:
        changes: (N - 1,) from each of N frames on end to the next, codes in the mean.
        at: one of the frames.
    """
    usual = at, at + 1
    if at == len(changes):
        return usual
    level = min(side.max() for side in (changes[:at], changes[at:]) if len(side))
    new = changes >= min(_MOST_NOISE, _NEAR_NOTHING * level)
    if level < _LEAST_MOTION or new.mean() > _MOST_NEW or new.sum() < _LEAST_NEW:
        return usual
    if changes[~new].max() > _APART * changes[new].min():
        return usual
    before, after = np.flatnonzero(new[:at]), np.flatnonzero(new[at:])
    # that of the video's first frames is not known to have been shown any longer
    if not len(after) or (at and not len(before)):
        return usual
    return int(before[-1]) + 1 if at else 0, at + int(after[0]) + 1


def _change(one: Picture, other: Picture) -> float:
    apart = np.maximum(one, other) - np.minimum(one, other)
    return float(apart.sum(dtype=np.uint64) / apart.size)
