"""White stays white and black stays black: much of either is paper or nothing at all, and does not say how light the pictures are.

A match of distributions would send a page, which may fill half a picture, to the middle of a template that has little white. So the white and black that
the footage has beyond what the template has at its own ends is added to the template: the footage's own colours there, moved no farther than to the
template's end, and with its cast. The rest of the footage is matched to the template as it is.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from clipzy.networks.look_grid import LEVELS, Places, blur, gaussian_band

# Of OKLab, from an end: what lies within the first is of it, what lies beyond the second is not. Codes of 245 and 231; of 37 and 54
WHITE_REACH: Final = (0.03, 0.07)
BLACK_REACH: Final = (0.265, 0.335)
# Shadows are as dark as a black page, but have drawing: black counts where this share of what is not white lies about one colour: not at all below the first,
# fully from the second on
FLAT: Final = (0.1, 0.3)
STEP: Final = 0.015  # of OKLab, between the nodes on which that share is measured
OUTERMOST: Final = 0.01  # share of a template that lies beyond its own white, and beyond its black
OF_CAST: Final = 0.02  # share of it at either end from which the cast there is read
PALE: Final = 0.04  # chroma at which a colour says half as much of the cast as grey does
BELIEVED: Final = 0.08  # an excess of so much and more is wholly taken; of less, less


def anchored(source: Tensor, target: Tensor) -> Tensor:
    """The template (batch, m, 3), with the footage's excess (batch, n, 3) of white and black at its own ends in place of a share of it; both OKLab.

    The same, to the last bit, where the footage has no more at its ends than the template.
    """
    light, dark = _end(target, white=True), _end(target, white=False)
    white, black = source.new_tensor([1.0, 0, 0]), source.new_zeros(3)
    pages, papers = _near(source, white, WHITE_REACH), _near(target, light, WHITE_REACH)
    nights = _near(source, black, BLACK_REACH) * _flat(source, black, 1 - pages)
    voids = _near(target, dark, BLACK_REACH) * _flat(target, dark, 1 - papers)
    held = [_excess(pages, papers), _excess(nights, voids)]
    total = held[0] + held[1]
    size = target.shape[1]
    at = torch.arange(size, device=target.device)[None]
    counts = [(share * size).round().long() for share in held]
    left = size - counts[0] - counts[1]
    # every so many-th of the template, which is in playing order
    rows = (at * (size / left.clamp(min=1).double())[:, None]).long().clamp(max=size - 1)
    made = target.gather(1, rows[..., None].expand(-1, -1, 3))
    start = left
    for weight, count, end, sign in ((pages, counts[0], light, -1), (nights, counts[1], dark, 1)):
        moved = _moved(source, weight, end, sign)
        drawn = moved.gather(1, _drawn(weight, at - start[:, None], count)[..., None].expand(-1, -1, 3))
        here = (at >= start[:, None]) & (at < (start + count)[:, None])
        made = torch.where(here[..., None], drawn, made)
        start = start + count
    return torch.where((total > 0)[:, None, None], made, target)


def _end(target: Tensor, *, white: bool) -> Tensor:
    """The template's own white, or black: the lightness that all but `OUTERMOST` lies within, and the cast there, (batch, 1, 3) OKLab."""
    lightness = target[..., 0]
    levels = target.new_tensor([1 - OUTERMOST, 1 - OF_CAST] if white else [OUTERMOST, OF_CAST])
    outermost, from_ = lightness.quantile(levels, dim=1)[..., None]
    chroma = target[..., 1:]
    there = lightness >= from_ if white else lightness <= from_
    weight = there[..., None] / (1 + chroma.square().sum(-1, keepdim=True) / PALE**2)
    cast = (chroma * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True)
    return torch.cat([outermost[..., None], cast], -1)


def _near(colours: Tensor, end: Tensor, reach: tuple[float, float]) -> Tensor:
    """How surely colours are of an end, by the distance from it: (batch, n), 0..1."""
    away: Tensor = (colours - end).norm(dim=-1)
    return 1 - ((away - reach[0]) / (reach[1] - reach[0])).clamp(0, 1)


def _flat(colours: Tensor, end: Tensor, counted: Tensor) -> Tensor:
    """How much dark colours lie about one, among those that count: (batch, n), 0..1."""
    middle = colours.new_tensor([0, 0.5, 0.5])
    at = (colours - end) / (STEP * LEVELS) + middle
    within = ((at >= -STEP) & (at <= 1)).all(-1)
    places = Places.of(at.clamp(0, 1))
    band = gaussian_band(1.0).to(colours)
    mass = blur(places.spread((counted * within)[..., None]), band) / band[LEVELS // 2, LEVELS // 2] ** 3
    share = places.read(mass)[..., 0] / counted.sum(1, keepdim=True).clamp(min=1)
    return ((share - FLAT[0]) / (FLAT[1] - FLAT[0])).clamp(0, 1)


def _excess(have: Tensor, want: Tensor) -> Tensor:
    """The share of footage at an end beyond the template's: (batch,)."""
    more = (have.mean(1) - want.mean(1)).clamp(min=0)
    belief = (more / BELIEVED).clamp(max=1)
    return more * belief * belief * (3 - 2 * belief)


def _moved(colours: Tensor, weight: Tensor, end: Tensor, sign: int) -> Tensor:
    """Colours of an end at the template's: their mean takes its cast, and its lightness where that is farther in."""
    share = weight[..., None] / weight.sum(1).clamp(min=1e-9)[:, None, None]
    shift = end - (colours * share).sum(1, keepdim=True)
    inward = sign * (sign * shift[..., :1]).clamp(min=0)
    moved = colours + torch.cat([inward, shift[..., 1:]], -1)
    return torch.cat([moved[..., :1].clamp(0, 1), moved[..., 1:]], -1)


def _drawn(weight: Tensor, at: Tensor, count: Tensor) -> Tensor:
    """Which colours are drawn, one after another, as often as they weigh: the first `count` from 0 on count, (batch, m)."""
    until = weight.cumsum(1)
    asked = (at.double() + 0.5) / count.clamp(min=1)[:, None] * until[:, -1:]
    return torch.searchsorted(until, asked.contiguous()).clamp(max=weight.shape[1] - 1)
