"""A look as a grid over the sRGB cube: reading it at a colour, spreading what is known of some colours over it, keeping it smooth.

A grid is (batch, 33, 33, 33, channels) float64 by [blue, green, red]: red varies fastest, as in .cube files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

SIZE: Final = 33
LEVELS: Final = SIZE - 1
AXES: Final = (3, 2, 1)  # of a grid, along which red, green and blue vary


def identity_grid() -> Tensor:
    """The colours at the nodes, (33, 33, 33, 3) float64: the look that changes nothing."""
    axis = torch.arange(SIZE, dtype=torch.float64) / LEVELS
    blue, green, red = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([red, green, blue], -1)


@dataclass(frozen=True, slots=True)
class Places:
    """Where n colours lie between nodes: (8, batch, n) each, `node` the flat index of every corner, `weight` its share.

    One corner of all colours lies together in memory: they are gone through corner by corner.
    """

    node: Tensor
    weight: Tensor

    @classmethod
    def of(cls, srgb: Tensor) -> Places:
        """Find the eight corners around each colour of (batch, n, 3), 0..1."""
        at = srgb * LEVELS
        low = at.floor().clamp(max=LEVELS - 1)
        beyond = at - low
        node, weight = low.new_zeros(1, dtype=torch.long), low.new_ones(1)
        for axis, stride in enumerate((1, SIZE, SIZE * SIZE)):
            share, base = beyond[..., axis, None], low[..., axis, None].long()
            node = torch.cat([node + base * stride, node + (base + 1) * stride], -1)
            weight = torch.cat([weight * (1 - share), weight * share], -1)
        return cls(node.movedim(-1, 0).contiguous(), weight.movedim(-1, 0).contiguous())

    def read(self, grid: Tensor) -> Tensor:
        """The grid's values at the colours, trilinear: (batch, n, channels); like colours read like values to the last bit."""
        flat = grid.flatten(1, 3)
        total = flat.new_zeros(())
        for node, weight in zip(self.node, self.weight, strict=True):
            total = total + flat.gather(1, _channelwise(node, flat)) * weight[..., None]
        return total

    def spread(self, values: Tensor) -> Tensor:
        """The sum of values (batch, n, channels) that falls to each node: a grid."""
        batch, _, channels = values.shape
        flat = values.new_zeros(batch, SIZE**3, channels)
        for node, weight in zip(self.node, self.weight, strict=True):
            flat.scatter_add_(1, _channelwise(node, flat), values * weight[..., None])
        return flat.reshape(batch, SIZE, SIZE, SIZE, channels)


def _channelwise(node: Tensor, flat: Tensor) -> Tensor:
    return node[..., None].expand(-1, -1, flat.shape[-1])


def gaussian_band(sigma: float) -> Tensor:
    """The matrix (33, 33) float64 that blurs along one axis; nothing lies beyond the ends."""
    axis = torch.arange(SIZE, dtype=torch.float64)
    band = torch.exp(-0.5 * ((axis[:, None] - axis) / sigma) ** 2)
    return band / band[LEVELS // 2].sum()


def blur(grid: Tensor, band: Tensor) -> Tensor:
    """Blur a grid along its three axes by a matrix (33, 33)."""
    batch, channels = grid.shape[0], grid.shape[-1]
    blurred = band @ grid.reshape(batch, SIZE, -1)  # blue
    blurred = band @ blurred.reshape(batch * SIZE, SIZE, -1)  # green
    # red, whose few channels make it a thousand products of narrow matrices, in half the time as one
    along_red = blurred.reshape(-1, SIZE, channels).mT.reshape(-1, SIZE) @ band.mT
    return along_red.reshape(-1, channels, SIZE).mT.reshape(grid.shape)
