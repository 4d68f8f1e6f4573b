"""Frames that only repeat the picture before: files that show fewer new pictures a second than they hold frames.

Such files come from webcams in little light, games that lag, films at 60 frames a second and drawings on twos or threes. Beside steps of nothing every
movement looks like a cut. Without the repeats the take is left as its camera gave it, each picture at its own time. In films at 30 frames a second one of five
frames repeats: their dissolves stop and go, which no model of a dissolve explains.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from clipzy.analysis.cuts.differences import LEAST_CUT, LEAST_STEP, steps
from clipzy.analysis.cuts.film_rate import picked
from clipzy.analysis.cuts.held import HELD_S, one_take
from clipzy.analysis.stretches import runs, tidied

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Of the steps to new pictures on both sides: the step that a codec leaves at a repeat is mostly under a tenth of them
_NEAR_NOTHING = 0.2
_MOST_NOISE = 1 / 255  # of full scale in the mean; more is motion
# Of full scale, for the steps beside a repeat: between smaller ones repeats make no step stand out, see `sharpness`
_LEAST_MOTION = LEAST_STEP / 2
_NEWS = 9  # new pictures that say together how often one comes
_FEWEST = 6  # of them on end; fewer are pauses within a movement
_FRAMES_EACH = 1.8  # in the mean; with fewer most steps are motion and say what is usual
# Then evenness tells repeats: one frame in so many, so many times in a row, with this share of them seen to repeat, and of the others no more than this
_EVERY, _ON_END, _SEEN, _OTHERS = (3, 4, 5, 6), 5, 0.75, 0.15
_LEAST_EVEN = 0.0025  # of full scale, as `_LEAST_MOTION`: so even a row is no chance


def without_repeats(
    frames: Frames, times: NDArray[np.int64], time_base: Fraction, scratch: Path | None = None
) -> tuple[Frames, NDArray[np.int64]]:
    """Leave out frames that repeat a picture, where new pictures come steadily, one for about two frames or more, or where one frame in three to six repeats.

    Stretches that stand still, show unlike pictures one after another or repeat a picture now and then stay as they are.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map; read in pieces.
        times: (N + 1,) start of every frame and the end of the last, in ticks.
        time_base: seconds per tick.
        scratch: folder for the copy, see `picked`.

    Returns:
        The same where all stay; else the frames that stay, (M, 27, 48, 3), and their times (M + 1,) on the same clock.
    """
    repeated = repeats(frames, times, time_base)
    if not repeated.any():
        return frames, times
    return picked(frames, times, np.flatnonzero(~repeated), scratch)


def repeats(frames: Frames, times: NDArray[np.int64], time_base: Fraction) -> Mask:
    """Which frames (N,) are to be left out, see `without_repeats`."""
    repeated = np.zeros(len(frames), bool)
    if len(frames) <= _FEWEST:
        return repeated
    change = steps(frames)
    most = _frames_within(float(HELD_S), times, time_base)
    stands = _stands(change, most, _LEAST_MOTION)
    # the first frame of every new picture, and the end
    news = np.concatenate([[0], np.flatnonzero(~stands) + 1, [len(frames)]])
    near = np.diff(times[news]) <= float(HELD_S / time_base)
    other = np.array([_another(frames, change, k) for k in news[1:-1].tolist()] + [False])
    for first, end in runs(_steady(np.diff(news), near, other)).tolist():
        repeated[news[first] : news[end]] = True
    repeated[news[:-1]] = False
    repeated[1:] |= _one_in_some(_stands(change, most, _LEAST_EVEN))
    return repeated


def _frames_within(seconds: float, times: NDArray[np.int64], time_base: Fraction) -> int:
    """How many frames of the usual length last so long, at least one."""
    return max(1, round(seconds / max(float(np.median(np.diff(times)) * time_base), 1e-9)))


def _stands(change: Floats, most: int, least: float) -> Mask:
    """The steps (N - 1,) at which the picture stays: next to nothing beside the largest of `most` on either side, which is over `least` of full scale."""
    around = sliding_window_view(np.pad(change, most, constant_values=np.inf), most).max(1)
    before, after = around[: len(change)], around[most + 1 :]
    # at either end of the video by the other side alone
    level = np.nan_to_num(np.minimum(before, after), posinf=0)
    return np.asarray((level > least) & (change < np.minimum(_MOST_NOISE, _NEAR_NOTHING * level)))


def _one_in_some(stands: Mask) -> Mask:
    """Those of the steps (N - 1,) at which the picture stays that come evenly, each after as many others."""
    even = np.zeros(len(stands), bool)
    for every in _EVERY:
        turns = -(-len(stands) // every)
        if turns < _ON_END:
            continue
        # the last turn is as the one before where the video ends within it
        whole = np.append(stands, stands[len(stands) - every :][: turns * every - len(stands)])
        share = sliding_window_view(whole.reshape(turns, every), _ON_END, axis=0).mean(-1)
        rows = (share >= _SEEN) & (share.sum(1, keepdims=True) - share <= _OTHERS)
        on_end = np.zeros((turns, every), bool)
        for turn in range(_ON_END):
            on_end[turn : turn + len(rows)] |= rows
        even |= stands & on_end.ravel()[: len(stands)]
    return even


def _steady(gaps: NDArray[np.int64], near: Mask, other: Mask) -> Mask:
    """Which gaps between new pictures (G,), in frames, lie in stretches of one take in which new ones come steadily."""
    steady = np.zeros(len(gaps), bool)
    for first, end in runs(near).tolist():
        within = slice(first, end)
        each = uniform_filter1d(gaps[within].astype(float), _NEWS, mode="nearest")
        strange = uniform_filter1d(other[within].astype(float), _NEWS, mode="nearest")
        steady[within] = (each >= _FRAMES_EACH) & (strange < 1 / 2)
    return tidied(steady, _FEWEST, 0)


def _another(frames: Frames, change: Floats, new: int) -> bool:
    """Whether a new picture shows another scene: a slide show's pictures follow each other as steadily as a slow camera's."""
    return bool(change[new - 1] > LEAST_CUT) and not one_take(frames[new - 1], frames[new])
