"""Dark videos: their pictures use a small part of full scale, so that measures in shares of full scale miss most of their cuts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.differences import LEAST_STEP, steps
from clipzy.analysis.cuts.small_frames import in_scratch

Frames = NDArray[np.uint8]

DARK = 0.25  # of full scale: all but a hundredth of a dark video's codes lie below
_LIGHT = 0.9  # of full scale, to which these are brought
MOST_GAIN = 8.0  # more would show single steps of 8 bits
_SHARE = 99  # percent
_SAMPLES = 512  # frames that are examined


def gain_of(frames: Frames) -> float:
    """How many times lighter the small frames (N, 27, 48, 3) of a video are to be made, 1 for all but dark ones.

    The usual step, of grain or of motion, stays under `LEAST_STEP`.
    """
    high = _high(frames)
    if not 0 < high < DARK:
        return 1.0
    usual = float(np.median(steps(frames))) if len(frames) > 1 else 0.0
    return max(1.0, min(_LIGHT / high, MOST_GAIN, LEAST_STEP / max(usual, 1e-6)))


def lit(frames: Frames, gain: float, scratch: Path | None = None) -> Frames:
    """The frames made so many times lighter, see `in_scratch`; the same frames where the gain is 1."""
    if gain == 1:
        return frames
    codes = np.rint(np.arange(256) * gain).clip(0, 255).astype(np.uint8)
    return in_scratch(frames.shape, lambda piece: codes[frames[piece]], scratch)


def too_dark(frames: Frames) -> bool:
    """Whether a video is so dark that cuts may be missed even so; black is no dark picture."""
    return 0 < _high(frames) < _LIGHT / MOST_GAIN


def _high(frames: Frames) -> float:
    """The share of full scale below which all but a hundredth of the codes lie; 0 without frames."""
    return float(np.percentile(frames[:: max(1, len(frames) // _SAMPLES)], _SHARE)) / 255 if len(frames) else 0.0
