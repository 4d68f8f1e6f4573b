"""Pictures laid over each other: where, how large and how strongly one or two known pictures lie in others, by least squares.

The method is that of B. Lucas, T. Kanade, "An Iterative Image Registration Technique with an Application to Stereo Vision" (1981), with a scale
beside the shift, and for two transparent layers at once (J. Bergen et al., "A Three-Frame Algorithm for Estimating Two-Component Image Motion", 1992).
All is solved for a whole batch of pictures together.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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
    for _ in range(rounds):
        shown, within = _shown(layers, places)
        moves = [_moves(layer) for layer in shown]
        columns = np.stack([column for layer, move in zip(shown, moves, strict=True) for column in (layer, *move)], 1)
        found = _least_squares(columns, pictures, within, np.array(_STIFF * len(layers)))
        places = tuple(_corrected(place, found[:, 4 * k : 4 * k + 4]) for k, place in enumerate(places))
    shown, within = _shown(layers, places)
    columns = np.moveaxis(shown, 0, 1)
    found = _least_squares(columns, pictures, within, np.full(len(layers), _STIFF[0]))
    explained = np.einsum("nkhw,nk->nhw", columns, found[:, :-1]) + found[:, -1, None, None]
    covered = within.mean((1, 2))
    left = (np.square(pictures - explained) * within).mean((1, 2)) / np.maximum(covered, 1e-3)
    return Laid(places, shown, found[:, :-1], np.asarray(left), np.asarray(covered))


def placed(pictures: Floats, places: Places) -> tuple[Floats, Floats]:
    """Pictures (n, H, W) or (n, H, W, 3) as each is seen at its place, and where it has pixels there, (n, H, W) 0 or 1."""
    height, width = pictures.shape[1:3]
    middle = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    seen = np.empty(pictures.shape, np.float32)
    within = np.empty(pictures.shape[:3], np.float32)
    x, y = (np.arange(side, dtype=np.float32) for side in (width, height))
    for n, (shift, scale) in enumerate(zip(places.shift, places.scale, strict=True)):
        first = middle - middle / scale + shift
        matrix = np.array([[1 / scale, 0, first[0]], [0, 1 / scale, first[1]]], np.float32)
        seen[n] = cv2.warpAffine(
            pictures[n],
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        across, down = (at / scale + start for at, start in ((x, first[0]), (y, first[1])))
        within[n] = ((across > -0.5) & (across < width - 0.5)) & ((down > -0.5) & (down < height - 0.5))[:, None]
    return seen, within


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


def _moves(layer: Floats) -> tuple[Floats, Floats, Floats]:
    """How each pixel changes as the layer is shifted across, down, and enlarged, all (n, H, W)."""
    height, width = layer.shape[1:]
    across, down = np.gradient(layer, axis=2), np.gradient(layer, axis=1)
    x = np.arange(width, dtype=np.float32) - (width - 1) / 2
    y = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
    return across, down, np.asarray(-(across * x + down * y) / 10)


def _least_squares(columns: Floats, pictures: Floats, within: Floats, stiff: NDArray[np.float64]) -> Floats:
    """Weights of the columns (n, k, H, W), and of an even level, that explain each picture best within: (n, k + 1)."""
    n, k = columns.shape[:2]
    even = np.ones((n, 1, *pictures.shape[1:]), np.float32)
    basis = (np.concatenate([columns, even], 1) * within[:, None]).reshape(n, k + 1, -1)
    told = np.einsum("nkp,np->nk", basis, (pictures * within).reshape(n, -1))
    alike = (basis @ basis.transpose(0, 2, 1)).astype(np.float64) + np.diag([*stiff, _LEVEL_STIFF])
    return np.asarray(np.linalg.solve(alike, told[..., None])[..., 0], np.float32)


def _corrected(place: Places, found: Floats) -> Places:
    strength = np.maximum(found[:, :1], _LEAST_STRENGTH)
    shift = np.clip(found[:, 1:3] / strength, -_FARTHEST_STEP, _FARTHEST_STEP)
    grown = np.clip(found[:, 3] / strength[:, 0] / 10, -_LARGEST_STEP, _LARGEST_STEP)
    # a shift of what is shown is one of the picture by so much less as it is enlarged
    scale = np.clip(place.scale * np.exp(grown), _SMALLEST, _LARGEST)
    return Places(np.asarray(place.shift + shift / place.scale[:, None]), np.asarray(scale, np.float32))
