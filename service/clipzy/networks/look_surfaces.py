"""Surfaces stay whole: a look must not tear apart two colours of one thing, as of a wall in its light, a sky from top to bottom, or the noise on either.

A match of distributions knows colours and no places: it may give a grey wall the pink of a sky here and the green of trees there, wherever its noise happens
to fall. So pairs of colours that lie together in the footage's pictures bound the look at these colours, and nowhere else. Pairs whose difference grows too
much are drawn together in turns, each pulling at the nodes around both of its colours (the averaged projections of G. Cimmino, 1938, on the grid of a look).
The surface as a whole still takes the template's colour, and other things keep the full look.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from clipzy.networks.look_grid import Places, blur

# How far the difference of a pair may grow, in OKLab: a share of it, and what no eye sees
MOST_LIGHT: Final = (3.0, 0.005)
MOST_CHROMA: Final = (1.1, 0.003)
# Of chroma for a step of lightness: tinted things are paler in their shade, and shadows may be toned
TONED: Final = 0.08
ROUNDS: Final = 20  # all but a hundredth of the excess is gone after them
REACH: Final = 1.0  # nodes over which a pull is smoothed
PULL: Final = 0.75  # share of a pair's excess that each of its colours gives up at once: more than half, since pulls that meet lose some
CONTENT: Final = 0.03  # weight with which a pair without excess holds its nodes
SPARSE: Final = 1e-6  # share of the pairs about a node at which half of the pull is believed


class Surfaces:
    """Pairs of colours (batch, n, 2, 3), sRGB, that belong together, and how far apart a look may bring each."""

    def __init__(self, pairs: Tensor, lab: Tensor) -> None:
        """`lab`: the same in OKLab."""
        self._count = pairs.shape[1]
        self._places = Places.of(torch.cat([pairs[:, :, 0], pairs[:, :, 1]], 1))
        light, chroma = _sizes(lab[:, :, 0] - lab[:, :, 1])
        self._most_light = MOST_LIGHT[0] * light + chroma + MOST_LIGHT[1]  # hues may become lighter and darker
        self._most_chroma = MOST_CHROMA[0] * chroma + TONED * light + MOST_CHROMA[1]

    def held(self, look: Tensor, band: Tensor) -> tuple[Tensor, Tensor]:
        """The nodes (batch, 33, 33, 33, 3), OKLab, with the surfaces whole; and which rows have changed, (batch,).

        Args:
            look: the nodes.
            band: the matrix that blurs by `REACH`.
        """
        first = self._excess(look)[0]
        for _ in range(ROUNDS):
            excess, asked = self._excess(look)
            # where a pair asks for nothing of lightness or chroma it still counts a little in that
            counted = torch.cat([asked, asked], 1) + CONTENT
            values = torch.cat([torch.cat([-excess, excess], 1), counted], -1) / self._count
            spread = blur(self._places.spread(values), band)
            weight = spread[..., 3:] + SPARSE
            look = look + PULL * spread[..., :3] / torch.cat(
                [weight[..., :1], weight[..., 1:].expand(-1, -1, -1, -1, 2)], -1
            )
        return look, first.abs().amax((1, 2)) > 0

    def _excess(self, look: Tensor) -> tuple[Tensor, Tensor]:
        """By how much each pair is too far apart, (batch, n, 3), and whether in lightness and in chroma, (batch, n, 2)."""
        shown = self._places.read(look)
        gap = shown[:, : self._count] - shown[:, self._count :]
        light, chroma = _sizes(gap)
        over = torch.cat([_over(light, self._most_light), _over(chroma, self._most_chroma)], -1)
        return torch.cat([gap[..., :1] * over[..., :1], gap[..., 1:] * over[..., 1:]], -1), (over > 0).to(gap)


def _sizes(gaps: Tensor) -> tuple[Tensor, Tensor]:
    """How long differences (batch, n, 3) are in lightness and in chroma, (batch, n, 1) each."""
    return gaps[..., :1].abs(), gaps[..., 1:].norm(dim=-1, keepdim=True)


def _over(size: Tensor, most: Tensor) -> Tensor:
    """The share of a length that is too much, 0..1."""
    return (1 - most / size.clamp(min=1e-9)).clamp(min=0)
