"""Shade and light of one thing keep their order: along a ray of constant chromaticity from black a look may flatten lightness, and not turn it round.

A surface from its shade to its light moves all three channels at once, so that neither bounds along the channels' own axes nor along the
greys hold it: of a face a look could make the lit side the darker one.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from clipzy.networks.look_grid import LEVELS, SIZE, Places, identity_grid
from clipzy.networks.look_guards import rising_along
from clipzy.networks.oklab import Oklab

SEEN: Final = 1e-4  # of lightness, by which it has to fall anywhere: less is rounding


def rising_rays(look: Tensor, oklab: Oklab) -> tuple[Tensor, Tensor]:
    """The look (batch, 33, 33, 33, 3), sRGB, with lightness rising, or level, along rays from black; and in which rows it fell, (batch,).

    sRGB is nearly a power of light, so that rays are straight in it as well. They go to a grid on each of the three faces of the cube where a channel
    is greatest, by steps of that channel: back at the nodes, which lie on such steps, a correction is linear between four rays.
    """
    places = Places.of(_rays().to(look)[None].expand(len(look), -1, -1))
    lightness = oklab.from_srgb(places.read(look))[..., 0].reshape(len(look), -1, SIZE, SIZE, SIZE)
    missing = rising_along(lightness, 4) - lightness
    lab = oklab.from_srgb(look)
    moved = torch.cat([lab[..., :1] + _at_nodes(missing)[..., None], lab[..., 1:]], -1)
    return oklab.into_srgb(moved), missing.abs().amax((1, 2, 3, 4)) > SEEN


def _rays() -> Tensor:
    """Colours along rays: (3 faces * 33 * 33 * 33, 3) by [face, ray, ray, step]; on face c channel c is the step, the others are shares of it."""
    share, other, step = identity_grid().flip(-1).unbind(-1)
    faces = []
    for channel in range(3):
        face = [share * step, other * step]
        face.insert(channel, step)
        faces.append(torch.stack(face, -1))
    return torch.stack(faces).reshape(-1, 3)


def _at_nodes(missing: Tensor) -> Tensor:
    """Values on rays (batch, 3, 33, 33, 33) at the nodes of a look: (batch, 33, 33, 33)."""
    nodes = identity_grid().to(missing)
    greatest, face = nodes.max(-1)
    others = torch.stack([nodes[..., [c for c in range(3) if c != channel]] for channel in range(3)])
    shares = others.gather(0, face[None, ..., None].expand(1, -1, -1, -1, 2))[0] / greatest.clamp(min=1e-9)[..., None]
    at = shares * LEVELS
    low = at.floor().clamp(max=LEVELS - 1)
    beyond, low = at - low, low.long()
    step = (greatest * LEVELS).round().long()
    total = missing.new_zeros(())
    for one in (0, 1):
        for other in (0, 1):
            weight = (beyond[..., 0] if one else 1 - beyond[..., 0]) * (beyond[..., 1] if other else 1 - beyond[..., 1])
            total = total + weight * missing[:, face, low[..., 0] + one, low[..., 1] + other, step]
    return total
