"""Pictures laid over each other: the place, size and strength of one or two known pictures in others, by least squares.

The method is that of B. Lucas, T. Kanade, "An Iterative Image Registration Technique with an Application to Stereo Vision" (1981), with a scale
beside the shift, and for two transparent layers at once (J. Bergen et al., "A Three-Frame Algorithm for Estimating Two-Component Image Motion", 1992).
All is solved for a whole batch of pictures together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipzy.analysis.cuts.layer_kernels import add_shown, leave, place, settle

Floats = NDArray[np.float32]

# what strength, both shifts and scale cost: a plain picture does not tell where it lies
_STIFF = (1e-3, 3e-2, 3e-2, 1e-1)
_LEVEL_STIFF = 1e-2


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
    places = find_places(layers, pictures, places, rounds)
    shown, within = _shown(layers, places)
    found = _weights(shown, within, pictures)
    covered, left = within.mean((1, 2)), np.empty(len(pictures), np.float32)
    leave(shown, within, pictures, found, left)
    return Laid(places, shown, found[:, :-1], left / np.maximum(covered, np.float32(1e-3)), np.asarray(covered))


def find_places(layers: Floats, pictures: Floats, places: tuple[Places, ...], rounds: int) -> tuple[Places, ...]:
    """Only where the layers lie: see `lay`."""
    pictures, stored = (np.require(each, np.float32, ("C", "W")) for each in (pictures, layers))
    shift, scale = (np.array([getattr(place, way) for place in places], np.float32) for way in ("shift", "scale"))
    settle(stored, pictures, (shift, scale), rounds, np.array([*_STIFF * len(layers), _LEVEL_STIFF]))
    return tuple(map(Places, shift, scale))


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
    grown = np.cumprod(chain.scale[:-1], dtype=float)
    before = np.concatenate([[1.0], grown[:-1]]).astype(np.float32)
    shift = np.cumsum(chain.shift[:-1] / before[:, None], axis=0, dtype=np.float32)
    return Places(shift, grown.astype(np.float32))


def back(chain: Places) -> Places:
    """Where the last frame lies in each inner one."""
    grown = np.cumprod(chain.scale[:0:-1], dtype=float)[::-1]
    shift = np.empty((len(grown), 2), np.float32)
    across, down = np.float32(0), np.float32(0)
    for k in range(len(grown), 0, -1):
        # first this step, then all the later ones: frame k - 1 in terms of the last
        scale = chain.scale[k]
        across, down = chain.shift[k, 0] + across / scale, chain.shift[k, 1] + down / scale
        shift[k - 1] = across, down
    return Places(-shift * grown[:, None].astype(np.float32), (1 / grown).astype(np.float32))


def _weights(shown: Floats, within: Floats, pictures: Floats) -> Floats:
    """Shares of the layers where they lie, and of an even level, that explain each picture best within: (n, layers + 1)."""
    n, count = len(pictures), len(shown) + 1
    alike, told = np.empty((n, count, count)), np.empty((n, count))
    add_shown(shown, within, pictures, alike, told)
    both = alike + np.tril(alike, -1).transpose(0, 2, 1) + np.diag([_STIFF[0]] * len(shown) + [_LEVEL_STIFF])
    return np.asarray(np.linalg.solve(both, told[..., None])[..., 0], np.float32)
