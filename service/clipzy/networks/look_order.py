"""Shade and light of one thing keep their order: along a ray of constant chromaticity from black a look may flatten lightness, and not turn it round.

A surface from its shade to its light moves all three channels at once, so that neither bounds along the channels' own axes nor along the
greys hold it: of a face a look could make the lit side the darker one.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from clipzy.networks.look_grid import LEVELS, SIZE, Places, identity_grid
from clipzy.networks.look_guards import rising_along
from clipzy.networks.oklab import Oklab

SEEN: Final = 1e-4  # of lightness: a smaller fall is rounding


class Rays(nn.Module):
    """Rays from black, along which lightness is put in order; where they lie in a look, and its nodes between them, is found once.

    sRGB is nearly a power of light, so that rays are straight in it as well. They go to a grid on each of the three faces of the cube where a channel
    is greatest, by steps of that channel: back at the nodes, which lie on such steps, a correction is linear between four rays.
    """

    ray_node: Tensor
    ray_weight: Tensor
    node_ray: Tensor
    node_weight: Tensor

    def __init__(self, oklab: Oklab) -> None:
        super().__init__()
        self._oklab = oklab
        places = Places.of(_rays()[None])
        # every step lies on nodes: of a cube's corners four count
        count = (places.weight == 0).byte().movedim(0, -1).argsort(dim=-1, stable=True)[..., :4].movedim(-1, 0)
        self.register_buffer("ray_node", places.node.gather(0, count), persistent=False)
        self.register_buffer("ray_weight", places.weight.gather(0, count), persistent=False)
        node_ray, node_weight = _at_nodes()
        self.register_buffer("node_ray", node_ray, persistent=False)
        self.register_buffer("node_weight", node_weight, persistent=False)

    def forward(self, look: Tensor) -> tuple[Tensor, Tensor]:
        """The look (batch, 33, 33, 33, 3), sRGB, with lightness rising, or level, along rays; and in which rows it fell, (batch,)."""
        rows = len(look)
        places = Places(*(each.expand(-1, rows, -1) for each in (self.ray_node, self.ray_weight)))
        lightness = self._oklab.from_srgb(places.read(look))[..., 0].reshape(rows, -1, SIZE, SIZE, SIZE)
        missing = rising_along(lightness, 4) - lightness
        fell = missing.abs().amax((1, 2, 3, 4)) > SEEN
        if not fell.any():
            return look, fell
        by = (missing.flatten(1)[:, self.node_ray] * self.node_weight).sum(1).reshape(*look.shape[:-1], 1)
        lab = self._oklab.from_srgb(look)
        return self._oklab.into_srgb(torch.cat([lab[..., :1] + by, lab[..., 1:]], -1)), fell


def _rays() -> Tensor:
    """Colours along rays: (3 faces * 33 * 33 * 33, 3) by [face, ray, ray, step]; on face c channel c is the step, the others are shares of it."""
    share, other, step = identity_grid().flip(-1).unbind(-1)
    faces = []
    for channel in range(3):
        face = [share * step, other * step]
        face.insert(channel, step)
        faces.append(torch.stack(face, -1))
    return torch.stack(faces).reshape(-1, 3)


def _at_nodes() -> tuple[Tensor, Tensor]:
    """The four rays about each node at its step, as places among all of `_rays`, and their weights: (4, 33 * 33 * 33) each."""
    nodes = identity_grid().reshape(-1, 3)
    greatest, face = nodes.max(-1)
    others = torch.stack([nodes[:, [c for c in range(3) if c != channel]] for channel in range(3)])
    shares = others.gather(0, face[None, :, None].expand(1, -1, 2))[0] / greatest.clamp(min=1e-9)[:, None]
    at = shares * LEVELS
    low = at.floor().clamp(max=LEVELS - 1)
    beyond, low = at - low, low.long()
    step = (greatest * LEVELS).round().long()
    places, weights = [], []
    for one in (0, 1):
        for other in (0, 1):
            weights.append((beyond[:, 0] if one else 1 - beyond[:, 0]) * (beyond[:, 1] if other else 1 - beyond[:, 1]))
            places.append(((face * SIZE + low[:, 0] + one) * SIZE + low[:, 1] + other) * SIZE + step)
    return torch.stack(places), torch.stack(weights)
