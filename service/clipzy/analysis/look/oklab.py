"""OKLab, the perceptual colour space in which looks are measured (B. Ottosson, 2020, "A perceptual color space for image processing")."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.uint8]

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
    return _of_light(to_linear(srgb))


def from_codes(codes: Codes) -> Array:
    """The same of code values 0..255, which have but 256 amounts of light."""
    return _of_light(_light_of_codes()[codes])


@cache
def _light_of_codes() -> Array:
    return to_linear(np.arange(256) / 255)


def _of_light(linear: Array) -> Array:
    light = linear @ _LMS.T
    return np.asarray(np.cbrt(light, out=light) @ _LAB.T)


def into_srgb(lab: Array) -> Array:
    """Take OKLab (..., 3) to sRGB 0..1 (..., 3), clipping what the display cannot show."""
    return to_srgb((lab @ _LAB_INVERSE.T) ** 3 @ _LMS_INVERSE.T)


def hex_color(srgb: Array) -> str:
    """Spell one sRGB colour 0..1, shape (3,), as #rrggbb."""
    red, green, blue = (int(v) for v in np.rint(np.clip(srgb, 0, 1) * 255))
    return f"#{red:02x}{green:02x}{blue:02x}"


def squared_gaps(colours: Array, centres: Array) -> Array:
    """Squared distances (k, n) of colours (n, 3) from each of `centres` (k, 3)."""
    axes, gaps = np.ascontiguousarray(colours.T), np.empty((len(centres), len(colours)))
    room = np.empty(len(colours))
    for centre, gap in zip(centres, gaps, strict=True):
        _squared_gap(axes, centre, gap, room)
    return gaps


def nearest_along(axes: Array, centres: Array) -> NDArray[np.int64]:
    """Which of `centres` (k, 3) each of colours (3, n), stored axis by axis, is nearest to, the first of equals: (n,)."""
    chosen, (least, gap, room) = np.zeros(axes.shape[1], np.int64), np.empty((3, axes.shape[1]))
    nearer = np.empty(axes.shape[1], bool)
    # one by one: numpy is many times slower at the least of few numbers
    for k, centre in enumerate(centres):
        _squared_gap(axes, centre, gap if k else least, room)
        if k:
            np.copyto(chosen, k, where=np.less(gap, least, out=nearer))
            np.minimum(least, gap, out=least)
    return chosen


def _squared_gap(axes: Array, centre: Array, gap: Array, room: Array) -> None:
    """Fill `gap` (n,) by squared distances of colours (3, n) from one; `room` (n,) is room to work in.

    Axis by axis: numpy is many times slower at sums of three numbers.
    """
    np.square(np.subtract(axes[0], centre[0], out=gap), out=gap)
    for axis, place in zip(axes[1:], centre[1:], strict=True):
        gap += np.square(np.subtract(axis, place, out=room), out=room)
