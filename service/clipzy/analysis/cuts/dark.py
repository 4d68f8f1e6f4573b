"""Dark videos: what they show takes a small part of full scale, and what is measured in shares of that misses most of their cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import LEAST_STEP, steps
from clipzy.analysis.cuts.small_frames import in_scratch

Frames = NDArray[np.uint8]

DARK = 0.25  # of full scale, under which all but a hundredth of a dark video's codes lie
_LIGHT = 0.9  # what they are brought up to
MOST_GAIN = 8.0  # more shows steps of a code each
_SHARE = 99  # percent
_SAMPLES = 512  # frames that tell it


def gain_of(frames: Frames) -> float:
    """How many times lighter the small frames (N, 27, 48, 3) of a video are to be looked at, 1 for all but dark ones.

    No more than leaves its usual step, which is of grain or of motion, under what counts as one.
    """
    high = _high(frames)
    if not 0 < high < DARK:
        return 1.0
    usual = float(np.median(steps(frames))) if len(frames) > 1 else 0.0
    return max(1.0, min(_LIGHT / high, MOST_GAIN, LEAST_STEP / max(usual, 1e-6)))


def lit(frames: Frames, gain: float, scratch: Path | None = None) -> Frames:
    """The same frames so many times lighter: themselves, or a copy in a file that vanishes with it, in `scratch` or where temporary files lie."""
    if gain == 1:
        return frames
    codes = np.rint(np.arange(256) * gain).clip(0, 255).astype(np.uint8)
    return in_scratch(frames.shape, lambda piece: codes[frames[piece]], scratch)


def too_dark(frames: Frames) -> bool:
    """Whether a video is so dark that cuts may be missed even so; black is no dark picture."""
    return 0 < _high(frames) < _LIGHT / MOST_GAIN


def _high(frames: Frames) -> float:
    """Of full scale, what all but a hundredth of the codes lie under; 0 of no frames."""
    return float(np.percentile(frames[:: max(1, len(frames) // _SAMPLES)], _SHARE)) / 255 if len(frames) else 0.0
