"""Pictures laid over each other: where, how large and how strongly one or two known pictures lie in others, by least squares.

The method is that of B. Lucas, T. Kanade, "An Iterative Image Registration Technique with an Application to Stereo Vision" (1981), with a scale
beside the shift, and for two transparent layers at once (J. Bergen et al., "A Three-Frame Algorithm for Estimating Two-Component Image Motion", 1992).
All is solved for a whole batch of pictures together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.layer_kernels import add_moved, add_shown, leave, place

Floats = NDArray[np.float32]

_FARTHEST_STEP = 1.5  # pixels in one round: beyond it the linear model says nothing
_LARGEST_STEP = 0.1  # of the logarithm of the scale
_LEAST_STRENGTH = 0.15  # a layer that hardly shows is hardly moved by what it explains
# what strength, both shifts and scale cost: a plain picture says nothing about where it lies
_STIFF = (1e-3, 3e-2, 3e-2, 1e-1)
_LEVEL_STIFF = 1e-2
_SMALLEST, _LARGEST = 0.4, 2.5  # times


@dataclass(frozen=True, slots=True)
class Places:
    """Where a picture lies in each of n others: pixel x of one shows pixel c + (x - c) / scale + shift of the picture, c the middle.

    `shift` (n, 2) pixels across and down; `scale` (n,) > 1 where the picture appears enlarged.
    """

    shift: Floats
    scale: Floats

    @classmethod
    def unmoved(cls, n: int) -> Places:
        """As it is."""
        return cls(np.zeros((n, 2), np.float32), np.ones(n, np.float32))


@dataclass(frozen=True, slots=True)
class Laid:
    """How n pictures are explained by layers.

    `shown` (layers, n, H, W): the layers where they lie; `strength` (n, layers); `left` (n,) mean square that is left unexplained; `covered` (n,) share of
    the picture that all layers reach.
    """

    places: tuple[Places, ...]
    shown: Floats
    strength: Floats
    left: Floats
    covered: Floats


def lay(layers: Floats, pictures: Floats, places: tuple[Places, ...], rounds: int) -> Laid:
    """Fit layers to pictures, beginning from places near the right ones.

    Args:
        layers: (layers, n, H, W) float32, for each picture the ones that lie in it.
        pictures: (n, H, W) float32.
        places: of each layer.
        rounds: how often the places are corrected.
    """
    pictures = np.require(pictures, np.float32, ("C", "W"))
    for _ in range(rounds):
        shown, within = _shown(layers, places)
        found = _solved(add_moved, shown, within, pictures, np.array(_STIFF * len(layers)))
        places = tuple(_corrected(place, found[:, 4 * k : 4 * k + 4]) for k, place in enumerate(places))
    shown, within = _shown(layers, places)
    found = _solved(add_shown, shown, within, pictures, np.full(len(layers), _STIFF[0]))
    covered, left = within.mean((1, 2)), np.empty(len(pictures), np.float32)
    leave(shown, within, pictures, found, left)
    return Laid(places, shown, found[:, :-1], left / np.maximum(covered, np.float32(1e-3)), np.asarray(covered))


def placed(pictures: Floats, places: Places) -> tuple[Floats, Floats]:
    """Pictures (n, H, W) or (n, H, W, 3) as each is seen at its place, and where it has pixels there, (n, H, W) 0 or 1."""
    n, (height, width) = len(pictures), pictures.shape[1:3]
    colours = 1 if pictures.ndim == 3 else pictures.shape[3]
    # one picture for all is stored once
    stored = pictures[:1] if n > 1 and pictures.strides[0] == 0 else pictures
    lines = np.require(stored, np.float32, ("C", "W")).reshape(len(stored), height, width * colours)
    seen, within = np.empty((n, height, width * colours), np.float32), np.empty((n, height, width), np.float32)
    shift, scale = (np.ascontiguousarray(way, np.float32) for way in (places.shift, places.scale))
    place(lines, shift, scale, seen, within)
    return seen.reshape(pictures.shape), within


def _shown(layers: Floats, places: tuple[Places, ...]) -> tuple[Floats, Floats]:
    """The layers where they lie, (layers, n, H, W), and where all of them have pixels, (n, H, W) 0 or 1."""
    shown, within = zip(*map(placed, layers, places), strict=True)
    return np.stack(shown), np.asarray(np.prod(within, axis=0), np.float32)


def onward(chain: Places) -> Places:
    """Where the first frame lies in each inner one, from the steps between all: the moves of (n + 1) steps, for n frames."""
    n = len(chain.scale) - 1
    shift, scale = np.zeros((n, 2), np.float32), np.ones(n, np.float32)
    at, size = np.zeros(2, np.float32), 1.0
    for k in range(n):
        at = at + chain.shift[k] / np.float32(size)
        size *= float(chain.scale[k])
        shift[k], scale[k] = at, size
    return Places(shift, scale)


def back(chain: Places) -> Places:
    """Where the last frame lies in each inner one."""
    n = len(chain.scale) - 1
    shift, scale = np.zeros((n, 2), np.float32), np.ones(n, np.float32)
    at, size = np.zeros(2, np.float32), 1.0
    for k in range(n, 0, -1):
        # first this step, then all the later ones: frame k - 1 in terms of the last
        at = chain.shift[k] + at / chain.scale[k]
        size *= float(chain.scale[k])
        shift[k - 1], scale[k - 1] = -at * np.float32(size), 1 / size
    return Places(shift, scale)


def _solved(
    add: Callable[..., None], shown: Floats, within: Floats, pictures: Floats, stiff: NDArray[np.float64]
) -> Floats:
    """Weights of so many columns, see `layer_kernels`, and of an even level, that explain each picture best within: (n, columns + 1)."""
    n, count = len(pictures), len(stiff) + 1
    alike, told = np.empty((n, count, count)), np.empty((n, count))
    add(shown, within, pictures, alike, told)
    both = alike + np.tril(alike, -1).transpose(0, 2, 1) + np.diag([*stiff, _LEVEL_STIFF])
    return np.asarray(np.linalg.solve(both, told[..., None])[..., 0], np.float32)


def _corrected(place: Places, found: Floats) -> Places:
    strength = np.maximum(found[:, :1], _LEAST_STRENGTH)
    shift = np.clip(found[:, 1:3] / strength, -_FARTHEST_STEP, _FARTHEST_STEP)
    grown = np.clip(found[:, 3] / strength[:, 0] / 10, -_LARGEST_STEP, _LARGEST_STEP)
    # a shift of what is shown is one of the picture by so much less as it is enlarged
    scale = np.clip(place.scale * np.exp(grown), _SMALLEST, _LARGEST)
    return Places(np.asarray(place.shift + shift / place.scale[:, None]), np.asarray(scale, np.float32))
