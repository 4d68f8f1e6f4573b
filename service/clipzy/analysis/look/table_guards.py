"""Guards of looks made from sliders: they must not band a picture or crush the ends of its scale. The network guards looks from a template."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look.roughness import seen_through

Array = NDArray[np.float64]

MOST_CLIPPED = 0.01  # of channel values at black or white, above the share before
# shares of a channel's own values near its ends, tried from the least on
DRAWING = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 1.0)
NEAR_END = 0.1  # of the scale: what lies nearer to an end is drawn, at least
_CODES = 255


def identity(size: int) -> Array:
    """The look that changes nothing: the colours of its own nodes, (size, size, size, 3) by [blue, green, red]."""
    axis = np.linspace(0, 1, size)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij")[::-1], -1)


def rising(look: Array) -> Array:
    """The look with no channel falling along its own axis: the mean of the least such look above it and the greatest below."""
    found = np.empty_like(look)
    for channel in range(3):
        values, axis = look[..., channel], 2 - channel
        above = np.maximum.accumulate(values, axis)
        below = np.flip(np.minimum.accumulate(np.flip(values, axis), axis), axis)
        found[..., channel] = (above + below) / 2
    return found


def keep_drawing(look: Array, colours: Array) -> Array:
    """The look, where it would clip more of the colours (n, 3) sRGB, with as little of each channel kept near its ends as keeps it from that."""
    allowed = _clipped(colours) + MOST_CLIPPED
    for share in DRAWING:
        kept = _drawn(look, share)
        if _clipped(seen_through(kept.astype(np.float32), colours)) <= allowed:
            break
    return kept


def _drawn(look: Array, share: float) -> Array:
    """Near black and near white, a share of the nodes' own channels: a flat black or white would have no drawing. Rising where the look rises."""
    same = identity(len(look))
    reach = min(1.0, max(NEAR_END, 2 * share))
    low, high = np.maximum(0, 1 - look / reach), np.maximum(0, 1 - (1 - look) / reach)
    return np.asarray(look + share * (low * same - high * (1 - same)))


def _clipped(srgb: Array) -> float:
    """The share of channel values that are black or white in 8 bits."""
    codes = srgb * _CODES
    return float(((codes <= 0.5) | (codes >= _CODES - 0.5)).mean())
