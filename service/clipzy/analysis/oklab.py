"""OKLab, the perceptual colour space in which looks are measured (B. Ottosson, 2020, "A perceptual color space for image processing")."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LMS_INVERSE = np.linalg.inv(_LMS)
_LAB_INVERSE = np.linalg.inv(_LAB)


def to_linear(srgb: Array) -> Array:
    """Take sRGB code values 0..1 to linear light 0..1 (IEC 61966-2-1)."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: Array) -> Array:
    """Take linear light to sRGB code values; what lies outside 0..1 is clipped."""
    light = np.clip(linear, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055)


def from_srgb(srgb: Array) -> Array:
    """Take sRGB 0..1, shape (..., 3), to OKLab (..., 3): L 0..1, a (green to red) and b (blue to yellow) about -0.3..0.3."""
    return np.asarray(np.cbrt(to_linear(srgb) @ _LMS.T) @ _LAB.T)


def into_srgb(lab: Array) -> Array:
    """Take OKLab (..., 3) to sRGB 0..1 (..., 3), clipping what the display cannot show."""
    return to_srgb((lab @ _LAB_INVERSE.T) ** 3 @ _LMS_INVERSE.T)


def hex_color(srgb: Array) -> str:
    """Spell one sRGB colour 0..1, shape (3,), as #rrggbb."""
    red, green, blue = (int(v) for v in np.rint(np.clip(srgb, 0, 1) * 255))
    return f"#{red:02x}{green:02x}{blue:02x}"


def squared_gaps(colours: Array, centres: Array) -> Array:
    """Squared distances (k, n) of colours (n, 3) from each of `centres` (k, 3).

    Column by column: numpy is many times slower at sums of three numbers.
    """
    first, second, third = np.ascontiguousarray(colours.T)
    return np.stack([(first - c[0]) ** 2 + (second - c[1]) ** 2 + (third - c[2]) ** 2 for c in centres])


def nearest(colours: Array, centres: Array) -> NDArray[np.int64]:
    """Which of `centres` (k, 3) each of colours (n, 3) is nearest to, the first of equals: (n,)."""
    gaps = squared_gaps(colours, centres)
    chosen, least = np.zeros(len(colours), np.int64), gaps[0]
    # one by one: numpy is many times slower at the least of few numbers
    for k in range(1, len(gaps)):
        nearer = gaps[k] < least
        chosen[nearer] = k
        least = np.minimum(least, gaps[k])
    return chosen
