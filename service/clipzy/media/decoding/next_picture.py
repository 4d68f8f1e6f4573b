"""Pairs for motion where frames repeat: the first frame of one picture and the first frame of the next.

Animation on twos, and cameras slower than their file, show each picture in two frames or more. Between two consecutive frames there, either nothing moves
or all the motion of several frames happens at once. Film in a file of 30 frames a second repeats one picture in four: a frame and its repeat would stand
still, and the others move by 1/24 s in 1/30 s.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]

REACH_S = Fraction(1, 5)
"""How far on both sides of a frame repeats are looked for; in a moving shot no picture is repeated for longer."""
# A step is a repeat if it is under _NEAR_NOTHING of the largest steps on both sides (coding noise is mostly under a tenth) and under _MOST_NOISE codes on average.
# Where even the largest steps are under _LEAST_MOTION nothing moves. The largest repeat has to be under _APART of the smallest motion, else they are not told apart
_NEAR_NOTHING, _MOST_NOISE, _LEAST_MOTION, _APART = 0.2, 0.5, 0.1, 0.7
# Where most frames are new, consecutive frames give the right speed on average; and a single new picture is no pattern
_MOST_NEW, _LEAST_NEW = 0.55, 2
# One step in so many repeats: in film at 30 frames a second every fifth, in video of 25 every sixth
_EVERY = range(3, 7)


@dataclass(frozen=True, slots=True)
class Shown:
    """A grey frame, (H, W), its time in ticks, and its mean difference from the one before in codes, 0 for the first."""

    ticks: int
    picture: Picture
    change: float


class RecentFrames:
    """The latest frames, as many as pairs may still be made of.

    `reach`: REACH_S in ticks; `gap`: least ticks between the frames of a pair, where the video has frames so far apart.
    """

    def __init__(self, reach: int, gap: int = 0) -> None:
        self._reach, self._gap = reach, gap
        self._held: deque[Shown] = deque()

    def add(self, ticks: int, picture: Picture) -> None:
        """The next frame."""
        change = _change(self._held[-1].picture, picture) if self._held else 0.0
        self._held.append(Shown(ticks, picture, change))

    def pair_at(self, ticks: int) -> tuple[Shown, Shown] | None:
        """The frame at `ticks` and the next; where pictures repeat, the first frames of this picture and the next. None for the last frame."""
        near = [f for f in self._held if abs(f.ticks - ticks) <= self._reach]
        at = next(k for k, f in enumerate(near) if f.ticks == ticks)
        later = [f for f in self._held if f.ticks > ticks]
        if not later:
            return None
        after = next((f for f in later if f.ticks >= ticks + self._gap), later[-1])
        changes = np.array([f.change for f in near[1:]])
        if (film := of_film(changes, at)) is not None:
            one, other = near[film[0]], near[film[0] + 1]
            if other.ticks - one.ticks >= self._gap:
                return one, replace(other, ticks=one.ticks + round((other.ticks - one.ticks) * film[1]))
        first, second = of_pictures(changes, at)
        if (first == at and second == at + 1) or near[second].ticks - near[first].ticks > self._reach:
            return near[at], after
        return near[first], near[second]

    def forget(self, before: int) -> None:
        """Drop the frames that no pair at `before` ticks or later needs."""
        while self._held and self._held[0].ticks < before - self._reach:
            self._held.popleft()


def of_pictures(changes: Floats, at: int) -> tuple[int, int]:
    """The first frame of the picture in frame `at`, and the first of the next picture; `at` and `at` + 1 where few frames repeat.

    Args:
        changes: (N - 1,) mean difference from each of N consecutive frames to the next, in codes.
        at: one of the frames.
    """
    usual = at, at + 1
    new = _new_steps(changes, at)
    if new is None or new.mean() > _MOST_NEW or new.sum() < _LEAST_NEW:
        return usual
    before, after = np.flatnonzero(new[:at]), np.flatnonzero(new[at:])
    # of a picture that is there at the start of the window the first frame is not known
    if not len(after) or (at and not len(before)):
        return usual
    return int(before[-1]) + 1 if at else 0, at + int(after[0]) + 1


def of_film(changes: Floats, at: int) -> tuple[int, Fraction] | None:
    """The frame of `at` or after that is followed by a new picture, and how many frames each picture lasts; None where frames do not repeat one in so many, evenly.

    `changes`, `at`: as of `of_pictures`.
    """
    new = _new_steps(changes, at)
    if new is None:
        return None
    apart = np.diff(np.flatnonzero(~new))
    first = at if new[at] else at + 1
    if not len(apart) or apart[0] not in _EVERY or (apart != apart[0]).any() or first == len(changes):
        return None
    every = int(apart[0])
    return first, Fraction(every, every - 1)


def _new_steps(changes: Floats, at: int) -> NDArray[np.bool_] | None:
    """Which steps are to a new picture, and no repeats; None where nothing moves around frame `at`, nothing repeats, or the two cannot be told apart."""
    if at == len(changes):
        return None
    level = min(side.max() for side in (changes[:at], changes[at:]) if len(side))
    new = np.asarray(changes >= min(_MOST_NOISE, _NEAR_NOTHING * level))
    if level < _LEAST_MOTION or new.all() or changes[~new].max() > _APART * changes[new].min():
        return None
    return new


def _change(one: Picture, other: Picture) -> float:
    apart = np.maximum(one, other) - np.minimum(one, other)
    return float(apart.sum(dtype=np.uint64) / apart.size)
