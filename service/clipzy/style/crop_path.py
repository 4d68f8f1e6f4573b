"""How a clip's crop moves: by keys, between which it runs without a jerk and never beyond them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from clipzy.style.plan import Clip, Crop

Place = tuple[float, float, float]  # left edge, upper edge, width: shares of the picture


class CropPath:
    """The crop of one clip at any time of it.

    Each edge and the width run along a monotone cubic through the keys (Fritsch and Butland 1984: the slope at a key is the
    weighted harmonic mean of the slopes beside it, none where it turns), so that nothing overshoots. It sets out from rest and
    comes to rest: two keys make a smooth step. Before its first and after its last key the crop stands still.
    """

    def __init__(self, clip: Clip) -> None:
        """Take the clip's crop as the key at its start."""
        self._shape = clip.crop.height / clip.crop.width
        self._times = [0.0, *(float(key.at) for key in clip.crop_path)]
        self._places = [_place(clip.crop), *(_place(key.crop) for key in clip.crop_path)]
        self._slopes = list(
            zip(*(_slopes(self._times, values) for values in zip(*self._places, strict=True)), strict=True)
        )

    def __call__(self, since_start: float) -> Crop:
        """The crop so many seconds after the clip's start; it has the shape of the first one and lies in the picture."""
        at = bisect_right(self._times, since_start) - 1
        if at < 0 or at + 1 == len(self._times):
            return self._crop(self._places[max(at, 0)])
        length = self._times[at + 1] - self._times[at]
        share = (since_start - self._times[at]) / length
        ends = zip(self._places[at], self._places[at + 1], self._slopes[at], self._slopes[at + 1], strict=True)
        x, y, width = (
            _between(share, start, end, length * leaves, length * comes) for start, end, leaves, comes in ends
        )
        return self._crop((x, y, width))

    def _crop(self, place: Place) -> Crop:
        """Inside the picture to the last bit: edges and width each take their own way between two keys."""
        width = min(place[2], 1.0, 1.0 / self._shape)
        height = min(width * self._shape, 1.0)
        return Crop(min(max(place[0], 0.0), 1 - width), min(max(place[1], 0.0), 1 - height), width, height)


def _place(crop: Crop) -> Place:
    return crop.x, crop.y, crop.width


def _slopes(times: Sequence[float], values: Sequence[float]) -> list[float]:
    """Of one coordinate at each key, a second."""
    lengths = [later - earlier for earlier, later in pairwise(times)]
    rises = [(later - earlier) / length for (earlier, later), length in zip(pairwise(values), lengths, strict=True)]
    inner = [
        0.0 if before * after <= 0 else 3 * (one + two) / ((2 * two + one) / before + (two + 2 * one) / after)
        for (one, two), (before, after) in zip(pairwise(lengths), pairwise(rises), strict=True)
    ]
    return [0.0, *inner, 0.0] if rises else [0.0]


def _between(share: float, start: float, end: float, leaves: float, comes: float) -> float:
    """Hermite's cubic from one value to another with these slopes at its ends."""
    left = 1 - share
    return (
        start * left * left * (1 + 2 * share)
        + end * share * share * (3 - 2 * share)
        + leaves * share * left * left
        - comes * share * share * left
    )
