"""Files with more frames a second than films: shots are searched at the rate that rules and network know, and cuts are then placed to the frame.

At 60 or 240 frames a second little changes from one to the next. A flash of three film frames lasts for many, a transition for more than the network sees at
once (it was trained on some 25 a second, arXiv 2008.04838), and each frame costs as much as one of a film.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from clipzy.analysis.cuts.differences import steps
from clipzy.analysis.cuts.small_frames import in_scratch
from clipzy.style.dna import TransitionType
from clipzy.style.measurements import Boundary

Frames = NDArray[np.uint8]
Times = NDArray[np.int64]

LEAST_STEP_S = Fraction(1, 36)
"""Least time between two frames that are searched: of 30 frames a second all stay, also on a clock of milliseconds; of 48 and more every second or so."""
_USUAL = 9  # frames, whose median step gives the rate there


def at_film_rate(
    frames: Frames, times: Times, time_base: Fraction, scratch: Path | None = None
) -> tuple[Frames, Times]:
    """Leave out the frames that come sooner than a film's next would.

    Args:
        frames: (N, 27, 48, 3) uint8 RGB, may be a memory map; read in pieces.
        times: (N + 1,) start of every frame and the end of the last, in ticks.
        time_base: seconds per tick.
        scratch: folder for the copy, see `picked`.

    Returns:
        The same where all stay; else the frames that stay, (M, 27, 48, 3), and their times (M + 1,) on the same clock.
    """
    least = int(LEAST_STEP_S / time_base)
    # by the usual step: a single frame that comes too soon, as from a phone, stays
    dense = median_filter(np.diff(times), _USUAL, mode="reflect") < least
    if not dense.any():
        return frames, times
    kept: list[int] = []
    due = int(times[0])
    for number, start in enumerate(times[:-1].tolist()):
        if start >= due or not dense[number]:
            kept.append(number)
            due = start + least
    if len(kept) == len(frames):
        return frames, times
    return picked(frames, times, np.array(kept), scratch)


def picked(frames: Frames, times: Times, kept: NDArray[np.int64], scratch: Path | None = None) -> tuple[Frames, Times]:
    """Some of the frames, by their numbers, and their times with the end of the video.

    The copy is a file in `scratch` that vanishes with it; None for where temporary files lie.
    """
    fewer = in_scratch((len(kept), *frames.shape[1:]), lambda piece: frames[kept[piece]], scratch)
    return fewer, np.append(times[kept], times[-1])


def to_the_frame(
    boundaries: Sequence[Boundary], frames: Frames, times: Times, looked_at: Times, time_base: Fraction
) -> tuple[Boundary, ...]:
    """Boundaries that were found at some of the frames, each cut at the frame at which the picture changes most.

    Args:
        boundaries: those found.
        frames: (N, 27, 48, 3) uint8 RGB, all of them.
        times: (N + 1,) their starts and the end, in ticks.
        looked_at: (M + 1,) the same of the frames that were looked at.
        time_base: seconds per tick.
    """
    if len(looked_at) == len(times):
        return tuple(boundaries)

    def placed(boundary: Boundary) -> Boundary:
        if boundary.type is not TransitionType.CUT:
            return boundary
        start = round(boundary.start / time_base)
        before = looked_at[np.searchsorted(looked_at, start) - 1]
        old, new = np.searchsorted(times, (before, start)).tolist()
        change = steps(frames[old : new + 1])
        at = int(times[old + 1 + int(change.argmax())]) * time_base
        return replace(boundary, start=at, end=at)

    return tuple(placed(boundary) for boundary in boundaries)
