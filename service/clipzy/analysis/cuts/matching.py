"""Where a part of one small picture, shrunk, is seen in another: what tells a closer framing of a take from a wider one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.matching_kernels import fit_parts

Floats = NDArray[np.float32]
Size = tuple[int, int]  # width and height

LEAST_SPREAD = 0.02  # of full scale: a flat picture fits everywhere


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture shrunk to `size`, as sums over the picture's pixels.

    `corner`: its first column and line in the shrunk picture. `down` (rows, H) and `across` (columns, W): shares of the picture's lines and columns in
    each of the part's.
    """

    size: Size
    corner: tuple[int, int]
    down: Floats
    across: Floats

    @classmethod
    def middle(cls, picture: Size, size: Size, part: Size) -> Self:
        """The middle part, of that size, of a picture shrunk to a size."""
        left, top = ((whole - within) // 2 for whole, within in zip(size, part, strict=True))
        across, down = (_shares(*sides) for sides in zip(picture, size, strict=True))
        return cls(size, (left, top), down[top : top + part[1]], across[left : left + part[0]])

    def of(self, pictures: Floats) -> Floats:
        """The part of each of some pictures (n, H, W): (n, rows * columns)."""
        n, height, width = pictures.shape
        narrow = (pictures.reshape(n * height, width) @ self.across.T).reshape(n, height, len(self.across))
        return np.asarray(np.matmul(self.down, narrow).reshape(n, len(self.down) * len(self.across)))


@dataclass(frozen=True, slots=True)
class Fits:
    """How well parts fit where they fit best.

    `alike` (n, parts): correlations, 0 where all is even; `places` (n, parts, 2): the first column and line of each part there.
    """

    alike: Floats
    places: Floats


@lru_cache(maxsize=64)
def _shares(size: int, shrunk: int) -> Floats:
    """What share each of a line's pixels has in those of a shorter one, by area: (shrunk, size)."""
    edges = np.arange(shrunk + 1) * (size / shrunk)
    pixel = np.arange(size)
    covered = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    return np.asarray(np.maximum(covered, 0) * (shrunk / size), np.float32)


def fits(pictures: Floats, others: Floats, parts: Sequence[Part], least_spread: float) -> Fits:
    """Look in pictures (n, H, W) of codes 0..1 for parts of others (n, H, W), each in its own.

    A part whose standard deviation is under `least_spread` is even: it would fit by its noise alone.
    """
    sizes = np.array([(len(part.down), len(part.across)) for part in parts])
    found = np.empty((len(pictures), len(parts), 4), np.float32)
    fit_parts(pictures, np.concatenate([part.of(others) for part in parts], 1), sizes, found)
    alike = np.where(found[..., 3] < least_spread, np.float32(0), found[..., 0])
    return Fits(alike, found[..., 1:3])


def fits_both_ways(ones: Floats, others: Floats, parts: Sequence[Part], least_spread: float) -> tuple[Fits, Fits]:
    """The same of parts of others in pictures, and of those of the pictures in the others."""
    n = len(ones)
    found = fits(np.concatenate([ones, others]), np.concatenate([others, ones]), parts, least_spread)
    return Fits(found.alike[:n], found.places[:n]), Fits(found.alike[n:], found.places[n:])


def not_flat(ones: Floats, others: Floats) -> NDArray[np.bool_]:
    """Whether there is something to be seen in both pictures of each pair, (n, H, W) of codes 0..1 each: (n,)."""
    return np.asarray(np.minimum(*(each.std((1, 2), dtype=float) for each in (ones, others))) >= LEAST_SPREAD)
