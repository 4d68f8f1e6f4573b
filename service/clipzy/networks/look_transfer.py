"""The look that brings one video's colours to another's: a distribution match in OKLab, baked into a table.

A linear Monge-Kantorovich map carries mean and covariance; what it leaves is carried by sliced optimal transport, whose
displacements are spread over the grid and smoothed, so that a look is told from the colours around as well and fades
to the linear map where the footage has none. It is a closed loop: every round transports the colours as the table, guarded
(`look_guards`) and read as a renderer reads it, shows them so far, so what smoothing and guards hold back in one round is
made up in the next. Rounds go from coarse to fine; fine ones are believed only where the footage has many colours. At the end
chroma, which smoothing leaves too narrow, is widened as far as the distance to the template allows, surfaces are made whole again
(`look_surfaces`) and shade and light put in order (`look_order`). White and black in mass stay at their ends (`look_ends`).
There are no weights, and no chance: rotations are fixed, and all is computed in float64, since a sort decides who goes
where and rounding must not.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from clipzy.networks.look_ends import anchored
from clipzy.networks.look_grid import Places, blur, gaussian_band, identity_grid
from clipzy.networks.look_guards import SkinGuard, bend_ends, keep_drawing, no_steeper, rising, rising_greys
from clipzy.networks.look_order import Rays
from clipzy.networks.look_surfaces import REACH, Surfaces
from clipzy.networks.oklab import Oklab
from clipzy.networks.optimal_transport import (
    LinearMap,
    Moments,
    apart,
    fixed_rotations,
    in_order,
    monge_kantorovich,
    project,
    step_along,
)
from clipzy.networks.threads import one_thread

# Nodes over which the displacements of each round are smoothed. Each round leaves colours a little too alike, for those that share a node go to the mean
# of their places: the last rounds bring back most of it
WIDTHS: Final = (1.6, 1.6, 1.2, 1.2, 0.8, 0.8, 0.8, 0.8)
STEPS: Final = 4  # rotations in each round
STEP: Final = 0.7  # share of each step that is taken
# Share of the footage about a node at which half of the displacement is believed: little while coarse, to reach rare colours as well;
# a few samples say nothing fine
WIDE: Final = 1.5
SPARSE: Final = (1e-5, 1e-3)  # from this width on, and below it
NOISE: Final = 1e-3  # variance in OKLab along one axis under which a spread is no spread
SINGLE: Final = 2.5e-4  # variance of clouds so tight, one colour and its noise, that they are half believed to say more than their mean
COARSE: Final = 2.0**30  # steps of 1 in OKLab, far coarser than float64 and far finer than any eye
# What is stretched shows its noise and the blocks of its codec; what is shrunk hides them
GAIN: Final = (1 / 3, 2.0)
USED: Final = (0.005, 0.995)  # quantiles between which lightness counts as used
# Chroma's spread falls short of the template's, since colours that share a node go to the mean of their places: so far it may be widened,
# found in so many tries, as long as the distance grows by no more than such a share
MOST_CHROMA: Final = 1.5
TRIES: Final = 4
MOST_FARTHER: Final = 0.05
ORDERINGS: Final = 2  # of shade and light: what lies between nodes still falls a little after the first
SHARES: Final = (0.0, 0.25, 0.5, 0.75)  # of a look that are tried in place of the whole
JUDGES: Final = 4  # rotations along which their distances are measured


class LookTransfer(nn.Module):
    """Footage (batch, n, 3), template (batch, m, 3), both sRGB samples 0..1, strength (batch, 1) 0..1, surfaces (batch, k, 2, 3) → (look,).

    `look` is (batch, 33, 33, 33, 3) float32 by [blue, green, red], values R, G, B in 0..1. Strength 0 is the identity,
    and from there to 1 the look changes linearly. Any n and m from 1 up are accepted; rows do not see each other.
    `surfaces` are pairs of the footage's colours that lie together in its pictures; a colour with itself asks for nothing.

    What holds of every look: luma never falls from black to white along the greys, nor lightness by more than 0.01 along any other
    ray from black, and from node to node no channel falls along its own axis, or is steeper than `look_guards.STEEPEST`, by more than
    0.01 of the scale. What the footage has at white or black beyond the template's own counts as `look_ends` says. Of its samples at
    most `look_guards.MOST_CLIPPED` more of the channel values are clipped than of the footage's or the template's own, and none
    of `SHARES` of the look would leave them nearer to the template: footage that is near it already is not moved away.
    """

    nodes: Tensor
    rotations: Tensor
    bands: Tensor
    reach: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.oklab = Oklab()
        nodes = identity_grid()
        self.register_buffer("nodes", nodes, persistent=False)
        self.skin = SkinGuard(self.oklab.from_srgb(nodes))
        self.rays = Rays(self.oklab)
        self.register_buffer("rotations", fixed_rotations(len(WIDTHS) * STEPS, seed=2005), persistent=False)
        self.register_buffer("reach", gaussian_band(REACH), persistent=False)
        self.register_buffer("bands", torch.stack([gaussian_band(width) for width in WIDTHS]), persistent=False)

    @one_thread()
    def forward(self, footage: Tensor, template: Tensor, strength: Tensor, surfaces: Tensor) -> tuple[Tensor]:
        """Match, guard, blend with the identity; raises ValueError where there are no samples."""
        if not (footage.shape[1] and template.shape[1]):
            raise ValueError("a look needs at least one colour of the footage and one of the template")
        colours, wanted = (samples.double().clamp(0, 1) for samples in (footage, template))
        places = Places.of(colours)
        source = self.oklab.from_srgb(colours)
        target = anchored(source, self.oklab.from_srgb(wanted))
        ranked = in_order(project(target, self.rotations.reshape(-1, 3)))
        look = self._matched(places, source, target, ranked)
        look = self._in_order(self._whole(look, surfaces.double().clamp(0, 1)))
        look = keep_drawing(look, places, colours, wanted)
        axes = self.rotations[:JUDGES].reshape(-1, 3)
        worth = nearest_share(self.oklab, colours, places.read(look), axes, ranked[:, : len(axes)])
        share = strength.double().clamp(0, 1) * worth[:, None]
        return ((self.nodes + share.reshape(-1, 1, 1, 1, 1) * (look - self.nodes)).float(),)

    def _matched(self, places: Places, source: Tensor, target: Tensor, ranked: Tensor) -> Tensor:
        """The nodes after the linear map and all rounds of transport, guarded: sRGB."""
        before = self.oklab.from_srgb(self.nodes).expand(len(source), -1, -1, -1, -1)
        linear, trust = _linear(source, target)
        look, bent = self._guarded(linear(before.flatten(1, 3)).reshape(before.shape), places)
        mass = places.spread(torch.full_like(source[..., :1], 1 / source.shape[1]))
        for turn, band in enumerate(self.bands):
            turns = slice(turn * STEPS, (turn + 1) * STEPS)
            missing = self._missing(look, places, self.rotations[turns], ranked[:, 3 * turns.start : 3 * turns.stop])
            density = blur(mass, band) + SPARSE[WIDTHS[turn] < WIDE]
            moves = blur(places.spread(missing / source.shape[1]), band) / density
            moved = self.oklab.from_srgb(look) + trust.reshape(-1, 1, 1, 1, 1) * moves
            # what was bent is bent anew and not twice, or nothing would be left of highlights that the footage does not hold
            look, bent = self._guarded(_lighter(moved, bent), places)
        return self._widened(look, bent, places, target, ranked)

    def _widened(self, look: Tensor, bent: Tensor, places: Places, target: Tensor, ranked: Tensor) -> Tensor:
        """The look with its chroma spread about its mean as in the template, or as far towards that as leaves the footage near it."""
        kept = rising_greys(look)
        shown = self._shown(kept, places)
        high = (chroma_spread(target) / chroma_spread(shown).clamp(min=1e-9)).clamp(1, MOST_CHROMA)
        if not (high > 1).any():
            return kept
        nodes = _lighter(self.oklab.from_srgb(look), bent)
        middle = shown[..., 1:].mean(1).reshape(-1, 1, 1, 1, 2)
        most = self._left(shown, ranked) * (1 + MOST_FARTHER)
        low, gain = torch.ones_like(high), high
        for _ in range(TRIES):
            chroma = torch.lerp(middle, nodes[..., 1:], gain.reshape(-1, 1, 1, 1, 1))
            wider = rising_greys(self._guarded(torch.cat([nodes[..., :1], chroma], -1), places)[0])
            near = (self._left(self._shown(wider, places), ranked) <= most) & (high > 1)
            kept = torch.where(near.reshape(-1, 1, 1, 1, 1), wider, kept)
            low, high = torch.where(near, gain, low), torch.where(near, high, gain)
            gain = (low + high) / 2
        return kept

    def _whole(self, look: Tensor, pairs: Tensor) -> Tensor:
        """The look, guarded anew, with colours of one surface no farther apart than may be; where none are it is not touched."""
        nodes = self.oklab.from_srgb(look)
        held, some = Surfaces(pairs, self.oklab.from_srgb(pairs)).held(nodes, self.reach)
        guarded = _harmless(self.oklab.into_srgb(self.skin(held)))
        return torch.where(some.reshape(-1, 1, 1, 1, 1), guarded, look)

    def _in_order(self, look: Tensor) -> Tensor:
        """The look, guarded anew, with shade and light of one thing in their order; where they are it is not touched."""
        for _ in range(ORDERINGS):
            ordered, some = self.rays(look)
            if not some.any():
                break
            look = torch.where(some.reshape(-1, 1, 1, 1, 1), _harmless(ordered), look)
        return look

    def _left(self, colours: Tensor, ranked: Tensor) -> Tensor:
        """The distance of colours (batch, n, 3) in OKLab from the template: (batch,)."""
        axes = self.rotations[:JUDGES].reshape(-1, 3)
        return apart(project(colours, axes), ranked[:, : len(axes)])

    def _missing(self, look: Tensor, places: Places, rotations: Tensor, ranked: Tensor) -> Tensor:
        """What the transport would add to the footage's colours as the look shows them: (batch, n, 3) in OKLab."""
        points = self._shown(look, places)
        start = points
        for turn, axes in enumerate(rotations):
            points = points + STEP * step_along(points, axes, ranked[:, 3 * turn : 3 * turn + 3])
        return points - start

    def _shown(self, look: Tensor, places: Places) -> Tensor:
        """The footage's colours through a look, in OKLab: (batch, n, 3)."""
        # powers and products of matrices round a colour by its place among the others: samples of one colour would lose their order
        return (self.oklab.from_srgb(places.read(look)) * COARSE).round() / COARSE

    def _guarded(self, moved: Tensor, places: Places) -> tuple[Tensor, Tensor]:
        """From displaced OKLab nodes to sRGB nodes that harm no picture; and the lightness by which ends were bent."""
        moved = self.skin(moved)
        lightness = moved[..., :1]
        levels = torch.tensor(USED, dtype=lightness.dtype, device=lightness.device)
        darkest, lightest = places.read(lightness)[..., 0].quantile(levels, dim=1)
        ends = (lightness[:, 0, 0, 0, 0], lightness[:, -1, -1, -1, 0])
        kept = bend_ends(lightness, *ends, (darkest, lightest))
        look = self.oklab.into_srgb(torch.cat([kept, moved[..., 1:]], -1))
        return no_steeper(rising(rising_greys(look))), lightness - kept


def nearest_share(oklab: Oklab, before: Tensor, after: Tensor, axes: Tensor, ranked: Tensor) -> Tensor:
    """The share of a look that leaves colours nearest to the template's: (batch,), the whole look unless one of `SHARES` is nearer.

    Args:
        oklab: where distances are measured.
        before: (batch, n, 3) sRGB.
        after: the same through the look.
        axes: directions (axes, 3) along which the sliced Wasserstein distance is measured.
        ranked: (batch, axes, m) the template's coordinates along them, rising.
    """
    best = apart(project(oklab.from_srgb(after), axes), ranked)
    nearest = torch.ones_like(best)
    for share in SHARES:
        distance = apart(project(oklab.from_srgb(torch.lerp(before, after, share)), axes), ranked)
        nearer = distance < best
        best, nearest = torch.where(nearer, distance, best), nearest.masked_fill(nearer, share)
    return nearest


def chroma_spread(colours: Tensor) -> Tensor:
    """The mean distance in a and b of colours (batch, n, 3), OKLab, from their mean: (batch,)."""
    chroma = colours[..., 1:]
    away: Tensor = (chroma - chroma.mean(1, keepdim=True)).square().sum(-1).sqrt()
    return away.mean(1)


def _harmless(look: Tensor) -> Tensor:
    return rising_greys(no_steeper(rising(rising_greys(look))))


def _lighter(colours: Tensor, by: Tensor) -> Tensor:
    return torch.cat([colours[..., :1] + by, colours[..., 1:]], -1)


def _linear(source: Tensor, target: Tensor) -> tuple[LinearMap, Tensor]:
    """The linear map, and how far clouds are believed to say more than their mean, (batch,) 0..1."""
    have, want = Moments.of(source), Moments.of(target)
    least = torch.minimum(have.variance, want.variance)
    trust = least / (least + SINGLE)
    # a single colour has a hue to give, but does not say how light pictures should be
    lightness = torch.lerp(have.mean[..., :1], want.mean[..., :1], trust[:, None, None])
    want = replace(want, mean=torch.cat([lightness, want.mean[..., 1:]], -1))
    return monge_kantorovich(have, want, NOISE, GAIN, trust), trust


@one_thread()
def load(weights_path: Path) -> LookTransfer:  # noqa: ARG001  # every network is loaded alike; this one has no weights
    """The network in evaluation mode, on the CPU."""
    return LookTransfer().eval()
