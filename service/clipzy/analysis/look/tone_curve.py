"""Sliders put on in good measure: `grade`'s model beyond the range it is read in, and never so steep that tones band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.look import oklab
from clipzy.analysis.look.grade import grade, midtone

Array = NDArray[np.float64]

STEEPEST = 3.0
"""Times as far apart as before are two greys at most, as in looks from a template: one step of 8 bits shows as three."""
PARTS = 4
"""In which contrast, highlights and shadows are put on, each over what the one before left: all at once they would turn tones about beyond ±1."""
_CODES = np.linspace(0, 1, 257)


def regraded(lab: Array, sliders: Array, cast: Array) -> Array:
    """Apply sliders (6,) in the order of ColorGrade to OKLab colours (..., 3); those of tone may go beyond ±1.

    Saturation spreads colours about `cast`, (2,) a and b: their own as `look_statistics` tells it, since a slider of
    saturation is none of white balance. About 0 it takes the cast with the colours. Greys keep their order; black and white stay, but for what keeps the tones beside them from banding.
    """
    codes = oklab.to_srgb(np.power(np.clip(lab[..., 0], 0, 1), 3.0))
    toned = np.stack([np.interp(codes, _CODES, _curve(sliders[3:])), lab[..., 1], lab[..., 2]], -1)
    about = cast * midtone(toned[..., :1])
    toned[..., 1:] -= about
    graded = grade(toned, np.array([*sliders[:3], 0, 0, 0]))
    graded[..., 1:] += about
    return graded


def _curve(tones: Array) -> Array:
    """The lightness that greys of `_CODES` come to by contrast, highlights and shadows."""
    lightness = np.cbrt(oklab.to_linear(_CODES))
    greys = np.stack([lightness, 0 * lightness, 0 * lightness], -1)
    part = np.array([0, 0, 0, *tones]) / PARTS
    for _ in range(PARTS):
        greys = grade(greys, part)
    curve = oklab.to_srgb(np.clip(greys[:, 0], 0, 1) ** 3)
    return np.cbrt(oklab.to_linear(no_steeper(curve)))


def no_steeper(values: Array) -> Array:
    """Values over codes from 0 to 1, along the only axis or all but the last, no steeper than `STEEPEST` along each; rising axes stay rising.

    The mean of the greatest such function below and the least above: where the values are gentle, both are the values themselves.
    """
    below, above = values, values
    for axis in range(max(1, values.ndim - 1)):
        below, above = _lowered(below, axis), -_lowered(-above, axis)
    return np.asarray((below + above) / 2)


def _lowered(values: Array, axis: int) -> Array:
    """The greatest function under `values` that rises or falls no faster than `STEEPEST` along an axis."""
    size = values.shape[axis]
    ramp = (np.arange(size) * STEEPEST / (size - 1)).reshape([-1 if k == axis else 1 for k in range(values.ndim)])
    forward = np.minimum.accumulate(values - ramp, axis) + ramp
    return np.asarray(np.flip(np.minimum.accumulate(np.flip(forward + ramp, axis), axis), axis) - ramp)
