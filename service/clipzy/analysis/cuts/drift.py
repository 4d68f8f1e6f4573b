"""The camera's motion carried on through a transition: what either picture alone would show in each frame between.

The motion of two mixed pictures cannot be seen, but that before and after the transition can. A camera that pans, tilts or zooms is taken to go
on as it went; one that shakes is not: the less even its motion, the less of it is carried on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.layers import Floats, Places, back, find_places, onward, placed
from clipzy.analysis.cuts.small_frames import soft_grey

BESIDE = 8  # frames on each side of a transition that say how the camera moves
_FEWEST = 3  # steps
_ROUNDS = 2
_STILL = 0.5  # pixels all in all: less is no motion
_COVERED = 0.4  # of every frame: less says nothing, for every model explains nothing at all
_HALF_WIDTH = 24  # pixels of the small frames


@dataclass(frozen=True, slots=True)
class Ends:
    """Each picture of a transition alone, as the frames between would show it, (n, H, W, 3), and where both have pixels, (n, H, W) 0 or 1."""

    old: Floats
    new: Floats
    within: Floats


@dataclass(frozen=True, slots=True)
class Drift:
    """The steps of the camera between n + 1 frames, as far as one picture explains the next: see `Places`."""

    steps: Places

    @classmethod
    def seen(cls, frames: NDArray[np.uint8]) -> Drift:
        """Of frames (n + 1, H, W, 3)."""
        soft = soft_grey(frames)
        start = (Places.unmoved(len(soft) - 1),)
        return cls(find_places(soft[None, :-1], soft[1:], start, _ROUNDS)[0])

    def ends(self, frames: Floats, last_old: int, first_new: int) -> Ends | None:
        """Both pictures of a transition, moved on; None where the camera stands still, or leaves them behind.

        `frames` (n + 1, H, W, 3) are those whose steps these are.
        """
        steps = first_new - last_old
        before = self._going(max(0, last_old - BESIDE), last_old)
        after = self._going(first_new, min(len(self.steps.scale), first_new + BESIDE))
        if before is None or after is None:
            # where one side shows too little, the other side's: mostly both are of one take
            before = after = before if before is not None else after
        if before is None or after is None or max(_reach(before), _reach(after)) * steps < _STILL:
            return None
        first_on, last_back = onward(_on_and_on(before, steps)), back(_on_and_on(after, steps))
        olds, news = (np.broadcast_to(frames[k], (steps - 1, *frames.shape[1:])) for k in (last_old, first_new))
        (old, here), (new, there) = placed(olds, first_on), placed(news, last_back)
        within = here * there
        return Ends(old, new, within) if within.mean((1, 2)).min() >= _COVERED else None

    def _going(self, first: int, end: int) -> Floats | None:
        """The usual step, across, down and in logarithm of the scale, of those from `first` to `end` - 1; None where too little is known."""
        if end - first < _FEWEST:
            return None
        ways = np.concatenate([self.steps.shift[first:end], np.log(self.steps.scale[first:end, None])], 1)
        mean, spread = ways.mean(0), ways.var(0)
        # a mean motion as large as the shake about it is half believed
        shift = mean[:2] * _evenness(np.square(mean[:2]).sum(), spread[:2].sum())
        return np.asarray([*shift, mean[2] * _evenness(mean[2] ** 2, spread[2])], np.float32)


def _reach(step: Floats) -> float:
    """How far it moves any pixel, at most."""
    return float(np.hypot(*step[:2]) + abs(step[2]) * _HALF_WIDTH)


def _on_and_on(step: Floats, count: int) -> Places:
    return Places(np.tile(step[:2], (count, 1)), np.full(count, np.exp(step[2]), np.float32))


def _evenness(power: float, spread: float) -> float:
    return float(power / max(power + spread, 1e-12))
